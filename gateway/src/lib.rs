//! The API gateway: takes HTTP requests, finds their route, forwards them to one of an upstream's replicas.
//!
//! [`App`] is the whole of it. It is generic over [`world::World`] and over a probe of [`Event`]s, so the code
//! that serves real sockets is the code that the simulator breaks.
//!
//! Ranks (a module imports only lower ones; siblings of one rank are blind to each other):
//!
//! ```text
//! r0  error  ids  event  message      what everybody speaks of
//! r1  route  balance  retry           policies: pure, synchronous, no I/O
//! r2  state  observe                  what outlives a reload; access log
//! r3  config                          YAML → Plan
//! r4  pool  snapshot                  upstream connections; a plan in force
//! r5  proxy  admin                    a request's way through; the operator's window
//! r6  server                          accept, connections, deadlines
//! r7  app                             composition root
//! ```

mod admin;
#[cfg(feature = "count-alloc")]
pub mod alloc;
mod app;
pub mod balance;
pub mod config;
mod error;
mod event;
mod ids;
mod message;
mod observe;
mod pool;
mod proxy;
pub mod retry;
pub mod route;
mod server;
mod snapshot;
mod state;

pub use app::App;
pub use event::{AttemptOutcome, Event};
