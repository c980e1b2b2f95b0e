//! The pictures of `retry-storm`.

use super::figures::{When, amplification, colour, goodput, level, line_empty, recovery};
use super::{BUDGET, FULL, NONE, POLICIES};
use crate::exp::simulated::{Data, breaker_panel, curve, value};
use crate::failure::Failure;
use crate::report;
use crate::stand::simulated::{Second, Turn};
use charts::{Axis, Bar, Line, Panel, Panels, Series, Span};

const DIGITS: usize = 3;

/// What a request costs at most without retries, and within the scenario's budget.
const ATTEMPTS_MOST: [(&str, f64); 2] = [(NONE, 1.0), (BUDGET, 1.11)];

/// Attempts and goodput of one seed, and its breaker.
pub(super) fn over_time(data: &Data) -> Result<charts::Figure, Failure> {
    let seed = data.example_seed();
    let seconds = data.example(FULL).filter(|second| second.requests > 0);
    let last = seconds.map(|second| second.second).max().unwrap_or(0);
    let end_s = last as f64;
    let panel = |axis: Axis, figure: fn(&Second) -> f64| {
        let mut panel = Panel::new(axis).height(190.0);
        for (policy, title) in POLICIES {
            // the load ends within the last second
            let whole = data.example(policy).filter(|second| second.second < last);
            let points = curve(whole, |second| Some(figure(second)));
            panel = panel.series(Series::new(title, points).colour(colour(policy)));
        }
        panel
    };
    let is_meant = |of: &&Turn| of.seed == seed && of.variant == FULL;
    let turns: Vec<&Turn> = data.breakers.iter().filter(is_meant).collect();
    let breaker = breaker_panel("its breaker, with budget and breaker", &turns, end_s);
    let mut picture = Panels::new(
        "A load that was fine meets ten slow seconds",
        Axis::new("time", "s"),
    )
    .subtitle("of one seed: the offered load is constant")
    .panel(panel(Axis::new("attempts", "1/s"), |second| {
        second.attempts as f64
    }))
    .panel(panel(Axis::new("good answers", "1/s"), |second| second.ok as f64));
    picture = breaker.into_iter().fold(picture, Panels::panel);
    if let Some((from_s, to_s)) = data.broken_s(FULL, seed) {
        picture = picture.span(Span::new("upstream slow", from_s, to_s));
    }
    let caption =
        "Requests count in the second in which they were due, attempts in that in which they were made.";
    report::figure("over-time", picture.draw(), caption)
}

/// What a request costs while the upstream is slow.
pub(super) fn attempts(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let bar =
        |(policy, _): (&str, &str)| value(level(&amplification(data, policy), seed, "amplification", policy));
    let picture = Bar::new(
        "Attempts per request while the upstream is slow",
        Axis::new("attempts per request", ""),
    )
    .subtitle("median over seeds and its 95 % interval")
    .groups(POLICIES.map(|(_, title)| title))
    .series("attempts", POLICIES.map(bar))
    .digits(DIGITS)
    .sideways();
    let caption = "What the breaker refuses is no attempt, so there can be less than one.";
    report::figure("attempts", picture.draw(), caption)
}

/// What is left of goodput.
pub(super) fn kept(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Bar::new(
        "Goodput before, meanwhile and a minute later",
        Axis::new("good answers", "1/s"),
    )
    .subtitle("median over seeds and its 95 % interval; the offered load is the same all the time")
    .groups(POLICIES.map(|(_, title)| title))
    .digits(DIGITS)
    .sideways();
    for when in When::ALL {
        let bar = |(policy, _): (&str, &str)| {
            value(level(&goodput(data, policy, when), seed, when.title(), policy))
        };
        picture = picture.series(when.title(), POLICIES.map(bar));
    }
    report::figure(
        "goodput",
        picture.draw(),
        "A state that outlives its cause is metastable.",
    )
}

/// When it is over, and when by theory the line is empty.
pub(super) fn theory(data: &Data) -> Result<charts::Figure, Failure> {
    let mut furthest_s = 0.0_f64;
    let mut dots = Vec::new();
    for (policy, attempts) in ATTEMPTS_MOST {
        let predicted = line_empty(data, policy, attempts);
        let measured = recovery(data, policy);
        let pairs = predicted.iter().filter_map(|(seed, predicted_s)| {
            let (_, measured_s) = measured.iter().find(|(of, _)| of == seed)?;
            Some((*predicted_s, *measured_s))
        });
        let pairs: Vec<_> = pairs.collect();
        furthest_s = pairs.iter().fold(furthest_s, |furthest, (predicted, measured)| {
            furthest.max(*predicted).max(*measured)
        });
        dots.push((policy, pairs));
    }
    let mut picture = Line::new(
        "How long the line outlives its cause",
        Axis::new("line empty by theory, after the upstream is well", "s"),
        Axis::new("last request that fails", "s"),
    )
    .subtitle("a dot for each seed; 10·(s·r − 1)/(1 − s·ρ), where a request costs s attempts at most")
    .series(Series::new("as the theory has it", [(0.0, 0.0), (furthest_s, furthest_s)]).colour(colour(FULL)));
    for (policy, pairs) in dots {
        let title = POLICIES[colour(policy)].1;
        let mut pairs = pairs.into_iter();
        let first = Series::new(title, pairs.next()).colour(colour(policy)).dots();
        picture = picture.series(pairs.fold(first, |series, pair| series.then([pair])));
    }
    let caption = "Without retries requests fail as long as the line is longer than the two and a half seconds that they wait, so that is over before the line is; within a budget, until \
                   attempts of half a second are answered again.";
    report::figure("theory", picture.draw(), caption)
}
