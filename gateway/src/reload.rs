//! Reloads as whoever wants one sees them: what came of it, how many there were, and the way to ask for one.
//!
//! The config is read and judged by the process's main thread, one reload after the other, so that no worker waits for a disk
//! and no two of them overtake each other. The admin listener asks it; signals and the file watch live beside it.

use crate::config::ConfigErrors;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Who asks while so many wait is told so: a reload takes milliseconds, and whoever asks a hundred times over means one.
const ASKS_MAX: usize = 16;

/// What is in force after a reload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reloaded {
    pub version: u64,
    /// Whether that is new: a config that says what the one in force says changes nothing.
    pub changed: bool,
}

/// Why the old config stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotReloaded {
    /// The file could not be read, and why.
    Unread(String),
    /// All that is wrong with it.
    Refused(ConfigErrors),
}

/// Somebody who waits for a reload.
#[derive(Debug)]
pub struct ReloadAsk(oneshot::Sender<Result<Reloaded, NotReloaded>>);

impl ReloadAsk {
    pub fn answer(self, result: Result<Reloaded, NotReloaded>) {
        // who asked may have gone
        let _ = self.0.send(result);
    }
}

impl fmt::Display for NotReloaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unread(error) => f.write_str(error),
            Self::Refused(errors) => errors.fmt(f),
        }
    }
}

impl std::error::Error for NotReloaded {}

/// How many there were of each kind, and who does them.
#[derive(Debug, Default)]
pub(crate) struct Reloads {
    applied: AtomicU64,
    unchanged: AtomicU64,
    refused: AtomicU64,
    /// Seconds since the epoch; 0 before there was any.
    last_success: AtomicU64,
    asks: Mutex<Option<mpsc::Sender<ReloadAsk>>>,
}

/// Why a reload that was asked for did not take place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotAsked {
    /// Nobody does reloads in this process.
    Nobody,
    /// As many wait as may.
    Many,
    /// The process is stopping.
    Stopping,
}

impl Reloads {
    /// Makes whoever holds the other end the one who does reloads.
    pub(crate) fn take_asks(&self) -> mpsc::Receiver<ReloadAsk> {
        let (asks, inbox) = mpsc::channel(ASKS_MAX);
        *self.asks() = Some(asks);
        inbox
    }

    pub(crate) async fn ask(&self) -> Result<Result<Reloaded, NotReloaded>, NotAsked> {
        let (tell, told) = oneshot::channel();
        let sent = match &*self.asks() {
            None => return Err(NotAsked::Nobody),
            Some(asks) => asks.try_send(ReloadAsk(tell)),
        };
        sent.map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => NotAsked::Many,
            mpsc::error::TrySendError::Closed(_) => NotAsked::Stopping,
        })?;
        told.await.map_err(|_| NotAsked::Stopping)
    }

    pub(crate) fn count(&self, result: &Result<Reloaded, NotReloaded>, unix_now: Duration) {
        let count = match result {
            Ok(reloaded) if reloaded.changed => &self.applied,
            Ok(_) => &self.unchanged,
            Err(_) => &self.refused,
        };
        count.fetch_add(1, Ordering::Relaxed);
        if result.is_ok() {
            self.succeeded(unix_now);
        }
    }

    /// The config in force is that of this moment.
    pub(crate) fn succeeded(&self, unix_now: Duration) {
        self.last_success.store(unix_now.as_secs(), Ordering::Relaxed);
    }

    /// By the label of what came of them.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 3] {
        [
            ("applied", &self.applied),
            ("unchanged", &self.unchanged),
            ("refused", &self.refused),
        ]
        .map(|(result, count)| (result, count.load(Ordering::Relaxed)))
    }

    pub(crate) fn last_success(&self) -> u64 {
        self.last_success.load(Ordering::Relaxed)
    }

    fn asks(&self) -> MutexGuard<'_, Option<mpsc::Sender<ReloadAsk>>> {
        self.asks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
