//! The claims of `tax`.

use super::arms::Arm;
use crate::claims::{Claim, judge_interval};
use crate::exp::real::{
    Data, Figure, GOOD_ROUNDS_PERCENT_MIN, ONLY_FULL, Way as _, added, good_share, of_what_ships,
};
use crate::provenance::Run;
use crate::stats::ROUNDS_MIN;

/// The reason for 0.75: half of what it was with hyper, which alone took 21 500 of a passthrough's 27 200 (decision 4). Above
/// it, an engine of our own would not have been worth its upkeep.
const INSTRUCTIONS_RATIO_MAX: f64 = 0.75;
/// The same engine without a gateway around it, against a server that has been made fast for twenty years.
const ANSWER_RATIO_MAX: f64 = 1.0;
/// What a small site needs is to fit into the room that a bare route was given. A goal, and no claim any more: it was refuted (decision 4).
const FLEET_RATIO_MAX: f64 = INSTRUCTIONS_RATIO_MAX;
/// What the fleet arm is to cost: about two thirds of what nginx takes for one bare route.
const FLEET_INSTRUCTIONS_GOAL: f64 = 13_000.0;
/// Of what each bare request took with hyper before (27 200), less than seven tenths.
const GUARDED_INSTRUCTIONS_GOAL: f64 = 18_700.0;
const FLEET_IS_HELD_BY: &str = "docs/cost.md says what holds it";
/// The four calls that move the bytes, with a fifth of one for the log and the timers.
const FLEET_SYSCALLS_MAX: f64 = 4.2;
/// 64 dials in 20 000 requests are 0.3 %.
const REUSE_PERCENT_MIN: f64 = 99.0;
const P99_ADDED_MS_MAX: f64 = 1.0;
const NO_NGINX: &str = "no nginx to compare with";

pub(super) fn judge(data: &Data, run: &Run) -> Vec<Claim> {
    vec![
        p99_added(data, run),
        intervals(data, run),
        instruments(data, run),
        instructions(data, run),
        answer(data, run),
        syscalls(data),
        fleet_instructions(data, run),
        fleet_goal(data, run),
        fleet(data, "syscalls", "system calls", FLEET_SYSCALLS_MAX),
        guarded(data, run),
        guarded_against_nginx(data, run),
        unexpected(data),
        agreement(data),
        reuse(data),
    ]
}

fn instructions(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "instructions-vs-nginx",
        "a passthrough request costs at most 0.75 times nginx's user instructions",
    );
    let claim = against(data, BARE, "instructions", id, claim, INSTRUCTIONS_RATIO_MAX);
    of_what_ships(claim, run)
}

fn answer(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "answer-instructions-vs-nginx",
        "a plain answer of the stub costs no more user instructions than nginx's `return 200` of the same size",
    );
    let claim = against(data, Arm::SERVERS, "instructions", id, claim, ANSWER_RATIO_MAX);
    of_what_ships(claim, run)
}

fn syscalls(data: &Data) -> Claim {
    let claim = "a passthrough request costs no more system calls than nginx's";
    against(data, BARE, "syscalls", "syscalls-vs-nginx", claim, 1.0)
}

fn p99_added(data: &Data, run: &Run) -> Claim {
    let (id, claim, unit) = ("p99-added", "passthrough adds less than 1 ms to p99", "ms");
    let Some(delta) = added(data, run.seed, Arm::Passthrough, Arm::Direct, Figure::P99) else {
        return match run.scale.judges_latency() {
            true => Claim::at_most(id, claim, f64::NAN, P99_ADDED_MS_MAX, unit)
                .invalid("no round had good instruments"),
            false => Claim::unmeasured(id, claim, P99_ADDED_MS_MAX, unit, ONLY_FULL),
        };
    };
    let in_ms = |us: f64| us / 1_000.0;
    let interval = delta.interval.map(|i| crate::stats::Interval {
        low: in_ms(i.low),
        high: in_ms(i.high),
    });
    let claim = judge_interval(id, claim, in_ms(delta.median), interval, P99_ADDED_MS_MAX, unit);
    match (run.scale.judges_latency(), run.host.cores) {
        (false, _) => claim.not_judged(ONLY_FULL),
        (true, 0 | 1) => claim.not_judged("one core carries all parts"),
        (true, _) if good_share(data) < GOOD_ROUNDS_PERCENT_MIN => {
            claim.invalid("too many rounds had bad instruments")
        }
        (true, _) => claim,
    }
}

