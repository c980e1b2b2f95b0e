//! `herd`: what happens when everyone comes at once?
//!
//! The scenario `herd`, in the simulator from many seeds and on sockets from one: an upstream is dead for five seconds, and requests for it wait in the gateway between retries. What reaches it when it
//! is back depends on what kept them. The gateway cannot be told to wait without jitter; that arm is the simulator's gateway with a bug planted that does, from the same seeds. `figures`
//! takes numbers from the data, `pictures` draws them, `draw` makes the page.

mod comparable;
mod draw;
mod figures;
mod on_sockets;
mod pictures;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::experiment::{Experiment, Running, World};
use super::simulated::{self, Extra, Part, least, values, worst};
use crate::claims::{Claim, judge_interval_above};
use crate::failure::Failure;
use crate::scale::Scale;
use figures::{Runs, busiest, first_second, level, unspread};

pub(super) const EXPERIMENT: Experiment = Experiment {
    name: "herd",
    question: QUESTION,
    recipe: "herd",
    world: World::Both,
    counts_allocations: false,
    run: |ctx| -> Running<'_> { Box::pin(run(ctx)) },
    draw: draw::draw,
    figures: draw::terminal,
    picture: "return",
    comparable: comparable::figures,
};

const QUESTION: &str = "What happens when everyone comes at once?";

/// The arm whose gateway waits without jitter is a part of its own, of the variant that waits with it.
const NO_JITTER: &str = "no-jitter";
const BUG: &str = "backoff-without-jitter";

/// One way of playing it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Arm {
    name: &'static str,
    title: &'static str,
}

/// All replicas were dead; by their names in the scenario, but for the one without jitter.
const ARMS: [Arm; 6] = [AT_ONCE, BACKOFF, ONE_TO_ONE, BUDGET, BREAKER, FULL];
const AT_ONCE: Arm = arm("at-once", "at once");
const BACKOFF: Arm = arm("backoff", "waits with jitter");
const ONE_TO_ONE: Arm = arm(NO_JITTER, "waits without jitter");
const BUDGET: Arm = arm("budget", "waits, budget");
const BREAKER: Arm = arm("breaker", "waits, breaker");
const FULL: Arm = arm("full", "all of it");

/// One of three was dead, and is cold.
const COLD: [Arm; 2] = [AT_FULL_SHARE, SLOWLY];
const AT_FULL_SHARE: Arm = arm("one", "at its full share");
const SLOWLY: Arm = arm("one-slow-start", "with slow start");
/// The one.
const REPLICA: &str = "r2";

const fn arm(name: &'static str, title: &'static str) -> Arm {
    Arm { name, title }
}

/// Of what the replicas can do in a second.
const CAPACITY: f64 = 1.0;
/// Of the same: what waits without a bound bring in the first second, at least.
const HERD: f64 = 2.0;
/// The most within a hundredth of a second without jitter, to that with it.
const STEEPER: f64 = 3.0;

async fn run(ctx: &mut Context) -> Result<Vec<Claim>, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 2,
        Scale::Quick => 10,
        Scale::Full => 60,
    };
    let part = Part {
        name: "",
        scenario: "herd",
        arguments: &[],
        seeds,
        extras: &[Extra::Reached],
    };
    let set = format!("policy={}", BACKOFF.name);
    let jitter = simulated::play_part(ctx, part).await?;
    let arguments = ["--set", &set, "--plant", BUG];
    let part = Part {
        name: NO_JITTER,
        arguments: &arguments,
        ..part
    };
    let no_jitter = simulated::play_part(ctx, part).await?;
    let sockets = on_sockets::play(ctx).await?;
    sockets.write(&ctx.directory)?;
    let runs = Runs { jitter, no_jitter };
    let mut claims = simulated::of_few_seeds(judge(&runs, ctx.run.seed), ctx.scale);
    claims.extend(on_sockets::judge(&runs, &sockets));
    Ok(claims)
}

fn judge(runs: &Runs, seed: u64) -> Vec<Claim> {
    vec![
        runs.jitter.all_hold(),
        least(
            "no-jitter-is-seen",
            "the oracle `backoff` reports the gateway that waits without jitter, in every run",
            &values(&unspread(&runs.no_jitter)),
            1.0,
            "violations",
        ),
        worst(
            "first-second",
            "with all of it the first second after the return carries at most what the replicas can do in one",
            &values(&first_second(runs, FULL)),
            CAPACITY,
            "× capacity",
        ),
        worst(
            "busiest-second",
            "and so does every second of the three and a half that follow",
            &values(&busiest(runs, FULL, None)),
            CAPACITY,
            "× capacity",
        ),
        least(
            "herd",
            "where requests wait and nothing bounds how many, the first second carries more than twice what the replicas can do",
            &values(&first_second(runs, BACKOFF)),
            HERD,
            "× capacity",
        ),
        least(
            "jitter",
            "without jitter a hundredth of a second carries three times as much as with it, at its peak",
            &values(&figures::steeper(runs)),
            STEEPER,
            "×",
        ),
        steeper(runs, seed),
        least(
            "cold-at-once",
            "a cold replica that is given its full share at once gets more than it can do in its busiest second",
            &values(&busiest(runs, AT_FULL_SHARE, Some(REPLICA))),
            CAPACITY,
            "× its capacity",
        ),
        worst(
            "cold-slowly",
            "with slow start it gets at most what it can do",
            &values(&busiest(runs, SLOWLY, Some(REPLICA))),
            CAPACITY,
            "× its capacity",
        ),
    ]
}

fn steeper(runs: &Runs, seed: u64) -> Claim {
    let (id, claim) = ("jitter-median", "as a median of runs it does");
    match level(&figures::steeper(runs), seed, "steeper", ONE_TO_ONE) {
        Some((measured, interval)) => judge_interval_above(id, claim, measured, interval, STEEPER, "×"),
        None => Claim::unmeasured(id, claim, STEEPER, "×", "no seed has both arms"),
    }
}
