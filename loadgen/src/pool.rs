//! Which request goes over which connection: pure bookkeeping, no I/O and no clock.
//!
//! Idle connections are taken last in, first out: the one used last is warmest and the others may time out.
//! With none idle a new one is dialled, up to the cap; beyond it requests wait in order of their intended
//! time, up to the backlog's bound. A request that has a dial of its own waits for that dial: which
//! connection serves it then does not depend on the race between the dial and an answer.

use std::collections::VecDeque;

/// What becomes of a request that is due.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Placed<S, T> {
    /// This idle connection takes it.
    OnIdle(S, T),
    /// Make a connection for it; it is counted as open already.
    OnNew(T),
    /// It waits; whoever comes free asks [`Pool::next_waiting`].
    Waits,
    /// There is no room.
    Overflows,
}

/// Connections of type `S` and waiting requests of type `T`.
#[derive(Debug)]
pub(crate) struct Pool<S, T> {
    /// In order of becoming idle, and so of their keys. Who ended while idle leaves a gap; never more gaps than
    /// connections, never one at the end.
    idle: Vec<(u64, Option<S>)>,
    gaps: usize,
    parked: u64,
    open: usize,
    open_max: usize,
    waiting: VecDeque<T>,
    waiting_max: usize,
}

impl<S, T> Pool<S, T> {
    pub(crate) fn new(open_max: usize, waiting_max: usize) -> Self {
        Self {
            idle: Vec::new(),
            gaps: 0,
            parked: 0,
            open: 0,
            open_max,
            waiting: VecDeque::new(),
            waiting_max,
        }
    }

    pub(crate) fn place(&mut self, request: T) -> Placed<S, T> {
        if let Some(connection) = self.idle.pop().and_then(|(_, connection)| connection) {
            self.trim();
            Placed::OnIdle(connection, request)
        } else if self.grow() {
            Placed::OnNew(request)
        } else if self.waiting.len() < self.waiting_max {
            self.waiting.push_back(request);
            Placed::Waits
        } else {
            Placed::Overflows
        }
    }

    /// How many requests wait.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Whether a request would be placed on a connection now.
    pub(crate) fn has_room(&self) -> bool {
        self.idle.len() > self.gaps || self.open < self.open_max
    }

    /// Counts one more connection, if the cap allows.
    pub(crate) fn grow(&mut self) -> bool {
        let room = self.open < self.open_max;
        self.open += usize::from(room);
        room
    }

    /// A connection that was counted is no more. It must not be parked, and nobody may be waiting.
    pub(crate) fn shrink(&mut self) {
        self.open = self.open.saturating_sub(1);
    }

    /// The request that has waited longest.
    pub(crate) fn next_waiting(&mut self) -> Option<T> {
        self.waiting.pop_front()
    }

    /// Puts a connection that has nothing to do aside; the key takes it back.
    pub(crate) fn park(&mut self, connection: S) -> u64 {
        let key = self.parked;
        self.parked += 1;
        self.idle.push((key, Some(connection)));
        key
    }

    /// Takes back a connection that ended while idle; false when a request was just placed on it.
    pub(crate) fn unpark(&mut self, key: u64) -> bool {
        let place = self.idle.binary_search_by_key(&key, |(key, _)| *key);
        let connection = place.ok().and_then(|place| self.idle[place].1.take());
        if connection.is_some() {
            self.gaps += 1;
            self.trim();
        }
        connection.is_some()
    }

    /// Removes the gaps at the end; all of them when they are more than half, which each of them pays for.
    fn trim(&mut self) {
        while self.idle.pop_if(|(_, connection)| connection.is_none()).is_some() {
            self.gaps -= 1;
        }
        if 2 * self.gaps > self.idle.len() {
            self.idle.retain(|(_, connection)| connection.is_some());
            self.gaps = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn idle_connections_are_taken_last_in_first_out() {
        let mut pool = Pool::new(3, 0);
        for _ in 0..3 {
            assert_eq!(pool.place(0), Placed::OnNew(0));
        }
        let keys: Vec<_> = ["a", "b", "c"].map(|name| pool.park(name)).into();
        assert!(pool.unpark(keys[1]));
        assert!(!pool.unpark(keys[1]));
        assert_eq!(pool.place(1), Placed::OnIdle("c", 1));
        assert_eq!(pool.place(2), Placed::OnIdle("a", 2));
        assert_eq!(pool.place(3), Placed::Overflows);
    }

    proptest! {
        /// Any sequence of arrivals, completions and deaths: the cap holds, waiting requests keep their order,
        /// nobody waits beside an idle connection, and every request is somewhere.
        #[test]
        fn bounds_and_order_hold(
            open_max in 1..12_usize, waiting_max in 0..6_usize,
            steps in prop::collection::vec((0..3_u8, any::<prop::sample::Index>()), 1..300),
        ) {
            let mut pool: Pool<u32, u32> = Pool::new(open_max, waiting_max);
            let (mut due, mut busy, mut idle) = (0_u32, Vec::new(), Vec::new());
            let (mut waiting, mut overflowed, mut served) = (Vec::new(), 0, 0);
            for (step, at) in steps {
                match step {
                    0 => {
                        due += 1;
                        match pool.place(due) {
                            Placed::OnIdle(last, request) => {
                                prop_assert_eq!(idle.pop().map(|(name, _)| name), Some(last));
                                busy.push(request);
                            }
                            Placed::OnNew(request) => {
                                prop_assert!(idle.is_empty());
                                busy.push(request);
                            }
                            Placed::Waits => { prop_assert_eq!(busy.len(), open_max); waiting.push(due); }
                            Placed::Overflows => { prop_assert_eq!(waiting.len(), waiting_max); overflowed += 1; }
                        }
                    }
                    1 if !busy.is_empty() => {
                        served += 1;
                        let name = busy.remove(at.index(busy.len()));
                        match pool.next_waiting() {
                            Some(request) => { prop_assert_eq!(request, waiting.remove(0)); busy.push(request); }
                            None => idle.push((name, pool.park(name))),
                        }
                    }
                    _ if !idle.is_empty() => {
                        let (_, key) = idle.remove(at.index(idle.len()));
                        prop_assert!(pool.unpark(key));
                        prop_assert!(!pool.unpark(key));
                        pool.shrink();
                    }
                    _ => {}
                }
                prop_assert!(busy.len() + idle.len() <= open_max);
                prop_assert!(waiting.len() <= waiting_max);
                prop_assert!(pool.idle.len() <= 2 * idle.len());
                prop_assert!(waiting.is_empty() || idle.is_empty());
                prop_assert_eq!(due as usize, busy.len() + waiting.len() + overflowed + served);
            }
        }
    }
}
