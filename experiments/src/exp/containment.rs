//! `containment`: does a sick upstream hurt its neighbours?
//!
//! The scenario `containment`, in the simulator from many seeds and on sockets from one: for ten seconds one of two upstreams takes 200 ms and answers three requests of ten with 503. Played
//! are the same seconds without a breaker, with one, with one that counts slow answers too, with a bound on what is in flight instead, and with one while nobody is sick: what the neighbour's clients notice is the difference to
//! that, within the seed. `figures` takes numbers from the data, `pictures` draws them, `draw` makes the page.

mod comparable;
mod draw;
mod figures;
mod on_sockets;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Data, Extra, least, never, values, worst};
use crate::claims::{Claim, judge_equivalence, judge_interval};
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{Figure, added, level, opened, opens_after, refused};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "containment",
    question: QUESTION,
    recipe: "containment",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "over-time",
    comparable: comparable::figures,
};

const QUESTION: &str = "Does a sick upstream hurt its neighbours?";

/// As the scenario calls its variants, and as people read them.
const VARIANTS: [(&str, &str); 5] = [
    (NONE, "no breaker"),
    (BREAKER, "with a breaker"),
    (SLOW, "slow answers count"),
    (BULKHEAD, "16 in flight"),
    (WELL, "nobody sick"),
];
const NONE: &str = "none";
const BREAKER: &str = "breaker";
const SLOW: &str = "slow";
const BULKHEAD: &str = "bulkhead";
const WELL: &str = "well";

/// Places among the load's asks.
const PAYMENTS: u64 = 0;
const CATALOG: u64 = 1;

/// How far from what it is while nobody is sick p99 may lie and still be called unchanged: a tenth of it, or this.
const P99_SHARE: f64 = 0.1;
const P99_MS: f64 = 0.5;
/// The same of errors, of a hundred requests.
const ERRORS_POINTS: f64 = 0.1;
/// From when an upstream is sick to when its breaker is open.
const OPEN_S: f64 = 1.0;

/// Why one can be later than that.
const WHY_LATE: &str = "the worst of all runs: three answers of ten are errors, and a fifth of what came back within a second has to be; \
                        by chance less of it is, by t = 1 s in one run of seventeen, because what came back before `payments` fell sick counts for a second too";

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 24,
        Scale::Full => 100,
    };
    let data = simulated::play(ctx, "containment", seeds, &[Extra::Kinds]).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    let mut claims = simulated::of_few_seeds(judge(&data, ctx.run.seed), ctx.scale);
    claims.extend(on_sockets::judge(&data, &sockets, ctx.run.seed));
    Ok(claims)
}

fn judge(data: &Data, seed: u64) -> Vec<Claim> {
    let p99_ms = level(data, seed, WELL, CATALOG, Figure::P99).map_or(0.0, |(ms, _)| ms);
    let bands = [
        ("p99", Figure::P99, (P99_SHARE * p99_ms).max(P99_MS), "ms"),
        ("errors", Figure::Errors, ERRORS_POINTS, "% of requests"),
    ];
    let mut claims = vec![data.all_hold()];
    for (id, figure, band, unit) in bands {
        let claim = match figure {
            Figure::P99 => {
                "with a breaker p99 of `catalog` is what it is while nobody is sick, give or take a tenth or half a millisecond"
            }
            Figure::Errors => "and so are its errors, give or take a tenth of a percent of requests",
        };
        claims.push(match added(data, seed, BREAKER, CATALOG, figure) {
            Some((measured, interval)) => judge_equivalence(id, claim, measured, interval, band, unit),
            None => Claim::unmeasured(id, claim, band, unit, "no run has both variants"),
        });
    }
    claims.extend([
        opens(data, seed),
        worst(
            "opens-always",
            "in every run every breaker of `payments` is open less than a second after it fell sick",
            &values(&opened(data, BREAKER)),
            OPEN_S,
            "s",
        )
        .goal(WHY_LATE),
        worst(
            "opens-for-slow",
            "in every run they are where slow answers count too",
            &values(&opened(data, SLOW)),
            OPEN_S,
            "s",
        ),
        least(
            "bulkhead-full",
            "a bound of 16 requests in flight at `payments` is reached in every run, and refuses some",
            &values(&refused(data, BULKHEAD)),
            1.0,
            "requests",
        ),
        never(
            data,
            ("bulkhead", "bulkhead"),
            &VARIANTS.map(|(variant, _)| variant),
            "no upstream has more requests in flight, or more connections, than its bounds, full or not",
        ),
    ]);
    claims
}

fn opens(data: &Data, seed: u64) -> Claim {
    let (id, claim) = (
        "opens",
        "the breakers of `payments` are open less than a second after it fell sick, as a median of runs",
    );
    match opens_after(data, seed, BREAKER) {
        Some((measured, interval)) => judge_interval(id, claim, measured, interval, OPEN_S, "s"),
        None => Claim::unmeasured(id, claim, OPEN_S, "s", "no breaker opened"),
    }
}
