//! The configuration: YAML in, an immutable [`Plan`] out, or every error at once.
//!
//! Three steps, each its own layer:
//! 1. `raw`: the text as a tree of values, each with its place in the file. Only what is no YAML fails here.
//! 2. `validate`: the tree against what the gateway knows. It goes on after an error, so one run names
//!    every one, each with its path (`routes[3].timeout`) and its line.
//! 3. [`Plan`]: what has passed. Typed, complete with defaults, references resolved to indices.
//!
//! Pure: no file is opened and no name looked up here, so a config can be judged anywhere
//! (`gateway --check`), and the same bytes always give the same plan.

mod cidr;
pub mod defaults;
mod errors;
mod fallback;
mod hint;
mod masked;
mod plan;
mod quoted;
mod raw;
mod reader;
mod scalar;
mod target;
mod validate;
mod write;
mod write_fallback;
mod write_headers;
mod write_retries;
mod write_rule;
mod write_trace;

pub use cidr::{BadCidr, Cidr};
pub use errors::{ConfigError, ConfigErrors, Position};
pub use fallback::{Failure, Failures, Fallback, FallbackTo};
pub(crate) use masked::path as masked_path;
pub use plan::{
    AccessLog, Breaker, Listen, LogTarget, Mirror, Plan, Pool, Replica, Route, Sample, ServerLimits,
    Shutdown, Sticky, Trace, TraceExport, Upgrade, Upstream,
};
pub use validate::load;
