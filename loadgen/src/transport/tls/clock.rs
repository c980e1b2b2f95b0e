//! The wall clock by which certificates and session tickets are judged: one reading, and monotonic time since.

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use std::time::Duration;
use tokio::time::Instant;

#[derive(Debug)]
pub(super) struct Clock {
    /// Since the Unix epoch, at `read`.
    unix: Duration,
    read: Instant,
}

impl Clock {
    pub(super) fn new(unix_now: Duration) -> Self {
        Self {
            unix: unix_now,
            read: Instant::now(),
        }
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        Some(UnixTime::since_unix_epoch(self.unix + self.read.elapsed()))
    }
}
