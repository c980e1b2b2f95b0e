//! What the person at the terminal sees while an experiment runs: a bar on a terminal, plain lines elsewhere.
//!
//! Everything goes to stderr; stdout carries results alone.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal as _;
use std::time::Duration;

/// The clock of the bar moves once a second. More often would cost the load generator's core for nothing.
const TICK: Duration = Duration::from_secs(1);

/// Progress of one command.
#[derive(Debug)]
pub struct Console {
    bar: ProgressBar,
    terminal: bool,
}

impl Console {
    pub fn new() -> Self {
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        };
        Self {
            bar: ProgressBar::with_draw_target(Some(0), target),
            terminal,
        }
    }

    /// Says nothing at all: for tests.
    pub fn silent() -> Self {
        Self {
            bar: ProgressBar::hidden(),
            terminal: true,
        }
    }

    /// `steps` more are to come.
    pub fn expect_steps(&self, steps: usize) {
        if self.bar.length() == Some(0) {
            // a fixed template of ours: if it were wrong the plain style would do
            if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {elapsed} {wide_msg}") {
                self.bar.set_style(style);
            }
            self.bar.enable_steady_tick(TICK);
        }
        self.bar.inc_length(steps as u64);
    }

    /// Names the step that begins now; the one before it is done.
    pub fn step(&self, what: &str) {
        self.bar.set_message(what.to_owned());
        if !self.terminal {
            let (done, all) = (self.bar.position() + 1, self.bar.length().unwrap_or(0));
            eprintln!("[{done}/{all}] {what}");
        }
        self.bar.inc(1);
    }

    /// A line that stays.
    pub fn say(&self, line: &str) {
        if self.terminal {
            self.bar.suspend(|| eprintln!("{line}"));
        } else {
            eprintln!("{line}");
        }
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Default for Console {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        self.finish();
    }
}
