//! The one thing the rest of the program knows of the view: it opens, takes ticks, is waited for, and closes.

use super::lines::Lines;
use super::setup::Setup;
use super::tick::Tick;
use super::tui::{Command, Tui};
use rustix::process::getpgrp;
use rustix::termios::tcgetpgrp;
use std::ffi::OsStr;
use std::future::pending;
use std::io::{self, IsTerminal, stderr};
use tokio::time::Instant;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Kind {
    Tui,
    Lines,
    Quiet,
}

impl Kind {
    /// The screen needs a terminal that can be drawn on and that is ours: a job in the background would be stopped by
    /// the system as soon as it changed the terminal's mode.
    pub(in crate::cli) fn choose(no_tui: bool, quiet: bool) -> Self {
        let able = std::env::var_os("TERM").is_some_and(|name| name != OsStr::new("dumb"));
        let ours = || stderr().is_terminal() && tcgetpgrp(stderr()).is_ok_and(|group| group == getpgrp());
        match (quiet, no_tui) {
            (true, _) => Self::Quiet,
            (false, false) if able && ours() => Self::Tui,
            (false, _) => Self::Lines,
        }
    }
}

pub(in crate::cli) enum View {
    Tui(Box<Tui>),
    Lines(Box<Lines>),
    Quiet,
}

impl View {
    pub(in crate::cli) fn open(kind: Kind, setup: Setup) -> io::Result<Self> {
        Ok(match kind {
            Kind::Tui => Self::Tui(Box::new(Tui::open(setup)?)),
            Kind::Lines => Self::Lines(Box::new(Lines::open(setup))),
            Kind::Quiet => Self::Quiet,
        })
    }

    /// Requests are released from this moment on.
    pub(in crate::cli) fn begin(&mut self, at: Instant) {
        if let Self::Tui(tui) = self {
            tui.begin(at);
        }
    }

    pub(in crate::cli) fn tick(&mut self, tick: &Tick) {
        match self {
            Self::Tui(tui) => tui.tick(tick),
            Self::Lines(lines) => lines.tick(tick),
            Self::Quiet => {}
        }
    }

    /// The run was asked to end, by whatever means.
    pub(in crate::cli) fn stopping(&mut self) {
        if let Self::Tui(tui) = self {
            tui.stopping();
        }
    }

    /// Waits for the next look at keys and screen; for ever where there are none. Nothing is lost when it is dropped
    /// while waiting, so it can stand in a `select!`.
    pub(in crate::cli) async fn step(&mut self) -> Option<Command> {
        match self {
            Self::Tui(tui) => tui.step().await,
            Self::Lines(_) | Self::Quiet => pending().await,
        }
    }

    /// Leaves the screen as it was, or prints what is left.
    pub(in crate::cli) fn close(self) {
        match self {
            Self::Lines(lines) => lines.close(),
            // a screen closes when it is dropped, so that it does on errors too
            Self::Tui(_) | Self::Quiet => {}
        }
    }
}
