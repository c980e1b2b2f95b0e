//! The client loop.

mod answers;
mod broken;
mod cuts;
mod early;
mod interims;
mod reuse;
mod upgrade;
mod uploads;
