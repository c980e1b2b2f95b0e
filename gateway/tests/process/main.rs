//! The `gateway` binary while it serves: its config is another, it is told to stop, it has a successor.

mod handover;
mod held;
mod listeners;
mod part;
mod reload;
mod stop;
