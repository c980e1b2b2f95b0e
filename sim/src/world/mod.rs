//! The simulated world: `world::World` over turmoil, and the driver that breaks it.
//!
//! Contract
//! - A simulation is a function of its [`Settings`] and its hosts' programs: same seed, same trace.
//! - Each runs on a thread of its own ([`isolated`]): hash maps in dependencies seed themselves once per thread.
//! - turmoil's traps, and the way round each, are at the top of `links`, `socket`, `dial`, `net` and `driver`.
//! - Any faults may overlap in any way, and each ends on its own (`faults`).
//!
//! What it does not do: TLS, UDP, loopback, loss without a partition, anything finer than a tick of 1 ms.

mod connection;
mod dial;
mod driver;
mod error;
mod faults;
mod inject;
mod isolate;
mod links;
mod lookup;
mod names;
mod net;
mod sim_world;
mod socket;
mod stream;

pub use crate::trace::EPOCH;
pub use driver::{Driver, Settings};
pub use error::DriverError;
pub use isolate::{Panicked, caught, isolated};
pub use links::{LinkFault, LinkState};
pub use names::NameAnswer;
pub use sim_world::{SimListener, SimWorld, Tap};
pub use stream::SimStream;

use connection::CLIENT;
use std::time::Duration;

/// The grain of simulated time; the finest that turmoil does right.
pub const TICK: Duration = Duration::from_millis(1);

/// turmoil's step grows with the cube of the hosts.
pub const HOSTS_MAX: usize = 30;

/// Segments and SYNs that turmoil queues per connection and listener; it panics on SYNs beyond. Costs nothing while
/// it is not used; windows and `dial` bound what is.
const QUEUE_SEGMENTS: usize = 1 << 20;
