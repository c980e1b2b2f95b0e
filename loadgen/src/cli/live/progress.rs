//! How far a run is.

use super::state::Live;
use super::words::count;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Preparing,
    WarmUp,
    Measuring,
    Draining,
    Stopping,
}

impl Phase {
    /// `elapsed` since the start of the run; none before it.
    pub(super) fn of(live: &Live, elapsed: Option<Duration>) -> Self {
        let all_released = live
            .setup
            .requests
            .is_some_and(|most| live.totals.released >= most);
        match elapsed {
            _ if live.stopping => Self::Stopping,
            None => Self::Preparing,
            Some(elapsed) if all_released || elapsed >= live.setup.duration => Self::Draining,
            Some(elapsed) if elapsed < live.setup.warmup => Self::WarmUp,
            Some(_) => Self::Measuring,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Preparing => "preparing",
            Self::WarmUp => "warm-up",
            Self::Measuring => "measuring",
            Self::Draining => "draining",
            Self::Stopping => "stopping",
        }
    }
}

/// 0 to 1, by requests if they are counted and by time if not.
pub(super) fn share(live: &Live, elapsed: Option<Duration>) -> f64 {
    let (part, whole) = match live.setup.requests {
        Some(most) => (live.totals.released as f64, most as f64),
        None => (
            elapsed.unwrap_or_default().as_secs_f64(),
            live.setup.duration.as_secs_f64(),
        ),
    };
    if whole > 0.0 {
        (part / whole).clamp(0.0, 1.0)
    } else {
        1.0
    }
}

/// As in "measuring · 12s of 1m".
pub(super) fn words(live: &Live, elapsed: Option<Duration>) -> String {
    let phase = Phase::of(live, elapsed).name();
    let Some(elapsed) = elapsed else {
        return phase.into();
    };
    let seconds = humantime::format_duration(Duration::from_secs(elapsed.as_secs()));
    match live.setup.requests {
        Some(most) => format!(
            "{phase} · {seconds} · {} of {} requests",
            count(live.totals.released),
            count(most)
        ),
        None => format!(
            "{phase} · {seconds} of {}",
            humantime::format_duration(live.setup.duration)
        ),
    }
}