fn intervals(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "deltas-with-interval",
        "every difference to direct has a 95 % interval",
    );
    let figures = [Figure::P50, Figure::P99, Figure::P999];
    let arms = data
        .timed(&Arm::ALL)
        .into_iter()
        .filter(|arm| *arm != Arm::Direct);
    let all: Vec<_> = arms
        .flat_map(|arm| figures.map(|figure| added(data, run.seed, arm, Arm::Direct, figure)))
        .collect();
    if all.is_empty() {
        return Claim::unmeasured(id, claim, 100.0, "%", "this scale draws no latency");
    }
    let with = all
        .iter()
        .filter(|delta| delta.is_some_and(|delta| delta.interval.is_some()))
        .count();
    let claim = Claim::at_least(id, claim, 100.0 * with as f64 / all.len() as f64, 100.0, "%");
    if run.scale.judges_latency() {
        claim
    } else {
        claim.not_judged(ONLY_FULL)
    }
}

fn instruments(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "instruments",
        "in at least 80 % of the rounds every instrument was good",
    );
    if data.rounds.is_empty() {
        return Claim::unmeasured(
            id,
            claim,
            GOOD_ROUNDS_PERCENT_MIN,
            "%",
            "this scale draws no latency",
        );
    }
    let good = data.good_rounds().len();
    let judged = Claim::at_least(id, claim, good_share(data), GOOD_ROUNDS_PERCENT_MIN, "%");
    if !run.scale.judges_latency() {
        return judged.not_judged(ONLY_FULL);
    }
    // bad instruments do not refute anything: they leave it open
    if good < ROUNDS_MIN || good_share(data) < GOOD_ROUNDS_PERCENT_MIN {
        return judged.invalid("rounds.csv says what was wrong in which round");
    }
    judged
}

fn fleet_instructions(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "fleet-instructions-vs-nginx",
        "a request with id and access log, 50 routes, 10 upstreams and 30 replicas costs at most 0.75 times the user instructions of nginx's one bare route",
    );
    let pair = [Arm::Fleet, Arm::Nginx];
    let goal = against(data, pair, "instructions", id, claim, FLEET_RATIO_MAX);
    of_what_ships(goal.goal(FLEET_IS_HELD_BY), run)
}

fn fleet_goal(data: &Data, run: &Run) -> Claim {
    let goal = fleet(data, "instructions", "user instructions", FLEET_INSTRUCTIONS_GOAL);
    of_what_ships(goal.goal(FLEET_IS_HELD_BY), run)
}

/// What it costs to be guarded, with all that a small site has.
fn guarded(data: &Data, run: &Run) -> Claim {
    let (id, unit) = ("guarded-instructions", "user instructions");
    let claim = "with timeouts, retries, a budget and a breaker on each of its 50 routes it costs at most 18 700 user instructions";
    let judged = match data.value(Arm::Guarded, "instructions") {
        Some(ours) => Claim::at_most(id, claim, ours, GUARDED_INSTRUCTIONS_GOAL, unit),
        None => Claim::unmeasured(id, claim, GUARDED_INSTRUCTIONS_GOAL, unit, "it was not counted"),
    };
    of_what_ships(judged.goal(FLEET_IS_HELD_BY), run)
}

fn guarded_against_nginx(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "guarded-instructions-vs-nginx",
        "with all of that it costs no more user instructions than nginx's one bare route",
    );
    let pair = [Arm::Guarded, Arm::Nginx];
    let claim = against(data, pair, "instructions", id, claim, 1.0);
    of_what_ships(claim, run)
}

