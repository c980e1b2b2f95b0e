//! A queue in virtual time: what c servers and one line would do, without anybody waiting.
//!
//! departure_i = max(arrival_i, earliest free server) + service_i. First come, first served; a request is
//! never taken back, so an abandoned one still consumes its service, as in life. The same code answers the
//! closed-form tests of this crate and paces the stub's answers on sockets.
//!
//! Times are since the start of the run. Invariants: starts never decrease; no server does two things at
//! once; memory is one time per server. Not here: priorities, abandonment, bounded waiting rooms.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

/// More servers than any upstream has workers; a bound so that a typo cannot ask for gigabytes.
pub const SERVERS_MAX: usize = 65_536;

/// When a request's service begins and ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Served {
    pub start: Duration,
    pub departure: Duration,
}

/// First come, first served, c servers, unbounded line.
#[derive(Debug, Clone)]
pub struct Queue {
    /// When each server is free, the earliest on top.
    free_at: BinaryHeap<Reverse<Duration>>,
    last_arrival: Duration,
}

impl Queue {
    /// An idle queue. The number of servers is clamped to `1..=SERVERS_MAX`.
    pub fn new(servers: usize) -> Self {
        let free_at = std::iter::repeat_n(Reverse(Duration::ZERO), clamped(servers)).collect();
        Self {
            free_at,
            last_arrival: Duration::ZERO,
        }
    }

    /// Lets one request in. An arrival before the one that was let in last counts as arriving with it: two
    /// threads may bring theirs a moment out of order.
    pub fn admit(&mut self, arrival: Duration, service: Duration) -> Served {
        let arrival = arrival.max(self.last_arrival);
        self.last_arrival = arrival;
        let Some(mut earliest) = self.free_at.peek_mut() else {
            // never so: there is at least one server; serving at once is what an infinite number would do
            return Served {
                start: arrival,
                departure: arrival + service,
            };
        };
        let start = arrival.max(earliest.0);
        let departure = start.saturating_add(service);
        // dropping the peek puts the server back into its place
        *earliest = Reverse(departure);
        Served { start, departure }
    }

    /// How many servers there are.
    pub fn servers(&self) -> usize {
        self.free_at.len()
    }

    /// Changes the number of servers from now on. New ones are idle. Of fewer servers those stay that are
    /// busy longest, so a backlog is never forgotten; the work of those that go is finished by nobody's time.
    pub fn resize(&mut self, servers: usize) {
        let servers = clamped(servers);
        while self.free_at.len() > servers {
            self.free_at.pop();
        }
        while self.free_at.len() < servers {
            self.free_at.push(Reverse(Duration::ZERO));
        }
    }
}

fn clamped(servers: usize) -> usize {
    servers.clamp(1, SERVERS_MAX)
}

#[cfg(test)]
mod tests;
