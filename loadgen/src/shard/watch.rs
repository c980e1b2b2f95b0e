//! What a shard tells of itself while it runs: once an interval, the rows that have closed since.
//!
//! A row is a few kilobytes and was encoded anyway, so being watched costs a shard next to nothing.

use super::state::State;
use crate::event::Event;
use crate::record::{Counts, Row};
use std::rc::Rc;
use tokio::time::Instant;
use world::{Probe, World};

/// A shard at the end of an interval.
#[derive(Debug, Clone)]
pub struct Tick {
    /// Number of the first of [`Tick::rows`] since the start of the run.
    pub first: usize,
    /// The intervals that have ended since the last tick.
    pub rows: Vec<Row>,
    /// Everything so far, without the warm-up.
    pub counts: Counts,
    /// Released and without outcome.
    pub in_flight: u64,
    /// Of those, waiting for a connection.
    pub waiting: u64,
}

/// Tells `to` at the end of every interval; never returns. The job must ask for a series.
pub(super) async fn watch<W: World, P: Probe<Event>>(state: Rc<State<W, P>>, mut to: impl FnMut(Tick)) {
    let Some(interval) = state.job.spec().interval.filter(|interval| !interval.is_zero()) else {
        return;
    };
    let mut known = 0;
    for turn in 1_u32.. {
        let at = state.start.get() + interval.saturating_mul(turn);
        state.world.sleep_until(at).await;
        let now = state.since_start(Instant::now());
        let tick = {
            let mut recording = state.recording.borrow_mut();
            let rows = recording.rows_since(known, now).to_vec();
            Tick {
                first: known,
                rows,
                counts: recording.counts.clone(),
                in_flight: state.in_flight(),
                waiting: state.pool.borrow().waiting() as u64,
            }
        };
        known += tick.rows.len();
        to(tick);
    }
}
