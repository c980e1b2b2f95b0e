//! A run as it goes: a screen for people at a terminal, a line per interval for everything else.
//!
//! Every thread tells once per interval what it did ([`Tick`]); [`View`] adds that up and shows it. Nothing of it
//! happens on a load thread: a tick is a message, and the screen is drawn by the thread that waits for the others,
//! at most twice a second. The final report is not shown here: it goes to standard output once the view is closed.
//!
//! Invariants
//! - What is added up is exact: ticks of any threads in any order give the same sums and histograms.
//! - What is kept is bounded, however long the run.
//! - A screen that was opened is closed again: on return, on error, on a panic of any thread.
//! - Nothing here ends a run: [`Command::Stop`] is handed to the caller.

mod doubts;
mod draw;
mod interval;
mod lines;
mod progress;
mod setup;
mod state;
#[cfg(test)]
mod tests;
mod tick;
mod tui;
mod view;
mod words;

pub(in crate::cli) use setup::Setup;
pub(in crate::cli) use tick::Tick;
pub(in crate::cli) use tui::Command;
pub(in crate::cli) use view::{Kind, View};
