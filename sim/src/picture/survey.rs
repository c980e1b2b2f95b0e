//! What must be known of a simulation before it can be counted into columns: how long it is, and what is slow in it.

use crate::story::{Request, Requests, Source, StoryError, Tally};
use crate::trace::Kind;

/// An answer that took so many times the median is told apart as slow: what a person would notice.
const SLOW_FACTOR: u64 = 4;

/// One simulation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Survey {
    pub(super) end_us: u64,
    /// Good answers above this are slow.
    pub(super) slow_us: u64,
}

pub(super) fn survey(source: &Source) -> Result<Vec<Survey>, StoryError> {
    let mut all = Vec::new();
    let (mut end_us, mut tally, mut requests) = (0, Tally::default(), Requests::default());
    let close = |end_us: u64, tally: &Tally| Survey {
        end_us,
        slow_us: tally
            .quantile_us(0.5)
            .map_or(u64::MAX, |median| median.saturating_mul(SLOW_FACTOR)),
    };
    let mut any = false;
    for record in source.open()? {
        let record = record?;
        let [id, second, third, ..] = record.args();
        if record.kind == Kind::Run && any {
            all.push(close(end_us, &tally));
            (end_us, tally, requests) = (0, Tally::default(), Requests::default());
        }
        any = true;
        end_us = end_us.max(record.at_us);
        match record.kind {
            Kind::ClientPlanned => requests.plan(
                id,
                Request {
                    host: record.host,
                    intended_us: second,
                    ask: third,
                },
            ),
            Kind::ClientDone => {
                if let Some(request) = requests.end(id) {
                    tally.ended(true, Some(record.at_us.saturating_sub(request.intended_us)));
                }
            }
            Kind::ClientFailed => drop(requests.end(id)),
            _ => {}
        }
    }
    all.push(close(end_us, &tally));
    Ok(all)
}
