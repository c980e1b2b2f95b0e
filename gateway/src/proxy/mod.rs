//! A request's way through the gateway. [`pipeline`] reads top to bottom in stage order; the rest are its parts.
//!
//! ```text
//! guard → route → bounds → forward (headers up) → attempt* (pick, send, decide) → forward (headers down)
//! → fallback, of routes that have one: attempt* once more, or their own answer → stream back → record
//! ```

mod account;
mod again;
mod answering;
mod attempt;
mod blame;
mod breaking;
mod client;
mod deadline;
mod exchange;
mod fallback;
mod forward;
mod guard;
mod hedge;
mod hops;
mod interim;
mod ledger;
mod limit;
mod mirror;
mod mirrored;
mod nominated;
mod overload;
mod pace;
mod passing;
mod pipeline;
mod respond;
mod timing;
mod traced;
mod tracked;
mod trailers;
mod tunnel;
mod upgrade;
mod view;
mod waits;
mod worker;

pub(crate) use client::Client;
pub(crate) use pipeline::{handle, refuse};
pub(crate) use tunnel::tunnel;
pub(crate) use worker::Worker;
