//! What the tests of the two loops share: an executor that polls only what was woken, a stream that keeps a record, a
//! peer that is moved by hand, and bodies under control.

mod bodies;
mod client;
mod peer;
mod server;
mod task;
mod wire;

pub(crate) use bodies::{Any, Pattern, Source, SourceHandle, collect, is_pattern};
pub(crate) use client::{Caller, Calling, Sent, request};
pub(crate) use peer::Peer;
pub(crate) use server::{Asked, Handled, Rig, Setup, answer, ok, read_to_end};
pub(crate) use task::Task;
pub(crate) use wire::{Tape, Wire};
