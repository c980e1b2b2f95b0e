//! The open client connections of one worker, the deadlines they are held to, and their end when the worker stops.
//!
//! Clients whose connections are all closed at once come back all at once, wherever they go: each connection has its own moment,
//! drawn uniformly from the time that there is, by chance that nothing else depends on. From then on its next answer says
//! `Connection: close`. One without a request on it is closed when whoever stops the worker says so, and not before: a request may be on its way that no
//! answer would come for.

use crate::config::ServerLimits;
use crate::planted::{Bug, planted};
use http1::io::{Deadlines, Late, Waiting, Watch, Watched};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use tokio::task::AbortHandle;
use tokio::time::Instant;

/// How long a client that was told goodbye may take to close; nginx's `lingering_timeout` is the same.
const LINGER: Duration = Duration::from_secs(5);

/// How long a connection that was accepted just now may take to send its first byte when everything ends: a client that
/// connects has a request at hand, and was told by nobody.
const FIRST_REQUEST: Duration = Duration::from_secs(1);

struct Open {
    watch: Rc<Watch>,
    watched: Watched,
    task: AbortHandle,
    since: Instant,
    /// When it is to end.
    ends: Option<Instant>,
}

/// From when the worker stops.
struct Ending {
    until: Instant,
    chance: ChaCha8Rng,
}

impl Ending {
    /// A moment between now and the end.
    fn draw(&mut self, now: Instant) -> Instant {
        let left = self.until.saturating_duration_since(now).as_micros();
        let left = u64::try_from(left).unwrap_or(u64::MAX);
        now + Duration::from_micros(self.chance.random_range(0..=left))
    }
}

/// Bounded by the server's `connections_max`.
#[derive(Default)]
pub(super) struct Table {
    open: RefCell<BTreeMap<u64, Open>>,
    ending: RefCell<Option<Ending>>,
}

impl Table {
    pub(super) fn insert(&self, connection: u64, watch: Rc<Watch>, task: AbortHandle) {
        let now = Instant::now();
        let open = Open {
            watch,
            watched: Watched::new(now),
            task,
            since: now,
            ends: self.ending.borrow_mut().as_mut().map(|ending| ending.draw(now)),
        };
        self.open.borrow_mut().insert(connection, open);
    }

    pub(super) fn remove(&self, connection: u64) {
        self.open.borrow_mut().remove(&connection);
    }

    /// Ends the connections that are over a deadline, and tells `ended` which. An aborted task drops its request with it, which
    /// abandons the upstream.
    pub(super) fn sweep(&self, now: Instant, limits: &ServerLimits, ended: impl Fn(Late)) {
        let deadlines = Deadlines {
            first_byte: limits.first_byte_timeout,
            head: limits.header_timeout,
            idle: limits.idle_timeout,
            body: limits.body_timeout,
            body_rate_min: limits.body_rate_min,
            write: limits.write_timeout,
            linger: LINGER,
        };
        self.open.borrow_mut().retain(|_, open| {
            let late = open.watched.look(&open.watch, now, &deadlines);
            if let Some(late) = late {
                open.watch.cut_off(over(late));
                open.task.abort();
                ended(late);
            }
            late.is_none()
        });
    }

    /// The worker ends, and whatever is still open with it.
    pub(super) fn cut_off(&self, why: &'static str) {
        self.open
            .borrow()
            .values()
            .for_each(|open| open.watch.cut_off(why));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.open.borrow().is_empty()
    }

    /// Each connection ends at a moment between now and `until`, and those that are still to come as well.
    pub(super) fn end_until(&self, until: Instant, chance: ChaCha8Rng) {
        let now = Instant::now();
        let mut ending = Ending { until, chance };
        for open in self.open.borrow_mut().values_mut() {
            open.ends = Some(ending.draw(now));
        }
        *self.ending.borrow_mut() = Some(ending);
    }

    /// Ends what is due: with its next answer, and what waits for a request at once if it may. To be called every now and then once
    /// [`Table::end_until`] was.
    pub(super) fn end_due(&self, now: Instant, idle_at_once: bool) {
        self.open.borrow_mut().retain(|_, open| {
            if open.ends.is_none_or(|ends| now < ends) {
                return true;
            }
            open.watch.end_after_answer();
            let is_idle = match open.watch.waiting() {
                Waiting::FirstByte => now.saturating_duration_since(open.since) >= FIRST_REQUEST,
                Waiting::Idle => true,
                // there is a request on it, whose answer is its last
                _ => false,
            };
            if !(is_idle && (idle_at_once || planted(Bug::IdleClosedInLead))) {
                return true;
            }
            // who has not even said whom he speaks for is served by nobody yet
            let ends_itself = open.watch.end_when_idle();
            if !ends_itself {
                open.task.abort();
            }
            ends_itself
        });
    }
}

/// What the log says of a request that ends with its client's deadline.
const fn over(late: Late) -> &'static str {
    match late.0 {
        Waiting::Body => "the client's body did not come in time",
        Waiting::Write => "the client did not take its answer in time",
        _ => "a deadline of the client's passed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::Seed;

    #[test]
    fn moments_are_spread_over_the_time_that_is_left_and_follow_from_the_seed() {
        let now = Instant::now();
        let lead = Duration::from_secs(10);
        let draws = |seed: u64, lead: Duration| -> Vec<Duration> {
            let (until, chance) = (now + lead, Seed(seed).rng());
            let mut ending = Ending { until, chance };
            (0..400).map(|_| ending.draw(now) - now).collect()
        };
        let moments = draws(1, lead);
        assert_eq!(moments, draws(1, lead));
        assert_ne!(moments, draws(2, lead));
        assert!(moments.iter().all(|moment| *moment <= lead));
        // of 400 in each tenth some 40; fewer than 10 are a chance of one in a million
        for tenth in 0..10 {
            let is_in = |moment: &&Duration| moment.as_micros() * 10 / lead.as_micros() == tenth;
            assert!(moments.iter().filter(is_in).count() >= 10, "{tenth}");
        }
        assert!(
            draws(1, Duration::ZERO).iter().all(Duration::is_zero),
            "no lead: at once"
        );
    }
}
