//! What is sent, and what is expected of the answers: pure, without I/O, clock or task.
//!
//! Files are read by the caller; here their text is parsed, once, into a [`Catalogue`] of scenarios, with every error at
//! once. For each arrival the caller asks three things: [`Catalogue::pick`], which scenario; [`Step::render`], what to send;
//! [`Expect::judge`] and [`Step::take`], what to make of the answer.
//!
//! Invariants
//! - What is sent is a function of (seed, the arrival's id, answers within its own flow): of no thread, shard or clock.
//! - What is rendered can be sent: line breaks, control characters and spaces that would change a message are errors.
//! - A fixed request is rendered once; of one that varies only the parts that vary are written, without parsing.
//! - Everything that a user or a server gives is bounded by a constant at its place.

mod capture;
mod catalogue;
mod common;
mod cookies;
mod draw;
mod expect;
mod mix;
mod pattern;
mod session;
mod step;
mod targets;
mod template;
mod tokens;
mod url;
mod wording;
mod zipf;

pub use catalogue::{Catalogue, ScenarioSpec};
pub use common::{Common, ReadFile};
pub(crate) use draw::Draw;
pub(crate) use expect::CONTENT_BYTES_MAX;
pub use expect::Expect;
pub use mix::parse as parse_mix;
pub(crate) use session::Session;
pub use step::{Body, Fault, Step, StepSpec};
pub(crate) use step::{Message, Scratch};
pub use targets::parse as parse_targets;
pub use tokens::Tokens;
pub use url::{Origin, Url};
