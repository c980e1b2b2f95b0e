//! Trace context (W3C Trace Context, levels 1 and 2): what a request says of the trace it belongs to, and what it is told on.
//!
//! Pure: texts in, texts out, and ids from a generator that is given. A `traceparent` is read strictly, because a wrong one
//! that is passed on breaks the trace of everybody behind us; what is not valid is as if it had not come, and a new trace is
//! begun. Ids are kept as the hexadecimal digits that they are on the wire: nothing here computes with them.

mod context;
mod ids;
mod state;

pub(crate) use context::{Context, is_context, parent_text};
pub(crate) use ids::{SpanId, TraceId, TraceIds};
use state::combine;
