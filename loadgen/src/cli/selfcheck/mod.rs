//! `loadgen selfcheck`: can this machine and this generator be trusted, and down to what?
//!
//! Two questions, two kinds of answer. *What is too small to be seen here* is measured: the floor of a latency, how late
//! wake-ups and sends are, how much one thread can do ([`floor`]). *Does the instrument tell the truth* is proved
//! case by case ([`case`]): load from a seed against a server whose answers are known in advance ([`loadgen::null`]),
//! so that every request's latency follows from the seed ([`predict`]); the textbook's value stands beside it
//! ([`textbook`]).
//!
//! The tolerance is the same for every case and every machine, 1 % + 100 µs ([`check`]). A noisy machine does not widen
//! it: what misses it by no more than the lateness that was seen is *not shown*, and played again; what misses it by
//! more, or reports less than there was, is *wrong* ([`judge`]).

mod args;
mod case;
mod check;
mod command;
mod findings;
mod floor;
mod judge;
mod noise;
mod predict;
mod report;
mod stage;
#[cfg(test)]
mod tests;
mod textbook;
mod vigil;

pub(super) use args::Args;
pub(super) use command::run;
