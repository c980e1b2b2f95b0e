//! Ticks in, sums and pictures out: exact sums whatever the order, and a picture for every run and size of terminal.

use super::draw::{FULL, draw};
use super::lines;
use super::progress::Phase;
use super::setup::Setup;
use super::state::{HISTORY_MAX, Live};
use super::tick::Tick;
use hdrhistogram::Histogram;
use loadgen::LagLimit;
use proptest::collection::vec;
use proptest::prelude::*;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use ratatui::style::Color;
use std::time::Duration;

const HOUR_NS: u64 = 3_600_000_000_000;
const KINDS: [&str; 6] = ["connect", "timeout", "status", "overflow", "reset", "protocol"];

pub(super) fn setup(threads: usize) -> Setup {
    Setup {
        title: "GET http://127.0.0.1:8080/api: 1000 Poisson arrivals/s, 1m, at most 64 connections".into(),
        duration: Duration::from_secs(60),
        warmup: Duration::from_secs(5),
        requests: None,
        interval: Duration::from_secs(1),
        threads,
        offered: vec![(0.0, 1_000.0), (60.0, 1_000.0)],
        closed: false,
        lag_limits: vec![LagLimit {
            quantile: 0.99,
            most: Duration::from_millis(1),
        }],
    }
}

/// Of the kind that recordings use.
fn histogram(values: &[u64]) -> Histogram<u64> {
    of_digits(3, values)
}

fn of_digits(digits: u8, values: &[u64]) -> Histogram<u64> {
    let mut histogram = Histogram::new_with_bounds(1, HOUR_NS, digits).expect("bounds in range");
    for value in values {
        histogram.saturating_record(*value);
    }
    histogram
}

fn tick(thread: usize, second: u64) -> Tick {
    Tick {
        thread,
        second,
        planned: 500,
        sent: 499,
        done: 498,
        failed: 1,
        unexpected: 0,
        errors: vec![("timeout", 1)],
        connections: 2,
        in_flight: 7,
        waiting: 3,
        response: histogram(&(1..=498).map(|i| i * 20_000).collect::<Vec<_>>()),
        lag: histogram(&[20_000, 30_000, 45_000]),
    }
}

/// A minute of two threads with a standstill, errors, and a generator that is late in the end if asked to be.
fn minute(late: bool) -> Live {
    let mut live = Live::new(setup(2));
    for second in 0..42 {
        for thread in 0..2 {
            let mut tick = tick(thread, second);
            let wave = 1.0 + (second as f64 / 5.0).sin() * 0.4;
            let standstill = (20..23).contains(&second);
            let times = (1..=498).map(|i| ((i * i) as f64 * 90.0 * wave) as u64 + 80_000);
            tick.response = histogram(&times.collect::<Vec<_>>());
            tick.done = (480.0 + 20.0 * wave) as u64;
            if standstill {
                tick.response.reset();
                (tick.done, tick.failed) = (0, 500);
                tick.errors = KINDS
                    .iter()
                    .map(|kind| (*kind, 50))
                    .filter(|(k, _)| *k != "overflow")
                    .collect();
            }
            if late && second > 30 {
                tick.lag = histogram(&[2_310_000; 50]);
            }
            live.tick(&tick);
        }
    }
    live
}

fn picture(live: &Live, width: u16, height: u16, elapsed: Option<Duration>) -> Buffer {
    let mut terminal = Terminal::new(TestBackend::new(width, height)).expect("a test terminal");
    terminal.draw(|frame| draw(frame, live, elapsed)).expect("drawn");
    terminal.backend().buffer().clone()
}

fn text(buffer: &Buffer) -> Vec<String> {
    let row = |y| (0..buffer.area.width).map(|x| buffer[(x, y)].symbol()).collect();
    (0..buffer.area.height).map(row).collect()
}

/// The row that holds a text, and the colour of its first character.
fn find(buffer: &Buffer, what: &str) -> Option<(u16, Color)> {
    (0..buffer.area.height).find_map(|y| {
        let row = &text(buffer)[usize::from(y)];
        let x = row[..row.find(what)?].chars().count() as u16;
        Some((y, buffer[(x, y)].fg))
    })
}

/// Everything must be somewhere in the picture.
fn check(live: &Live, (width, height): (u16, u16), expected: &[&str]) -> Buffer {
    let buffer = picture(live, width, height, Some(Duration::from_secs(42)));
    for what in expected {
        assert!(
            find(&buffer, what).is_some(),
            "{what:?} is missing at {width}×{height}:\n{}",
            text(&buffer).join("\n")
        );
    }
    buffer
}

