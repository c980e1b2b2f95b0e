//! Claims of what was seen on sockets.

use super::agree::{Compared, Series, share_inside};
use super::tables::Sockets;
use crate::claims::{Claim, Verdict};
use crate::scale::Scale;

/// Of a hundred seconds.
const INSIDE_PERCENT_MIN: f64 = 95.0;
pub(in crate::exp) const NOT_PLAYED: &str = "this scale plays it in the simulator alone";

/// That a series lies in the simulator's band.
pub(in crate::exp) fn agrees(sockets: &Sockets, series: &Series<'_>, compared: &[Compared]) -> Claim {
    let id = format!("agrees-{}", series.slug());
    let claim = format!(
        "on sockets {} lie where the simulator's seeds lie in at least {INSIDE_PERCENT_MIN} of 100 seconds",
        series.name
    );
    let judged = match share_inside(compared) {
        None => Claim::unmeasured(&id, &claim, INSIDE_PERCENT_MIN, "% of seconds", NOT_PLAYED),
        Some((percent, all)) => {
            let worst = compared
                .iter()
                .max_by_key(|of| of.points.iter().filter(|point| !point.is_inside()).count());
            let worst = worst.map_or("", |of| of.variant.as_str());
            let note = match percent < 100.0 {
                true => format!("of {all} seconds; most are outside with `{worst}`"),
                false => format!("of {all} seconds"),
            };
            Claim::at_least(&id, &claim, percent, INSIDE_PERCENT_MIN, "% of seconds").with_note(note)
        }
    };
    judged_by(sockets, judged)
}

/// A number that was seen on sockets, by how it is judged; not judged where nothing was played.
pub(in crate::exp) fn seen(
    sockets: &Sockets,
    (id, claim): (&str, &str),
    found: Option<f64>,
    (limit, unit): (f64, &str),
    judge: fn(&str, &str, f64, f64, &str) -> Claim,
) -> Claim {
    match found {
        Some(found) => judged_by(sockets, judge(id, claim, found, limit, unit)),
        None => Claim::unmeasured(id, claim, limit, unit, NOT_PLAYED),
    }
}

/// That there are none of `of`; not judged where there was none to look at.
pub(in crate::exp) fn none(
    sockets: &Sockets,
    (id, claim): (&str, &str),
    (count, of): (u64, u64),
    unit: &str,
) -> Claim {
    match of {
        0 => Claim::unmeasured(id, claim, 0.0, unit, NOT_PLAYED),
        _ => kept(
            sockets,
            Claim::at_most(id, claim, count as f64, 0.0, unit).with_note(format!("of {of}")),
        ),
    }
}

/// A claim of what was seen on sockets is worth as much as the load generator.
pub(in crate::exp) fn judged_by(sockets: &Sockets, claim: Claim) -> Claim {
    match sockets.complaint() {
        Some(why) => claim.invalid(&why),
        None => claim,
    }
}

/// The same of a promise that a late load generator does not make easier to keep: what holds, holds.
fn kept(sockets: &Sockets, claim: Claim) -> Claim {
    match claim.verdict {
        Verdict::Refuted => judged_by(sockets, claim),
        _ => claim,
    }
}

/// A smoke run, which runs beside anything, judges what its instruments were good enough for.
pub(in crate::exp) fn of_smoke(claims: Vec<Claim>, scale: Scale) -> Vec<Claim> {
    let judged = |claim: Claim| match (scale, claim.verdict) {
        (Scale::Smoke, Verdict::Invalid) => {
            let why = claim.note.clone();
            claim.not_judged(&why)
        }
        _ => claim,
    };
    claims.into_iter().map(judged).collect()
}

/// That the scenario's own expectations of shares of successes hold on sockets too.
pub(in crate::exp) fn expectations_hold(sockets: &Sockets) -> Claim {
    let claim = "the scenario's expectations of how many succeed hold on sockets too";
    let checks = &sockets.data.checks;
    if checks.is_empty() {
        return Claim::unmeasured("sockets-expectations", claim, 0.0, "violations", NOT_PLAYED);
    }
    let bad: Vec<_> = checks.iter().filter(|check| check.verdict != "holds").collect();
    let judged = Claim::at_most("sockets-expectations", claim, bad.len() as f64, 0.0, "violations");
    let note = match bad.first() {
        None => format!("{} were judged", checks.len()),
        Some(check) => format!("{}: {}: {}", check.variant, check.what, check.measured),
    };
    kept(sockets, judged.with_note(note))
}

/// That no stream of events broke.
pub(in crate::exp) fn held_open(sockets: &Sockets, claim: &str) -> Claim {
    let id = "sockets-streams";
    if sockets.held.is_empty() {
        return Claim::unmeasured(id, claim, 0.0, "streams", NOT_PLAYED);
    }
    let broken: Vec<_> = sockets.held.iter().filter_map(|of| of.broken.as_ref()).collect();
    let events: u64 = sockets.held.iter().map(|of| of.events).sum();
    let note = match broken.first() {
        None => format!("of {} with {events} events", sockets.held.len()),
        Some(why) => format!("of {}; one of them: {why}", sockets.held.len()),
    };
    Claim::at_most(id, claim, broken.len() as f64, 0.0, "streams").with_note(note)
}
