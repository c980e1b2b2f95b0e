//! When requests are due: an open model, where arrivals depend on the clock of the run and never on replies.
//!
//! A schedule is always [`STREAMS`] virtual streams of λ/64, each with its own chance, merged by time. Threads
//! and shards are dealt whole streams, so any number of them gives the same set of (intended time, id): the
//! superposition of independent Poisson streams is a Poisson stream of the summed rate, and the others deal
//! their arrivals round-robin.
//!
//! - Constant: the k-th arrival of all is due at k/λ, computed from k each time. Adding up a rounded gap would
//!   drift by up to half a nanosecond per arrival.
//! - Poisson: gaps are −ln(U)/(λ/64) with U uniform in (0, 1], from 53 random bits through `libm`, rounded to
//!   the nanosecond. Rounding has mean zero; the sum is integer, so nothing is lost to magnitude.
//! - Uniform: the k-th arrival of all is due at (k + U)/λ, with U uniform in [0, 1): each at a random moment
//!   of its own slot of 1/λ. The rate is held exactly, and yet nothing that ticks with the load can fall in
//!   step with it; gaps are triangular on [0, 2/λ].
//! - A [`Profile`] lets the rate change over time. The same streams then run at rate 1 in *operational time*,
//!   the number of arrivals expected so far, and are mapped through its inverse. For Poisson this is the
//!   time-rescaling theorem (Papangelou 1972; Brown, Barbieri, Ventura, Kass & Frank 2002), by which an
//!   inhomogeneous process can be made by inversion (Çinlar 1975).
//! - A [`Trace`] is a list of times: the k-th belongs to stream k mod 64.
//!
//! Units: nanoseconds in a `Duration` since the start of the run. Invariants: a shard never goes back in time;
//! ties are ordered by id; ids are unique over all shards. Whether a plan is what it claims to be is judged by
//! [`fit`]. Not here: when to stop (`shard(0, 1).take(n)` is the first n of all, [`Due::stream`] tells whose
//! they are).

mod arrival;
mod due;
pub mod fit;
mod plan;
mod profile;
mod rate;
mod stream;
mod trace;

pub use arrival::Arrival;
pub use due::{Due, STREAMS};
pub use plan::{Schedule, Shard};
pub use profile::{ITEMS_MAX, Profile};
pub use rate::Rate;
pub use trace::{ARRIVALS_MAX, Trace};