#[test]
fn sums_do_not_depend_on_order() {
    let mut ticks: Vec<_> = (5..12).flat_map(|s| (0..3).map(move |t| tick(t, s))).collect();
    let sums = |ticks: &[Tick]| {
        let mut live = Live::new(setup(3));
        for tick in ticks {
            live.tick(tick);
        }
        let points = live.points();
        (live, points)
    };
    let (one, points) = sums(&ticks);
    assert_eq!(one.totals.counts.planned, 21 * 500);
    assert_eq!(one.totals.counts.errors, 21);
    assert_eq!(one.totals.kinds["timeout"], 21);
    assert_eq!(one.totals.response.len(), 21 * 498);
    assert_eq!(one.totals.response.max(), ticks[0].response.max());
    assert_eq!(points.len(), 7);
    assert_eq!((points[0].in_flight, points[0].waiting), (21, 9));
    // threads that are apart by fewer intervals than are kept
    ticks.sort_by_key(|tick| (tick.second + 3 * tick.thread as u64, tick.thread));
    let (other, reordered) = sums(&ticks);
    assert_eq!(points, reordered);
    assert_eq!(one.totals.response, other.totals.response);
    assert_eq!(one.totals.counts, other.totals.counts);
}

#[test]
fn an_interval_is_complete_with_its_last_thread_or_the_next_interval() {
    let mut live = Live::new(setup(2));
    let mut told =
        |thread, second| -> Vec<u64> { live.tick(&tick(thread, second)).iter().map(|p| p.index).collect() };
    assert!(told(0, 0).is_empty());
    assert_eq!(told(1, 0), [0]);
    assert!(told(0, 1).is_empty());
    assert_eq!(told(0, 2), [1]);
    assert!(told(1, 1).is_empty(), "late, and already handed out");
    assert_eq!(live.rest().iter().map(|p| p.index).collect::<Vec<_>>(), [2]);
    assert_eq!(live.points()[1].counts.planned, 1_000, "late, and still counted");
}

#[test]
fn what_is_kept_is_bounded() {
    let mut live = Live::new(setup(1));
    for second in 0..HISTORY_MAX as u64 + 50 {
        live.tick(&tick(0, second));
    }
    live.tick(&tick(0, 3));
    let points = live.points();
    assert_eq!((points.len(), points[0].index), (HISTORY_MAX, 50));
    assert_eq!(live.totals.released, (HISTORY_MAX as u64 + 51) * 500);
}

#[test]
fn the_warm_up_counts_for_no_total() {
    let mut live = Live::new(setup(1));
    for second in 0..6 {
        live.tick(&tick(0, second));
    }
    assert_eq!((live.totals.counts.planned, live.totals.released), (500, 3_000));
    assert_eq!((live.totals.lag.len(), live.totals.kinds["timeout"]), (3, 1));
    assert_eq!(live.totals.counts.connections, 12);
}

#[test]
fn phases_follow_the_clock_and_the_requests() {
    let mut live = Live::new(setup(1));
    let at = |live: &Live, second| Phase::of(live, Some(Duration::from_secs(second)));
    assert_eq!(Phase::of(&live, None), Phase::Preparing);
    let cases = [(0, Phase::WarmUp), (5, Phase::Measuring), (60, Phase::Draining)];
    for (second, phase) in cases {
        assert_eq!(at(&live, second), phase);
    }
    live.setup.requests = Some(500);
    live.tick(&tick(0, 6));
    assert_eq!(at(&live, 7), Phase::Draining);
    live.stopping = true;
    assert_eq!(at(&live, 7), Phase::Stopping);
}

#[test]
fn every_figure_is_in_the_full_picture() {
    let live = minute(false);
    let expected = [
        "GET http://127.0.0.1:8080/api",
        "measuring · 42s of 1m",
        " valid so far",
        "requests/s: offered answered errors",
        "response time: max p99 p50",
        "30 s",
        "p99.9",
        "offered/s     1000   37000",
        "in flight       14",
        "waiting          6",
        "p99 run     45.0 µs",
        "p99 limit   1.00 ms",
        "errors         3068",
        "q or Ctrl-C: stop",
    ];
    for size in [(80, 24), (120, 40), (200, 60)] {
        let buffer = check(&live, size, &expected);
        let rows = text(&buffer);
        let foot = rows.last().expect("rows");
        assert!(foot.starts_with(" q or Ctrl-C"), "{foot}");
        // boxes stand side by side without holes or overlap: every corner has its partner,
        // and the axes of two charts have one each
        let count = |corner| rows.iter().map(|row| row.matches(corner).count()).sum::<usize>();
        assert_eq!(["┌", "┐", "└", "┘"].map(count), [5, 5, 7, 5]);
        assert_eq!(
            find(&buffer, "valid so far").map(|(_, colour)| colour),
            Some(Color::Green)
        );
    }
    check(&live, (80, 24), &["timeout        368", "3 more         900"]);
    check(&live, (120, 40), &["connect        300", "status         300"]);
}

#[test]
fn a_late_generator_is_red() {
    let live = minute(true);
    let says = "INVALID so far: p99 of send lag is 2.31 ms, above the limit of 1ms";
    for size in [(80, 24), (120, 40), (200, 60)] {
        let buffer = check(&live, size, &[says]);
        for what in ["INVALID so far", "p99 run", "p99 limit", "errors   "] {
            assert_eq!(
                find(&buffer, what).map(|(_, colour)| colour),
                Some(Color::Red),
                "{what}"
            );
        }
    }
    let small = check(&live, (20, 5), &["measuring"]);
    assert!(text(&small).concat().contains("INVALID"));
}