/// What a request costs with all that a small site has.
fn fleet(data: &Data, figure: &str, unit: &str, limit: f64) -> Claim {
    let id = format!("fleet-{figure}");
    let claim = format!(
        "a request with id and access log, 50 routes, 10 upstreams and 30 replicas costs at most {} {unit}",
        charts::number::significant(limit, 2)
    );
    match data.value(Arm::Fleet, figure) {
        Some(ours) => Claim::at_most(&id, &claim, ours, limit, unit),
        None => Claim::unmeasured(&id, &claim, limit, unit, "it was not counted"),
    }
}

/// Ours and its reference.
const BARE: [Arm; 2] = [Arm::Passthrough, Arm::Nginx];

fn against(data: &Data, pair: [Arm; 2], figure: &str, id: &str, claim: &str, limit: f64) -> Claim {
    let unit = "× nginx";
    let [arm, reference_arm] = pair;
    let Some(reference) = data.value(reference_arm, figure) else {
        let why = data
            .steady(reference_arm, figure)
            .map_or(NO_NGINX, |steady| steady.missing.as_str());
        return Claim::unmeasured(id, claim, limit, unit, why);
    };
    match data.value(arm, figure) {
        Some(ours) => {
            let note = format!("{} to {}", rounded(ours), rounded(reference));
            Claim::at_most(id, claim, ours / reference, limit, unit).with_note(note)
        }
        None => {
            let why = format!("not measured for {}", arm.title());
            Claim::unmeasured(id, claim, limit, unit, &why)
        }
    }
}

fn unexpected(data: &Data) -> Claim {
    let in_rounds: u64 = data.rounds.iter().map(|round| round.unexpected).sum();
    let counted: f64 = Arm::GATEWAY
        .iter()
        .filter_map(|arm| data.value(*arm, "unexpected"))
        .sum();
    let in_busy: u64 = data.busy.iter().map(|row| row.unexpected).sum();
    let total = (in_rounds + in_busy) as f64 + counted;
    Claim::at_most(
        "unexpected",
        "every request of every run is answered with 200",
        total,
        0.0,
        "requests",
    )
}

/// The largest disagreement between client, gateway and stub.
fn agreement(data: &Data) -> Claim {
    let (id, claim) = (
        "counts-agree",
        "load generator, gateway and stub count the same requests",
    );
    let pairs = Arm::GATEWAY.iter().flat_map(|arm| {
        let of = |figure| data.value(*arm, figure).unwrap_or(f64::NAN);
        [
            (of("requests") - of("gateway_count")).abs(),
            (of("requests") - of("stub_count")).abs(),
        ]
    });
    let worst = pairs.fold(0.0, |worst: f64, one| {
        if one.is_nan() || worst.is_nan() {
            f64::NAN
        } else {
            worst.max(one)
        }
    });
    Claim::at_most(id, claim, worst, 0.0, "requests")
}

fn reuse(data: &Data) -> Claim {
    let ratio = |arm: &Arm| {
        let (reused, dialled) = (data.value(*arm, "reused")?, data.value(*arm, "dialled")?);
        Some(reused / (reused + dialled))
    };
    // one pool each; a fleet's thirty take longer to fill than it is counted
    let worst = [Arm::Passthrough, Arm::Logged]
        .iter()
        .map(|arm| ratio(arm).unwrap_or(f64::NAN))
        .reduce(|a, b| if b < a || b.is_nan() { b } else { a });
    let claim = "more than 99 % of the upstream requests go over a connection that was there already";
    Claim::at_least(
        "reuse",
        claim,
        100.0 * worst.unwrap_or(f64::NAN),
        REUSE_PERCENT_MIN,
        "%",
    )
}

fn rounded(value: f64) -> String {
    charts::number::significant(value, 4)
}

#[cfg(test)]
mod tests;
