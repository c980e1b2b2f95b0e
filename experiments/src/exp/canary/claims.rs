//! The claims of `canary`.

use super::arms::{Arm, WEIGHTS};
use super::binomial;
use crate::claims::{Claim, Verdict};
use crate::exp::real::{Data, Figure, added, level, of_good_rounds};
use crate::provenance::Run;
use crate::stats::{Equivalence, equivalence};

/// Of the interval that the share must lie in.
const LEVEL: f64 = 0.9999;
/// A copy is a request without a client: less than a request.
const MIRROR_RATIO_MAX: f64 = 2.0;
/// The band in which p99 is unchanged: a tenth of it, or half a millisecond where that is more.
const BAND_SHARE: f64 = 0.1;
const BAND_US_MIN: f64 = 500.0;

pub(super) fn judge(data: &Data, run: &Run) -> Vec<Claim> {
    vec![
        share(data),
        chosen(data),
        copies(data),
        instructions(data),
        dead_answers(data),
        dead_p99(data, run),
        unexpected(data),
    ]
}

/// Fewest and most of so many requests that the canary may get.
pub(super) fn expected(requests: f64) -> (u64, u64) {
    binomial::interval(requests as u64, chance(), LEVEL)
}

fn chance() -> f64 {
    f64::from(WEIGHTS.1) / f64::from(WEIGHTS.0 + WEIGHTS.1)
}

fn share(data: &Data) -> Claim {
    let (id, claim) = (
        "share",
        "the canary's share of a split of 95 to 5 lies in the binomial's interval of 99.99 %",
    );
    let of = |figure| data.value(Arm::Split, figure).unwrap_or(f64::NAN);
    let (requests, canary) = (of("first") + of("second"), of("second"));
    let (fewest, most) = expected(requests);
    let percent = |count: f64| 100.0 * count / requests;
    let note = format!("{canary} of {requests}; from {fewest} to {most} are expected");
    let judged = if canary < fewest as f64 {
        Claim::at_least(id, claim, percent(canary), percent(fewest as f64), "%")
    } else {
        Claim::at_most(id, claim, percent(canary), percent(most as f64), "%")
    };
    judged.with_note(note)
}

fn chosen(data: &Data) -> Claim {
    let of = |figure| data.value(Arm::Chosen, figure).unwrap_or(f64::NAN);
    let claim = "every request whose header names the canary gets it";
    let percent = 100.0 * of("second") / (of("first") + of("second"));
    Claim::at_least("override", claim, percent, 100.0, "%")
}

/// What the gateway says of its copies, against what was asked and what the shadow saw.
fn copies(data: &Data) -> Claim {
    let of = |figure| data.value(Arm::Mirrored, figure).unwrap_or(f64::NAN);
    let untold = (of("requests") - of("mirror_sent") - of("mirror_skipped")).abs();
    let unseen = (of("mirror_sent") - of("second")).abs();
    let claim = "every request is copied or counted as skipped, and the shadow sees every copy that was sent";
    let note = format!("{} skipped of {}", of("mirror_skipped"), of("requests"));
    Claim::at_most("copies", claim, untold + unseen, 0.0, "requests").with_note(note)
}

fn instructions(data: &Data) -> Claim {
    let (id, claim, unit) = (
        "mirror-instructions",
        "a request and its copy cost less than 2 times the user instructions of a request",
        "× no mirror",
    );
    let of = |arm| data.value(arm, "instructions");
    let (Some(plain), Some(mirrored)) = (of(Arm::Plain), of(Arm::Mirrored)) else {
        let gap = data.steady(Arm::Plain, "instructions");
        let why = gap.map_or("not counted", |row| row.missing.as_str());
        return Claim::unmeasured(id, claim, MIRROR_RATIO_MAX, unit, why);
    };
    let digits = |value| charts::number::significant(value, 4);
    let note = format!("{} to {}", digits(mirrored), digits(plain));
    Claim::at_most(id, claim, mirrored / plain, MIRROR_RATIO_MAX, unit).with_note(note)
}

fn dead_answers(data: &Data) -> Claim {
    let of = |figure| data.value(Arm::Dead, figure).unwrap_or(f64::NAN);
    let claim = "with a shadow that is dead every request is answered with 200, and by the upstream";
    let wrong = of("unexpected") + (of("requests") - of("first")).abs();
    let judged = Claim::at_most("dead-mirror-answers", claim, wrong, 0.0, "requests");
    let lost = of("mirror_lost") + of("mirror_skipped");
    if judged.verdict == Verdict::Holds && lost == 0.0 {
        return judged.invalid("no copy was lost, so the shadow was not dead");
    }
    judged.with_note(format!("{lost} copies were lost or skipped"))
}

fn dead_p99(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "dead-mirror-p99",
        "a dead shadow leaves p99 unchanged: the interval of the difference lies within a tenth of p99, or 0.5 ms where that is more",
    );
    let plain = level(data, run.seed, Arm::Plain, Figure::P99);
    let delta = added(data, run.seed, Arm::Dead, Arm::Plain, Figure::P99);
    let (Some((plain, _)), Some(delta)) = (plain, delta) else {
        return Claim::unmeasured(id, claim, BAND_US_MIN, "µs", "this scale draws no latency");
    };
    let band = (BAND_SHARE * plain).max(BAND_US_MIN);
    let judged = Claim::at_most(id, claim, delta.median.abs(), band.round(), "µs");
    let Some(interval) = delta.interval else {
        return judged.not_judged("too few rounds for an interval");
    };
    let note = format!("95 % interval [{:.0}, {:.0}] µs", interval.low, interval.high);
    let judged = match equivalence(interval, band) {
        Equivalence::Equivalent => Claim {
            verdict: Verdict::Holds,
            ..judged
        }
        .with_note(note),
        Equivalence::Different => Claim {
            verdict: Verdict::Refuted,
            ..judged
        }
        .with_note(note),
        Equivalence::TooWide => judged.invalid(&format!("{note} is too wide to tell")),
    };
    of_good_rounds(judged, data, run)
}

fn unexpected(data: &Data) -> Claim {
    let counted: f64 = Arm::ALL
        .into_iter()
        .map(|arm| data.value(arm, "unexpected").unwrap_or(f64::NAN))
        .sum();
    let in_rounds: u64 = data.rounds.iter().map(|round| round.unexpected).sum();
    let claim = "every request of every run is answered with 200";
    Claim::at_most("unexpected", claim, counted + in_rounds as f64, 0.0, "requests")
}
