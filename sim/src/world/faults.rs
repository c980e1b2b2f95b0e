//! Which faults are active, and what hosts, links and clocks are because of them.
//!
//! A plan of faults is a list of intervals that may overlap in any way, and any part of a plan must be playable:
//! that is how a failing one is made smaller. So nothing is switched here; faults are counted, as a multiset,
//! and every state is derived from it by rules that don't depend on the order in which the faults came:
//! - a host is down while a crash or a power loss lies on it, and stopped while a stop does or a slow one's duty cycle
//!   says so;
//! - a link loses everything while a partition lies on it or one of its hosts is without power; else it keeps
//!   everything while a hold lies on it; else each direction loses what a one-way cut lies on. turmoil has no state for
//!   a hold beside a cut, so a cut under a hold waits, and takes effect at the release;
//! - a latency is the greatest of those that are asked for, shortest and longest each on their own;
//! - clock offsets add up.
//!
//! Pure: it says what is; the driver tells turmoil. Times are in ticks since the start.

use super::links::{BothWays, LinkFault, LinkState};
use std::time::Duration;

/// Faults active at once. Each change looks at all of them; a plan has tens.
pub(super) const FAULTS_MAX: usize = 1_000;

/// A fault that has been laid; hosts are numbers, of a pair without direction the lower one first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Crash(u64),
    PowerLoss(u64),
    Stop(u64),
    /// Runs for so many ticks, is stopped for so many, and so on.
    Slow {
        host: u64,
        run: u64,
        stop: u64,
    },
    Clock {
        host: u64,
        offset_us: i64,
    },
    Partition(u64, u64),
    Hold(u64, u64),
    OneWay {
        from: u64,
        to: u64,
    },
    Latency {
        low: u64,
        high: u64,
        range: (Duration, Duration),
    },
    Fragment,
}

impl Fault {
    pub(super) fn on_link(fault: LinkFault, a: u64, b: u64) -> Self {
        let (low, high) = (a.min(b), a.max(b));
        match fault {
            LinkFault::Partition => Self::Partition(low, high),
            LinkFault::Hold => Self::Hold(low, high),
            LinkFault::OneWay => Self::OneWay { from: a, to: b },
        }
    }

    pub(super) fn latency(a: u64, b: u64, range: (Duration, Duration)) -> Self {
        let (low, high) = (a.min(b), a.max(b));
        Self::Latency { low, high, range }
    }
}

/// The active faults, oldest first, each with the tick in which it was laid.
#[derive(Debug, Clone, Default)]
pub(super) struct Active(Vec<(Fault, u64)>);

impl Active {
    /// Lays a fault; `false`, and nothing done, if there are [`FAULTS_MAX`].
    #[must_use]
    pub(super) fn push(&mut self, fault: Fault, tick: u64) -> bool {
        let fits = self.0.len() < FAULTS_MAX;
        if fits {
            self.0.push((fault, tick));
        }
        fits
    }

    /// Lifts the oldest fault that equals this one; `false` if there is none.
    #[must_use]
    pub(super) fn pop(&mut self, fault: Fault) -> bool {
        let found = self.0.iter().position(|(laid, _)| *laid == fault);
        found.map(|place| self.0.remove(place)).is_some()
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    pub(super) fn is_down(&self, number: u64) -> bool {
        self.any(|fault| matches!(fault, Fault::Crash(host) | Fault::PowerLoss(host) if host == number))
    }

    pub(super) fn is_stopped(&self, number: u64, tick: u64) -> bool {
        self.0.iter().any(|(fault, began)| match *fault {
            Fault::Stop(host) => host == number,
            Fault::Slow { host, run, stop } => host == number && (tick - began) % (run + stop) >= run,
            _ => false,
        })
    }

    /// Whether stops come and go by themselves.
    pub(super) fn has_slow(&self) -> bool {
        self.any(|fault| matches!(fault, Fault::Slow { .. }))
    }

    pub(super) fn clock_offset_us(&self, number: u64) -> i64 {
        let offsets = self.0.iter().map(|(fault, _)| match *fault {
            Fault::Clock { host, offset_us } if host == number => i128::from(offset_us),
            _ => 0,
        });
        // summed in wider integers, so that the order does not matter at the ends of the range
        let sum: i128 = offsets.sum();
        i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX })
    }

    pub(super) fn fragments(&self) -> bool {
        self.any(|fault| fault == Fault::Fragment)
    }

    pub(super) fn link(&self, low: u64, high: u64) -> BothWays {
        let partitioned = |fault| match fault {
            Fault::PowerLoss(host) => host == low || host == high,
            fault => fault == Fault::Partition(low, high),
        };
        if self.any(partitioned) {
            return [LinkState::Cut; 2];
        }
        if self.any(|fault| fault == Fault::Hold(low, high)) {
            return [LinkState::Held; 2];
        }
        [(low, high), (high, low)].map(|(from, to)| {
            match self.any(|fault| fault == Fault::OneWay { from, to }) {
                true => LinkState::Cut,
                false => LinkState::Open,
            }
        })
    }

    /// `base` is what the link has without any fault.
    pub(super) fn link_latency(
        &self,
        low: u64,
        high: u64,
        base: (Duration, Duration),
    ) -> (Duration, Duration) {
        self.0.iter().fold(base, |most, (fault, _)| match *fault {
            Fault::Latency {
                low: a,
                high: b,
                range,
            } if (a, b) == (low, high) => (most.0.max(range.0), most.1.max(range.1)),
            _ => most,
        })
    }

    fn any(&self, is: impl Fn(Fault) -> bool) -> bool {
        self.0.iter().any(|(fault, _)| is(*fault))
    }
}

#[cfg(test)]
mod tests;
