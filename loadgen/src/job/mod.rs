//! What to send, how often and for how long: as typed ([`JobSpec`]), then checked ([`Job`]).
//!
//! Every error is reported at once. A `Job` can no longer be wrong: its requests are built, its bounds are sane.

mod build;
mod check;
mod checked;
mod shard_of;
mod spec;

pub use check::JobErrors;
pub use checked::Job;
pub use shard_of::ShardOf;
pub use spec::{JobSpec, Offered, Protocol};
