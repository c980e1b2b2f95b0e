//! The same on real sockets, for twenty seconds after the upstream is well.

use super::figures::{amplification, goodput_kept, recovery};
use super::{AMPLIFICATION_LEAST, BUDGET, FULL, METASTABLE, NAIVE, POLICIES, RECOVERED_S};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::{Data, values};
use crate::exp::sockets::{self, Overlay, Plan, Series, Sockets, expectations_hold, seen};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::simulated::Second;
use charts::Page;
use std::time::Duration;

/// Seconds after the upstream is well in which it is looked at what became of it: a quarter of a minute, as nobody waits for a minute on sockets.
const LATER_S: (f64, f64) = (20.0, 24.0);
/// The latest begin of the trigger, the trigger, and that.
const UNTIL: Duration = Duration::from_secs(6 + 10 + 25);

/// The budget's, as the scenario has it.
const RATIO: f64 = 0.1;
const FLOOR_PER_S: f64 = 1.0;
const TTL_S: usize = 10;
/// On their way at a window's two ends: what arrives in 50 ms, twice.
const AT_ENDS: f64 = 13.0;

const SERIES: [Series<'static>; 2] = [Series::attempts_per_request(0.15), Series::good_answers(0.05)];

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 0,
        Scale::Quick => 1,
        Scale::Full => 5,
    };
    let plan = Plan {
        seeds,
        until: UNTIL,
        // each keeps a core busy for a few percent
        side_by_side: POLICIES.len(),
        ..Plan::of("retry-storm")
    };
    sockets::play(ctx, &plan).await
}

fn overlay<'a>(data: &'a Data, sockets: &'a Sockets) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants: &POLICIES,
        origin: |data, seed| data.broken_s(NAIVE, seed).map_or(0.0, |(from_s, _)| from_s),
        span: Some(("slow", 0.0, 10.0)),
        series: &SERIES,
    }
}

pub(super) fn judge(data: &Data, sockets: &Sockets) -> Vec<Claim> {
    let played = &sockets.data;
    let worst = |values: Vec<f64>, pick: fn(f64, f64) -> f64| values.into_iter().reduce(pick);
    let mut claims = vec![
        seen(
            sockets,
            (
                "sockets-amplification",
                "on sockets naive retries make more than two attempts of each request while the upstream is slow",
            ),
            worst(values(&amplification(played, NAIVE)), f64::min),
            (AMPLIFICATION_LEAST, "attempts per request"),
            Claim::at_least,
        ),
        seen(
            sockets,
            (
                "sockets-budget",
                "on sockets no window of seconds has more retries than the budget allows, by more than what is on its way at its ends",
            ),
            over_budget(played),
            (AT_ENDS, "retries"),
            Claim::at_most,
        ),
        seen(
            sockets,
            (
                "sockets-recovered",
                "on sockets with budget and breaker every request succeeds that is due five seconds after the upstream is well, or later",
            ),
            worst(values(&recovery(played, FULL)), f64::max),
            (RECOVERED_S, "s"),
            Claim::at_most,
        ),
        seen(
            sockets,
            (
                "sockets-metastable",
                "on sockets with naive retries goodput is below half of what it was before, 20 seconds after the upstream is well",
            ),
            worst(values(&goodput_kept(played, NAIVE, LATER_S)), f64::max),
            (METASTABLE, "×"),
            Claim::at_most,
        ),
        expectations_hold(sockets),
    ];
    claims.extend(overlay(data, sockets).claims());
    claims
}

/// By how much a window (a, b] of whole seconds has more retries than a share of the requests of it and of the seconds before, for which a budget keeps what they bring, and
/// its floor: the most of all windows of all runs with a budget.
fn over_budget(data: &Data) -> Option<f64> {
    let mut excesses = Vec::new();
    for (variant, seed) in data
        .seeds()
        .into_iter()
        .flat_map(|seed| [(BUDGET, seed), (FULL, seed)])
    {
        let of_run = data.seconds_of(variant, None).filter(|of| of.seed == seed);
        let seconds: Vec<&Second> = of_run.collect();
        for from in 0..seconds.len() {
            excesses.extend((from + 1..=seconds.len()).map(|to| excess(&seconds, from, to)));
        }
    }
    excesses.into_iter().reduce(f64::max)
}

/// Of one window.
fn excess(seconds: &[&Second], from: usize, to: usize) -> f64 {
    let requests = |from: usize| seconds[from..to].iter().map(|of| of.requests as f64).sum::<f64>();
    let attempts: f64 = seconds[from..to].iter().map(|of| of.attempts as f64).sum();
    let allowed = RATIO * requests(from.saturating_sub(TTL_S)) + FLOOR_PER_S * (to - from + TTL_S) as f64;
    attempts - requests(from) - allowed
}

pub(super) fn drawn(page: Page, data: &Data, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    let played = &sockets.data;
    let figure = |found: Vec<f64>| {
        let found = found.first().copied();
        found.map_or("–".into(), |value| charts::number::significant(value, 3))
    };
    let text = format!(
        "On real sockets naive retries make {} attempts of each request while the upstream is slow, and leave {} of the goodput {} seconds after it is well; with budget and breaker \
         the last request fails {} s after that.",
        figure(values(&amplification(played, NAIVE))),
        figure(values(&goodput_kept(played, NAIVE, LATER_S))),
        LATER_S.0,
        figure(values(&recovery(played, FULL))),
    );
    overlay(data, sockets).drawn(page.section("On real sockets").text(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::simulated::Whole;

    #[test]
    fn retries_are_paid_by_the_requests_of_the_seconds_before() {
        let second = |second, attempts| Second {
            seed: 1,
            variant: FULL.into(),
            second,
            requests: 100,
            attempts,
            ..Second::default()
        };
        let with = |last: u64| Data {
            seconds: (0..20)
                .map(|at| second(at, if at == 19 { last } else { 100 }))
                .collect(),
            wholes: vec![Whole {
                seed: 1,
                variant: FULL.into(),
                ..Whole::default()
            }],
            ..Data::default()
        };
        // the last second, and ten before: 110 of 1 100 requests, and eleven
        assert_eq!(over_budget(&with(100 + 121)), Some(0.0));
        assert_eq!(over_budget(&with(100 + 130)), Some(9.0));
        assert_eq!(over_budget(&Data::default()), None);
    }
}