#[test]
fn a_small_terminal_gets_a_sentence() {
    let live = minute(false);
    let narrow = check(
        &live,
        (FULL.width - 1, FULL.height),
        &["measuring · 42s of 1m · 1014/s, p99 "],
    );
    assert_eq!(find(&narrow, "┌"), None);
    check(&live, (20, 5), &["measuring · 42s of"]);
}

#[test]
fn nothing_told_yet_is_a_picture_too() {
    let live = Live::new(setup(2));
    let buffer = picture(&live, 80, 24, None);
    for what in ["preparing", "nothing measured yet", "1 ms", "10 ms", "–"] {
        assert!(
            find(&buffer, what).is_some(),
            "{what}:\n{}",
            text(&buffer).join("\n")
        );
    }
}

#[test]
fn lines_stand_in_columns() {
    let mut live = minute(false);
    live.tick(&tick(0, 42));
    let points = live.points();
    assert_eq!(
        [
            lines::header(),
            lines::line(&live.setup, &points[3]),
            lines::line(&live.setup, &points[41])
        ],
        [
            "   time offered/s sent/s done/s errors in flight    p50    p99    max lag p99",
            "      4      1000    998   1008      2        14 6.92ms 27.0ms 27.4ms  45.0µs",
            "     42      1000    998   1014      2        14 7.76ms 30.3ms 30.8ms  45.0µs",
        ]
    );
}

fn any_tick() -> impl Strategy<Value = Tick> {
    let number = || prop_oneof![0..1_000_u64, Just(0), any::<u64>(), Just(u64::MAX)];
    let second = prop_oneof![0..20_u64, any::<u64>(), Just(u64::MAX)];
    let values = || vec(number(), 0..5);
    let counts = vec(number(), 8);
    let errors = vec((proptest::sample::select(&KINDS[..]), number()), 0..4);
    (0..4_usize, second, counts, errors, values(), values()).prop_map(
        |(thread, second, counts, errors, response, lag)| Tick {
            thread,
            second,
            planned: counts[0],
            sent: counts[1],
            done: counts[2],
            failed: counts[3],
            unexpected: counts[4],
            errors,
            connections: counts[5],
            in_flight: counts[6],
            waiting: counts[7],
            // fewer digits are faster, and another kind than the sums are
            response: of_digits(1, &response),
            lag: of_digits(1, &lag),
        },
    )
}

fn any_setup() -> impl Strategy<Value = Setup> {
    let time = || {
        prop_oneof![
            Just(Duration::ZERO),
            (0..100_000_u64).prop_map(Duration::from_millis),
            Just(Duration::MAX)
        ]
    };
    let offered = vec((0.0..1e6, prop_oneof![Just(0.0), 0.0..1e9]), 0..4);
    let flags = (any::<bool>(), proptest::option::of(any::<u64>()));
    (time(), time(), time(), offered, 0..5_usize, flags).prop_map(
        |(duration, warmup, interval, mut offered, threads, (closed, requests))| {
            offered.sort_by(|a, b| f64::total_cmp(&a.0, &b.0));
            Setup {
                duration,
                warmup,
                requests,
                interval,
                offered,
                closed,
                ..setup(threads)
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn any_run_can_be_drawn(
        setup in any_setup(),
        ticks in vec(any_tick(), 0..8),
        elapsed in proptest::option::of((0..u64::MAX).prop_map(Duration::from_nanos)),
    ) {
        let mut live = Live::new(setup);
        for tick in &ticks {
            for point in live.tick(tick) {
                let line = lines::line(&live.setup, &point);
                let width = |line: &str| line.chars().count();
                prop_assert_eq!(width(&line), width(&lines::header()), "{}", line);
            }
        }
        for (width, height) in [(0, 0), (1, 1), (20, 5), (80, 24), (81, 25), (120, 40), (200, 60)] {
            picture(&live, width, height, elapsed);
        }
    }

    #[test]
    fn totals_are_the_sum_of_all_ticks(ticks in vec(any_tick(), 0..12)) {
        let mut live = Live::new(Setup { warmup: Duration::ZERO, ..setup(4) });
        for tick in &ticks {
            live.tick(tick);
        }
        let sum = |of: fn(&Tick) -> u64| ticks.iter().map(of).fold(0, u64::saturating_add);
        prop_assert_eq!(live.totals.counts.planned, sum(|t| t.planned));
        prop_assert_eq!(live.totals.counts.done, sum(|t| t.done));
        prop_assert_eq!(live.totals.response.len(), sum(|t| t.response.len()));
        prop_assert_eq!(live.totals.lag.len(), sum(|t| t.lag.len()));
    }
}
