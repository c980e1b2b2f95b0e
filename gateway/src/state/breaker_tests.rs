//! Breakers against a naive model, which keeps every outcome with its time, under any sequence of asking, verdicts, cancelled
//! attempts and waits, by two workers.

use super::breaker::{Breaker, Permit};
use crate::breaker::{BUCKETS, Call, Params, Phase, Slow, Turn};
use crate::event::BreakerState;
use crate::share::Share;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

const WINDOW: Duration = Duration::from_secs(1);
const OPEN_FOR: Duration = Duration::from_millis(500);
const OPEN_FOR_MAX: Duration = Duration::from_millis(1_500);

const GOOD: Call = Call {
    error: false,
    slow: false,
};
const BAD: Call = Call { error: true, ..GOOD };
const SLOW: Call = Call { slow: true, ..GOOD };

fn params(min_requests: u64, probes: u32) -> Params {
    Params {
        error_ratio: Share::HALF,
        slow: Some(Slow {
            after: Duration::from_millis(100),
            ratio: Share::ALL,
        }),
        min_requests,
        window: WINDOW,
        open_for: OPEN_FOR,
        open_for_max: OPEN_FOR_MAX,
        probes,
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Ask,
    /// The permit at this place, of those that are out, has its verdict.
    Settle(usize, Call),
    /// Or none.
    Cancel(usize),
    /// A good attempt of the past breaks off.
    Broke,
    Wait(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let call = prop_oneof![3 => Just(GOOD), 3 => Just(BAD), 1 => Just(SLOW)];
    let step = prop_oneof![
        6 => Just(Step::Ask),
        5 => (0..8_usize, call).prop_map(|(place, call)| Step::Settle(place, call)),
        1 => (0..8_usize).prop_map(Step::Cancel),
        1 => Just(Step::Broke),
        2 => (0..800_u64).prop_map(Step::Wait),
    ];
    proptest::collection::vec(step, 1..200)
}

/// What the naive model is in.
#[derive(Debug, Clone, PartialEq)]
enum State {
    /// Bucket, and whether it is a request of its own, an error, slow.
    Closed(Vec<(u64, bool, bool, bool)>),
    Open {
        until: Instant,
    },
    HalfOpen {
        out: u32,
        good: u32,
    },
}

struct Model {
    params: Params,
    state: State,
    /// The number of the stay in a state.
    stay: usize,
    failed_rounds: u32,
    origin: Instant,
}

impl Model {
    fn bucket(&self, now: Instant) -> u64 {
        (now - self.origin).as_nanos() as u64 / (self.params.window.as_nanos() as u64 / BUCKETS)
    }

    fn go(&mut self, state: State) {
        self.state = state;
        self.stay += 1;
    }

    /// No jitter: the words of the test are 0.
    fn open(&mut self, now: Instant) {
        let longer = OPEN_FOR * (1 << self.failed_rounds.min(10));
        self.failed_rounds += 1;
        self.go(State::Open {
            until: now + longer.min(OPEN_FOR_MAX),
        });
    }

    fn close(&mut self) {
        self.failed_rounds = 0;
        self.go(State::Closed(Vec::new()));
    }

    fn ask(&mut self, now: Instant) -> bool {
        match &mut self.state {
            State::Closed(_) => true,
            State::Open { until } if now < *until => false,
            State::Open { .. } => {
                self.go(State::HalfOpen { out: 1, good: 0 });
                true
            }
            State::HalfOpen { out, good } => {
                let is_free = *out + *good < self.params.probes;
                *out += u32::from(is_free);
                is_free
            }
        }
    }

    /// `is_new`: it is a request that was not counted yet.
    fn settle(&mut self, stay: usize, call: Call, now: Instant, is_new: bool) {
        if stay != self.stay {
            return;
        }
        let (bucket, params) = (self.bucket(now), self.params);
        match &mut self.state {
            State::Closed(outcomes) => {
                outcomes.push((bucket, is_new, call.error, call.slow));
                let within = outcomes.iter().filter(|(of, ..)| of + BUCKETS > bucket);
                let (mut requests, mut errors, mut slow) = (0, 0, 0);
                for (_, is_new, is_error, is_slow) in within {
                    requests += u64::from(*is_new);
                    errors += u64::from(*is_error);
                    slow += u64::from(*is_slow);
                }
                let is_bad = errors * 2 >= requests && errors > 0 || slow == requests && slow > 0;
                if (call.error || call.slow) && requests >= params.min_requests && is_bad {
                    self.open(now);
                }
            }
            State::HalfOpen { .. } if call.error || call.slow => self.open(now),
            State::HalfOpen { out, good } if is_new => {
                *out -= 1;
                *good += 1;
                if *good == params.probes {
                    self.close();
                }
            }
            State::HalfOpen { .. } | State::Open { .. } => {}
        }
    }

    fn cancel(&mut self, stay: usize) {
        if let State::HalfOpen { out, .. } = &mut self.state
            && stay == self.stay
        {
            *out -= 1;
        }
    }
}

fn is_legal(turn: Turn) -> bool {
    use BreakerState::{Closed, HalfOpen, Open};
    matches!(
        (turn.from, turn.to),
        (Closed, Open) | (Open, HalfOpen) | (HalfOpen, Open | Closed)
    )
}

fn phase(model: &Model) -> Phase {
    match model.state {
        State::Closed(_) => Phase::Closed,
        State::Open { until } => Phase::Open { until },
        State::HalfOpen { out, good } => Phase::HalfOpen { out, good },
    }
}

proptest! {
    #[test]
    fn does_what_the_model_does(steps in steps(), min_requests in 1_u64..8, probes in 1_u32..4) {
        let params = params(min_requests, probes);
        let breaker = Arc::new(Breaker::new(params, 2));
        let origin = Instant::now();
        let mut model = Model { params, state: State::Closed(Vec::new()), stay: 0, failed_rounds: 0, origin };
        // nothing counts from before the first verdict, so that it may as well be at the origin
        let _ = breaker.shown(origin);
        let mut now = origin;
        let mut permits: Vec<(Permit, usize)> = Vec::new();
        let mut last_good = None;
        for (number, step) in steps.into_iter().enumerate() {
            let worker = number % 2;
            let mut turns = None;
            match step {
                Step::Wait(ms) => now += Duration::from_millis(ms),
                Step::Ask => {
                    let peeked = breaker.peek(now).is_none();
                    let (asked, turn) = breaker.ask(now);
                    turns = turn;
                    let expected = model.ask(now);
                    prop_assert_eq!((asked.is_ok(), peeked), (expected, expected));
                    match asked {
                        Ok(permit) => permits.push((permit, model.stay)),
                        Err(left) => prop_assert!(left <= OPEN_FOR_MAX),
                    }
                }
                Step::Settle(place, call) if place < permits.len() => {
                    let (permit, stay) = permits.swap_remove(place);
                    let (era, turn) = breaker.settle(permit, call, now, worker, || 0);
                    turns = turn;
                    last_good = (call == GOOD).then_some((era, stay));
                    model.settle(stay, call, now, true);
                }
                Step::Cancel(place) if place < permits.len() => {
                    let (permit, stay) = permits.swap_remove(place);
                    drop(permit);
                    model.cancel(stay);
                }
                Step::Broke => {
                    if let Some((era, stay)) = last_good.take() {
                        turns = breaker.broke(era, now, 0);
                        model.settle(stay, BAD, now, false);
                    }
                }
                Step::Settle(..) | Step::Cancel(_) => {}
            }
            prop_assert!(turns.is_none_or(is_legal), "{:?}", turns);
            prop_assert_eq!(breaker.shown(now).phase, phase(&model), "after {:?}", step);
            if let Phase::HalfOpen { out, good } = phase(&model) {
                prop_assert!(out + good <= probes);
            }
        }
        // whatever was under way, nothing of it stays
        drop(permits);
        if let Phase::HalfOpen { out, .. } = breaker.shown(now).phase {
            prop_assert_eq!(out, 0);
        }
    }
}

/// Opens it; the time at which it opened.
fn opened(breaker: &Arc<Breaker>, now: Instant) -> Instant {
    for _ in 0..breaker.shown(now).window.requests.max(4) {
        settle(breaker, now, BAD);
    }
    assert!(matches!(breaker.shown(now).phase, Phase::Open { .. }));
    now
}

fn settle(breaker: &Arc<Breaker>, now: Instant, call: Call) {
    if let (Ok(permit), _) = breaker.ask(now) {
        breaker.settle(permit, call, now, 0, || 0);
    }
}

/// Errors at these times, in milliseconds: whether the last one opens a breaker that wants four.
fn opens(times: &[u64]) -> bool {
    let breaker = Arc::new(Breaker::new(params(4, 1), 1));
    let start = Instant::now();
    for ms in times {
        settle(&breaker, start + Duration::from_millis(*ms), BAD);
    }
    breaker
        .peek(start + Duration::from_millis(times[times.len() - 1]))
        .is_some()
}

#[test]
fn the_edge_of_the_window() {
    assert!(opens(&[0, 0, 0, 999]), "nine tenths are always in it");
    assert!(opens(&[50, 99, 99, 999]));
    assert!(!opens(&[0, 0, 0, 1_000]), "what is as old as the window is out");
    assert!(!opens(&[0, 99, 99, 1_000]), "and so is all of its bucket");
    assert!(opens(&[0, 100, 100, 100, 1_099]));
}

#[test]
fn the_open_time_doubles_up_to_its_most_and_jitters_by_a_tenth() {
    let breaker = Arc::new(Breaker::new(params(1, 1), 1));
    let mut now = Instant::now();
    for (word, ms) in [(0, 500), (1_000, 1_100), (500, 1_575), (0, 1_500)] {
        let (permit, _) = breaker.ask(now);
        breaker.settle(permit.expect("it may"), BAD, now, 0, || word);
        assert_eq!(breaker.peek(now), Some(Duration::from_millis(ms)));
        now += Duration::from_millis(ms);
    }
    settle(&breaker, now, GOOD);
    assert_eq!(breaker.shown(now).phase, Phase::Closed);
    settle(&breaker, now, BAD);
    assert_eq!(breaker.peek(now), Some(OPEN_FOR), "as short as the first time");
}

#[test]
fn other_settings_keep_the_state() {
    let breaker = Arc::new(Breaker::new(params(4, 1), 1));
    let start = opened(&breaker, Instant::now());
    breaker.set(Params {
        window: 2 * WINDOW,
        probes: 2,
        ..params(4, 1)
    });
    assert_eq!(breaker.peek(start), Some(OPEN_FOR));
    let later = start + OPEN_FOR;
    settle(&breaker, later, GOOD);
    assert_eq!(breaker.shown(later).phase, Phase::HalfOpen { out: 0, good: 1 });
    settle(&breaker, later, GOOD);
    assert_eq!(breaker.shown(later).phase, Phase::Closed);
    breaker.set(params(4, 1));
    for _ in 0..3 {
        settle(&breaker, later, BAD);
    }
    breaker.set(params(3, 1));
    settle(&breaker, later, BAD);
    assert!(breaker.peek(later).is_some());
    breaker.forget();
    let shown = breaker.shown(later);
    assert_eq!(
        (shown.phase, shown.window.requests, shown.since),
        (Phase::Closed, 0, None)
    );
}

#[test]
fn what_was_let_through_before_changes_nothing() {
    let breaker = Arc::new(Breaker::new(params(2, 1), 1));
    let start = Instant::now();
    let [early, late] = [0, 1].map(|_| breaker.ask(start).0.expect("closed"));
    opened(&breaker, start);
    let then = start + OPEN_FOR;
    let (probe, _) = breaker.ask(then);
    breaker.settle(early, BAD, then, 0, || 0);
    assert_eq!(breaker.shown(then).phase, Phase::HalfOpen { out: 1, good: 0 });
    breaker.settle(probe.expect("its time is over"), GOOD, then, 0, || 0);
    breaker.settle(late, BAD, then, 0, || 0);
    assert_eq!(breaker.shown(then).window.requests, 0);
}
