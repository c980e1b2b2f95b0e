//! Reads a trace along with a run and finds the first record in which they differ.

use crate::trace::{Kind, Reader, Record, Renderer, Watch};
use std::collections::VecDeque;
use std::io::BufRead;
use std::sync::mpsc::Sender;

/// How many equal events are shown before the first that differs: enough to see where one is.
const BEFORE_MAX: usize = 5;

/// The first place where a run is not the one that was recorded, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Differs {
    /// How many events are the same before it.
    pub same: u64,
    /// The last of them.
    pub before: Vec<String>,
    /// What happened now; `None` where the run ends.
    pub now: Option<String>,
    /// What was recorded, or why that cannot be read; `None` where the trace ends.
    pub then: Option<String>,
}

/// Compares until the first difference, which it tells.
pub(super) struct Along<R> {
    trace: Reader<R>,
    /// Variants that have not ended.
    variants: usize,
    /// The run is stopped on the way: the rest of a variant in the trace is passed over.
    stops: bool,
    before: VecDeque<Record>,
    same: u64,
    renderer: Renderer,
    /// `None` once it has told.
    to: Option<Sender<Differs>>,
}

impl<R: BufRead> Along<R> {
    pub(super) fn new(trace: Reader<R>, variants: usize, stops: bool, to: Sender<Differs>) -> Self {
        Self {
            trace,
            variants,
            stops,
            before: VecDeque::with_capacity(BEFORE_MAX),
            same: 0,
            renderer: Renderer::default(),
            to: Some(to),
        }
    }

    fn compare(&mut self, now: &Record) {
        let ends = now.kind == Kind::End;
        let then = if ends && self.stops {
            self.trace
                .find(|record| !matches!(record, Ok(record) if record.kind != Kind::End))
        } else {
            self.trace.next()
        };
        let same = match &then {
            // the two count alike unless one was stopped on the way
            Some(Ok(then)) if ends && self.stops => then.kind == Kind::End,
            Some(Ok(then)) => {
                (then.at_us, then.host, then.kind, then.values())
                    == (now.at_us, now.host, now.kind, now.values())
            }
            _ => false,
        };
        if !same {
            return self.tell(
                Some(now),
                then.map(|record| record.map_err(|error| error.to_string())),
            );
        }
        self.renderer.learn(now);
        if self.before.len() == BEFORE_MAX {
            self.before.pop_front();
        }
        self.before.push_back(*now);
        self.same += 1;
        if ends {
            self.variants = self.variants.saturating_sub(1);
        }
        if self.variants == 0
            && let Some(more) = self.trace.next()
        {
            self.tell(None, Some(more.map_err(|error| error.to_string())));
        }
    }

    fn tell(&mut self, now: Option<&Record>, then: Option<Result<Record, String>>) {
        let Some(to) = self.to.take() else {
            return;
        };
        let renderer = &mut self.renderer;
        let before = self.before.iter().map(|record| renderer.line(record)).collect();
        let now = now.map(|record| renderer.line(record));
        let then = then.map(|then| then.map_or_else(|error| error, |record| renderer.line(&record)));
        // who does not listen any more does not want to know
        let _ = to.send(Differs {
            same: self.same,
            before,
            now,
            then,
        });
    }
}

impl<R: BufRead + Send + 'static> Watch for Along<R> {
    fn see(&mut self, record: &Record) {
        if self.to.is_some() {
            self.compare(record);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Recorder;
    use std::io::Cursor;
    use std::sync::mpsc::channel;

    type Event = (u64, Kind, &'static [u64]);

    const RUN: &[Event] = &[
        (0, Kind::Run, &[0, 7]),
        (1, Kind::Out, &[1, 10]),
        (2, Kind::Out, &[1, 20]),
        (3, Kind::End, &[]),
    ];

    fn record(recorder: &mut Recorder, events: &[Event]) {
        for (at_us, kind, values) in events {
            recorder.record(*at_us, 0, *kind, values);
        }
    }

    /// What is told of a run beside a trace, both of them given as variants.
    fn differs(now: &[&[Event]], then: &[&[Event]], stops: bool) -> Option<Differs> {
        let mut trace = Recorder::in_memory();
        then.iter().for_each(|events| record(&mut trace, events));
        let bytes = trace.finish().expect("memory").bytes.expect("memory");
        let reader = Reader::new(Cursor::new(bytes)).expect("a trace");
        let (to, from) = channel();
        let mut run = Recorder::hash_only();
        run.watch(Box::new(Along::new(reader, now.len(), stops, to)));
        now.iter().for_each(|events| record(&mut run, events));
        from.try_iter().next()
    }

    #[test]
    fn the_same_run_does_not_differ() {
        assert_eq!(differs(&[RUN, RUN], &[RUN, RUN], false), None);
    }

    #[test]
    fn a_run_that_is_stopped_is_the_beginning_of_each_variant() {
        let stopped = [RUN[0], RUN[1], (1, Kind::End, &[] as &[u64])];
        assert_eq!(differs(&[&stopped, &stopped], &[RUN, RUN], true), None);
        let found = differs(&[&stopped], &[RUN], false).expect("it is shorter");
        assert_eq!(found.same, 2);
    }

    #[test]
    fn the_first_difference_comes_with_what_was_before_it() {
        let other = [RUN[0], RUN[1], (2, Kind::Out, &[1_u64, 21] as &[u64]), RUN[3]];
        let found = differs(&[RUN], &[&other], false).expect("it differs");
        assert_eq!((found.same, found.before.len()), (2, 2));
        assert!(found.before[1].ends_with("connection=1 bytes=10"), "{found:?}");
        assert!(found.now.expect("there").ends_with("bytes=20"));
        assert!(found.then.expect("there").ends_with("bytes=21"));
    }

    #[test]
    fn a_trace_that_is_longer_or_shorter_differs_at_its_end() {
        let longer = differs(&[RUN], &[RUN, RUN], false).expect("there is more");
        assert_eq!((longer.same, longer.now), (4, None));
        let shorter = differs(&[RUN, RUN], &[RUN], false).expect("there is less");
        assert_eq!((shorter.same, shorter.then), (4, None));
    }
}
