//! The API gateway: takes HTTP requests, finds their route, forwards them to one of an upstream's replicas.
//!
//! [`App`] is the whole of it. It is generic over [`world::World`] and over a probe of [`Event`]s, so the code
//! that serves real sockets is the code that the simulator breaks.
//!
//! Ranks (a module imports only lower ones; siblings of one rank are blind to each other):
//!
//! ```text
//! r0  planted                         mistakes on purpose, for the simulator
//! r1  error  ids  event  message  share   what everybody speaks of
//! r2  route  balance  health  breaker  retry  limit  transform  trace  policies: pure, synchronous, no I/O
//! r3  state  observe                  what outlives a reload; access log, spans
//! r4  config                          YAML → Plan
//! r5  pool  snapshot  reload          upstream connections; a plan in force, and how another is asked for
//! r6  proxy  tasks  admin             a request's way through; probes and lookups; the operator's window
//! r7  server                          accept, connections, deadlines
//! r8  app                             composition root
//! r9  process                         sockets, signals, file watch, hand-over
//! ```

mod admin;
#[cfg(any(test, feature = "count-alloc"))]
pub mod alloc;
mod app;
pub mod balance;
pub mod breaker;
pub mod config;
mod error;
mod event;
pub mod health;
mod ids;
pub mod limit;
mod message;
mod observe;
pub mod planted;
mod pool;
pub mod process;
mod proxy;
mod reload;
pub mod retry;
pub mod route;
mod server;
pub mod share;
mod snapshot;
mod state;
mod tasks;
mod trace;
pub mod transform;

pub use app::{App, Stop};
pub use event::{AttemptOutcome, BreakerState, EjectionCause, Event, ProbeOutcome};
pub use reload::{NotReloaded, ReloadAsk, Reloaded};
