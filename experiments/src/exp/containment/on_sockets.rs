//! The same on real sockets.

use super::figures::{Figure, added, opened, samples};
use super::{
    BREAKER, BULKHEAD, CATALOG, ERRORS_POINTS, OPEN_S, P99_MS, P99_SHARE, PAYMENTS, SLOW, VARIANTS, WELL,
};
use crate::claims::{Claim, judge_equivalence};
use crate::exp::Context;
use crate::exp::simulated::{Data, values};
use crate::exp::sockets::{
    self, NOT_PLAYED, Overlay, Plan, Series, Sockets, expectations_hold, judged_by, seen,
};
use crate::failure::Failure;
use crate::scale::Scale;
use crate::stand::simulated::Replica;
use crate::stats::median;
use charts::{Page, number};

/// As the scenario has it.
const IN_FLIGHT_MAX: f64 = 16.0;

/// A load of sixty a second or so, of which some are refused: by chance a second's share is so far off.
const SLACK: f64 = 0.2;

const SERIES: [Series<'static>; 3] = [
    Series::good_answers_of("payments' shares of good answers", PAYMENTS, SLACK),
    Series::good_answers_of("catalog's shares of good answers", CATALOG, 0.0),
    Series::attempts_per_request(SLACK),
];

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 0,
        Scale::Quick => 1,
        Scale::Full => 12,
    };
    let plan = Plan {
        seeds,
        side_by_side: VARIANTS.len(),
        ..Plan::of("containment")
    };
    sockets::play(ctx, &plan).await
}

fn overlay<'a>(data: &'a Data, sockets: &'a Sockets) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants: &VARIANTS,
        origin: |data, seed| data.broken_s(BREAKER, seed).map_or(0.0, |(from_s, _)| from_s),
        span: Some(("payments sick", 0.0, 10.0)),
        series: &SERIES,
    }
}

pub(super) fn judge(data: &Data, sockets: &Sockets, seed: u64) -> Vec<Claim> {
    let played = &sockets.data;
    let p99_ms = median(&values(&samples(played, WELL, CATALOG, Figure::P99))).unwrap_or(0.0);
    let bands = [
        (
            "sockets-p99",
            "on sockets p99 of `catalog` with a breaker is what it is while nobody is sick",
            Figure::P99,
            (P99_SHARE * p99_ms).max(P99_MS),
            "ms",
        ),
        (
            "sockets-errors",
            "on sockets so are its errors",
            Figure::Errors,
            ERRORS_POINTS,
            "% of requests",
        ),
    ];
    let mut claims: Vec<Claim> = bands
        .into_iter()
        .map(
            |(id, claim, figure, band, unit)| match added(played, seed, BREAKER, CATALOG, figure) {
                Some((measured, Some(interval))) => judged_by(
                    sockets,
                    judge_equivalence(id, claim, measured, Some(interval), band, unit),
                ),
                Some((measured, None)) => {
                    let why = "too few seeds for an interval: a full run plays twelve";
                    Claim::at_most(id, claim, measured.abs(), band, unit).not_judged(why)
                }
                None => Claim::unmeasured(id, claim, band, unit, NOT_PLAYED),
            },
        )
        .collect();
    claims.push(opens(sockets));
    claims.push(seen(
        sockets,
        (
            "sockets-opens-for-slow",
            "on sockets they are in every run where slow answers count too",
        ),
        values(&opened(played, SLOW)).into_iter().reduce(f64::max),
        (OPEN_S, "s"),
        Claim::at_most,
    ));
    claims.push(bulkhead(sockets));
    claims.push(expectations_hold(sockets));
    claims.extend(overlay(data, sockets).claims());
    claims
}

fn opens(sockets: &Sockets) -> Claim {
    let (id, claim) = (
        "sockets-opens",
        "on sockets the breakers of `payments` are open less than a second after it fell sick, as a median of runs",
    );
    let opened = values(&opened(&sockets.data, BREAKER));
    match median(&opened) {
        Some(typical) => {
            let note = format!("over {} runs; looked at twenty times a second", opened.len());
            let claim = Claim::at_most(id, claim, typical, OPEN_S, "s").with_note(note);
            // chance has a breaker open later in one run of several
            judged_by(
                sockets,
                claim.goal("one run in several is later by chance, and few were played"),
            )
        }
        None => Claim::unmeasured(id, claim, OPEN_S, "s", NOT_PLAYED),
    }
}

/// Each stub tells the most that it had in hand at once.
fn bulkhead(sockets: &Sockets) -> Claim {
    let of_payments = |of: &&Replica| of.variant == BULKHEAD && of.replica.starts_with("payments");
    let replicas = sockets.data.replicas.iter().filter(of_payments);
    seen(
        sockets,
        (
            "sockets-bulkhead",
            "on sockets no replica of `payments` has more requests in hand at once than its bulkhead of 16 lets through",
        ),
        replicas.map(|of| of.most_in_hand as f64).reduce(f64::max),
        (IN_FLIGHT_MAX, "requests"),
        Claim::at_most,
    )
}

pub(super) fn drawn(page: Page, data: &Data, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    let played = &sockets.data;
    let typical = |samples: &[(u64, f64)]| {
        median(&values(samples)).map_or("–".into(), |value| number::significant(value, 3))
    };
    let text = format!(
        "On real sockets p99 of `catalog` is {} ms while `payments` is sick and has a breaker, and {} ms while nobody is sick; of its requests {} % fail. The breaker is open {} s after \
         `payments` fell sick, and {} s where slow answers count too.",
        typical(&samples(played, BREAKER, CATALOG, Figure::P99)),
        typical(&samples(played, WELL, CATALOG, Figure::P99)),
        typical(&samples(played, BREAKER, CATALOG, Figure::Errors)),
        typical(&opened(played, BREAKER)),
        typical(&opened(played, SLOW)),
    );
    overlay(data, sockets).drawn(page.section("On real sockets").text(text))
}
