//! The ports every part of Tollgate stands on: sockets, names, precise time, wall clock, seeds and probes.
//!
//! The gateway, the stub and the load generator are generic over [`World`]; [`RealWorld`] is the
//! operating system, and the simulator brings its own. Whatever decides in those parts is a function of
//! (seed, time given to it, messages), so the same seed in the simulator gives the same run.
//!
//! Invariants
//! - Monotonic time is `tokio::time::Instant` in both worlds; only wall time comes from [`World::unix_now`].
//! - Randomness comes from [`World::seed`] by name, never from the OS; secrets come from [`World::secret`], never from a
//!   seed that is printed.
//! - Nothing here knows HTTP.

mod listen;
mod probe;
pub mod real;
mod seed;
mod traits;

pub use listen::ListenAddr;
pub use probe::{NoProbe, Probe};
pub use real::RealWorld;
pub use seed::Seed;
pub use traits::{Listener, Resolved, SECRET_BYTES, World};
