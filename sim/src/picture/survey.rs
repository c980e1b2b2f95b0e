//! What must be known of a simulation before it can be counted into columns: how long it is, and what is slow in it.

use crate::story::{Requests, Source, StoryError, Tally};
use crate::trace::{Kind, Record};

/// An answer that took so many times the median is told apart as slow: what a person would notice.
const SLOW_FACTOR: u64 = 4;

/// One simulation's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Survey {
    pub(super) end_us: u64,
    /// Good answers above this are slow.
    pub(super) slow_us: u64,
}

/// Of every simulation, in order.
pub(super) fn survey(source: &Source) -> Result<Vec<Survey>, StoryError> {
    let mut all = Vec::new();
    let mut now: Option<Surveyed> = None;
    for record in source.open()? {
        let record = record?;
        if record.kind == Kind::Run {
            all.extend(now.replace(Surveyed::default()).map(Surveyed::close));
        }
        if let Some(now) = &mut now {
            now.see(&record);
        }
    }
    all.extend(now.map(Surveyed::close));
    Ok(all)
}

#[derive(Default)]
struct Surveyed {
    end_us: u64,
    /// Of good answers alone: refusals are quick, and the median is what good ones are held against.
    good: Tally,
    requests: Requests,
}

impl Surveyed {
    fn see(&mut self, record: &Record) {
        self.end_us = self.end_us.max(record.at_us);
        match record.kind {
            Kind::ClientPlanned => drop(self.requests.plan(record)),
            Kind::ClientDone | Kind::ClientFailed => {
                let end = self.requests.end(record);
                if end.request.is_some() && end.outcome.is_ok() {
                    self.good.ended(&end);
                }
            }
            _ => {}
        }
    }

    fn close(self) -> Survey {
        let median = self.good.quantile_us(0.5);
        Survey {
            end_us: self.end_us,
            slow_us: median.map_or(u64::MAX, |median| median.saturating_mul(SLOW_FACTOR)),
        }
    }
}
