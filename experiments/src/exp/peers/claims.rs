//! The claims of `peers`: on which side of each peer the gateway is, where the data shows a side at all.

use super::arms::Arm;
use crate::claims::{Claim, judge_side};
use crate::exp::real::{
    Data, Figure, GOOD_ROUNDS_PERCENT_MIN, ONLY_FULL, Way as _, added, busy_ratio, good_share,
    of_good_rounds, of_what_ships,
};
use crate::provenance::Run;

pub(super) fn judge(data: &Data, run: &Run) -> Vec<Claim> {
    let peers = data.counted(&Arm::PEERS);
    let mut claims: Vec<Claim> = peers.iter().map(|peer| instructions(data, run, *peer)).collect();
    claims.extend(peers.iter().map(|peer| cpu(data, run, *peer)));
    for peer in peers {
        claims.extend(Figure::LATENCY.map(|figure| latency(data, run, peer, figure)));
    }
    claims.push(unexpected(data));
    claims.push(instruments(data, run));
    claims
}

fn instructions(data: &Data, run: &Run, peer: Arm) -> Claim {
    let id = format!("instructions-vs-{}", peer.key());
    let claim = format!(
        "a bare request costs fewer user instructions than {}'s",
        peer.title()
    );
    let unit = format!("× {}", peer.title());
    let of = |arm| data.value(arm, "instructions");
    let (Some(ours), Some(theirs)) = (of(Arm::Gateway), of(peer)) else {
        let gap = [Arm::Gateway, peer]
            .into_iter()
            .find_map(|arm| data.steady(arm, "instructions"));
        let why = gap.map_or("not counted", |row| row.missing.as_str());
        return Claim::unmeasured(&id, &claim, 1.0, &unit, why);
    };
    let digits = |value| charts::number::significant(value, 4);
    let note = format!("{} to {}", digits(ours), digits(theirs));
    of_what_ships(
        Claim::at_most(&id, &claim, ours / theirs, 1.0, &unit).with_note(note),
        run,
    )
}

/// CPU time is paired within rounds and has its interval in a quick run too.
fn cpu(data: &Data, run: &Run, peer: Arm) -> Claim {
    let id = format!("cpu-vs-{}", peer.key());
    let claim = format!(
        "at saturation a bare request takes less CPU time than {}'s",
        peer.title()
    );
    let unit = format!("× {}", peer.title());
    match busy_ratio(data, run.seed, Arm::Gateway, peer) {
        Some((ratio, interval)) => of_what_ships(judge_side(&id, &claim, ratio, interval, 1.0, &unit), run),
        None => Claim::unmeasured(&id, &claim, 1.0, &unit, "this scale takes steady figures only"),
    }
}

fn latency(data: &Data, run: &Run, peer: Arm, figure: Figure) -> Claim {
    let id = format!("{}-vs-{}", figure.name(), peer.key());
    let (name, title) = (figure.name(), peer.title());
    let claim = format!("at 2 000/s the {name} through the gateway is below {title}'s");
    let Some(delta) = added(data, run.seed, Arm::Gateway, peer, figure) else {
        return Claim::unmeasured(&id, &claim, 0.0, "µs", "this scale draws no latency");
    };
    of_good_rounds(
        judge_side(&id, &claim, delta.median, delta.interval, 0.0, "µs"),
        data,
        run,
    )
}

fn unexpected(data: &Data) -> Claim {
    let in_rounds: u64 = data.rounds.iter().map(|round| round.unexpected).sum();
    let in_busy: u64 = data.busy.iter().map(|row| row.unexpected).sum();
    let claim = "every request through every proxy is answered with 200";
    if data.rounds.is_empty() && data.busy.is_empty() {
        let why = "a smoke run counts under valgrind alone, and ends where an answer is missing";
        return Claim::unmeasured("unexpected", claim, 0.0, "requests", why);
    }
    Claim::at_most("unexpected", claim, (in_rounds + in_busy) as f64, 0.0, "requests")
}

fn instruments(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "instruments",
        "in at least 80 % of the rounds every instrument was good",
    );
    if data.rounds.is_empty() {
        let why = "this scale draws no latency";
        return Claim::unmeasured(id, claim, GOOD_ROUNDS_PERCENT_MIN, "%", why);
    }
    let judged = Claim::at_least(id, claim, good_share(data), GOOD_ROUNDS_PERCENT_MIN, "%");
    if !run.scale.judges_latency() {
        return judged.not_judged(ONLY_FULL);
    }
    if good_share(data) < GOOD_ROUNDS_PERCENT_MIN {
        return judged.invalid("rounds.csv says what was wrong in which round");
    }
    judged
}
