//! What happened in a simulation, as canonical bytes.
//!
//! The same seed gives the same trace, byte for byte, in any process; its SHA-256 stands for it. Oracles
//! read traces and nothing else. The format is described in [`record`], the events in [`kind`].

pub mod kind;
pub mod outcome;
pub mod record;
pub mod recorder;
pub mod text;

pub use kind::{CANCELLED, EPOCH, Kind, NOT_CONNECTED};
pub use outcome::Outcome;
pub use record::{DecodeError, Reader, Record};
pub use recorder::{Recorder, Trace, Watch};
pub use text::{Difference, Renderer, first_difference};
