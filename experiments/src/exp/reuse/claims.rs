//! The claims of `reuse`.

use super::arms::{Arm, CROWD_UPSTREAM};
use super::data::Data;
use crate::claims::{Claim, judge_side};
use crate::exp::real::{Data as Timed, Figure, Way as _, added, busy_ratio, of_good_rounds};
use crate::provenance::Run;

const REUSE_PERCENT_MIN: f64 = 99.9;
/// Of the requests through a pool that keeps none; the rest would have been sent on a connection that should be gone.
const DIALLED_PERCENT_MIN: f64 = 99.9;
/// A leak of one in a thousand requests is more even in a run of two seconds.
const FILES_GROWN_MAX: f64 = 4.0;
const NOT_SAMPLED: &str = "there was no steady part";

pub(super) fn judge(data: &Data, timed: &Timed, run: &Run) -> Vec<Claim> {
    let mut claims = vec![reuse(data), dialled(data), agreement(data)];
    claims.extend(Arm::POOLS.map(|arm| files(data, arm)));
    claims.extend([crowd_clients(data), crowd_upstream(data), unexpected(data, timed)]);
    claims.push(cpu(timed, run));
    claims.extend([Arm::Small, Arm::Off].map(|arm| p99(timed, run, arm)));
    claims
}

fn reuse(data: &Data) -> Claim {
    let claim = "in the steady state more than 99.9 % of the upstream requests go over a connection that was there already";
    match data.steady(Arm::Kept) {
        Some(steady) => Claim::at_least("reuse", claim, steady.reuse_percent(), REUSE_PERCENT_MIN, "%"),
        None => Claim::unmeasured("reuse", claim, REUSE_PERCENT_MIN, "%", NOT_SAMPLED),
    }
}

fn dialled(data: &Data) -> Claim {
    let (id, claim) = (
        "no-reuse",
        "without keep-alive every request opens a connection of its own",
    );
    match data.steady(Arm::Off) {
        Some(steady) => {
            let share = 100.0 - steady.reuse_percent();
            Claim::at_least(id, claim, share, DIALLED_PERCENT_MIN, "%")
        }
        None => Claim::unmeasured(id, claim, DIALLED_PERCENT_MIN, "%", NOT_SAMPLED),
    }
}

/// Nobody is believed about himself: the gateway counts what it dials, the stub what it accepts.
fn agreement(data: &Data) -> Claim {
    let worst = data
        .ends
        .iter()
        .map(|end| end.dialled.abs_diff(end.accepted))
        .max();
    let claim = "the stub accepted as many connections as the gateway says it opened, in every arm";
    let worst = worst.map_or(f64::NAN, |worst| worst as f64);
    Claim::at_most("connections-agree", claim, worst, 0.0, "connections")
}

fn files(data: &Data, arm: Arm) -> Claim {
    let id = format!("files-flat-{}", arm.key());
    let claim = format!(
        "{}: the gateway's open files do not grow: besides its clients' connections the fewest of the last quarter are at most {FILES_GROWN_MAX} more than those of the first",
        arm.title()
    );
    match data.files_grown(arm) {
        Some(grown) => Claim::at_most(&id, &claim, grown, FILES_GROWN_MAX, "files"),
        None => Claim::unmeasured(&id, &claim, FILES_GROWN_MAX, "files", NOT_SAMPLED),
    }
}

fn crowd_clients(data: &Data) -> Claim {
    let wanted = data
        .end(Arm::Crowd)
        .map_or(f64::NAN, |end| end.clients_wanted as f64);
    let most = data.of(Arm::Crowd).map(|sample| sample.clients).max();
    let claim = format!(
        "the crowd is there: {} clients are connected at once",
        charts::number::fixed(wanted, 0)
    );
    let most = most.map_or(f64::NAN, |most| most as f64);
    Claim::at_least("crowd-clients", &claim, most, wanted, "connections")
}

fn crowd_upstream(data: &Data) -> Claim {
    let limit = CROWD_UPSTREAM as f64;
    let claim = format!(
        "the crowd is carried on at most {CROWD_UPSTREAM} connections to the upstream, by the stub's count"
    );
    let most = data.of(Arm::Crowd).map(|sample| sample.upstream).max();
    let judged = Claim::at_most(
        "crowd-upstream",
        &claim,
        most.map_or(f64::NAN, |most| most as f64),
        limit,
        "connections",
    );
    match data.end(Arm::Crowd) {
        Some(end) => judged.with_note(format!("{} were opened in all", end.accepted)),
        None => judged,
    }
}

fn unexpected(data: &Data, timed: &Timed) -> Claim {
    let watched: u64 = data.ends.iter().map(|end| end.unexpected).sum();
    let rounds: u64 = timed.rounds.iter().map(|round| round.unexpected).sum();
    let busy: u64 = timed.busy.iter().map(|row| row.unexpected).sum();
    let total = (watched + rounds + busy) as f64;
    Claim::at_most(
        "unexpected",
        "every request of every run is answered with 200",
        total,
        0.0,
        "requests",
    )
}

fn cpu(timed: &Timed, run: &Run) -> Claim {
    let (id, claim, unit) = (
        "cpu",
        "at saturation a request on a kept connection takes less CPU time of the gateway than one with a connection of its own",
        "×",
    );
    match busy_ratio(timed, run.seed, Arm::Kept, Arm::Off) {
        Some((ratio, interval)) => judge_side(id, claim, ratio, interval, 1.0, unit),
        None => Claim::unmeasured(id, claim, 1.0, unit, "this scale takes counts only"),
    }
}

fn p99(timed: &Timed, run: &Run, arm: Arm) -> Claim {
    let id = format!("p99-{}", arm.key());
    let claim = format!("at 2 000/s p99 with keep-alive is below p99 with {}", arm.title());
    let Some(delta) = added(timed, run.seed, Arm::Kept, arm, Figure::P99) else {
        return Claim::unmeasured(&id, &claim, 0.0, "µs", "this scale draws no latency");
    };
    of_good_rounds(
        judge_side(&id, &claim, delta.median, delta.interval, 0.0, "µs"),
        timed,
        run,
    )
}
