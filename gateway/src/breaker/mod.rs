//! Breaker: whether an upstream, or one of its replicas, is asked at all, from what became of the attempts before.
//!
//! Pure: permits are asked for and verdicts come in with the time, and a [`Turn`] comes out when the state changed. Nobody
//! waits or draws chance here; a random word for jitter is handed in.
//!
//! ```text
//!          too many errors or slow calls            asked when its time is over
//! closed ────────────────────────────────▶ open ─────────────────────────────▶ half-open
//!   ▲                                        ▲                                     │
//!   │                                        └── the first bad probe, for longer ──┤
//!   └────────────── every probe of the round was good ────────────────────────────┘
//! ```
//!
//! Health asks which replica is at fault, and goes on with the others; a breaker asks whether asking is of any use, and spares
//! both sides the attempt. So nothing limits how much of an upstream may be shut: all of it is the point.
//!
//! Invariants:
//! - nothing is let through while it is open; while it is half-open no more than `probes` are out or were good;
//! - only an error or a slow call opens it, and only with `min_requests` in the window; what is in the window is at
//!   most `window` old, and everything that is nine tenths of that is in it;
//! - a permit that comes back without a verdict leaves nothing behind: its probe may be made by somebody else;
//! - a verdict on what was let through in an earlier state changes nothing;
//! - it is open for at least `open_for` and at most `open_for_max` and a tenth; then whoever asks next is a probe.

mod machine;
mod params;
mod window;

pub use machine::{Asked, Call, Machine, Phase, Turn, Why};
pub use params::{Params, Slow};
pub use window::{BUCKETS, SLOTS, Tally, bucket, oldest};
