//! The same on real sockets: what is counted there too, and what is there in life only.

use super::figures::{Counts, counts};
use super::{BROKEN, VARIANT};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::Data;
use crate::exp::sockets::{self, NOT_PLAYED, Overlay, Plan, Series, Sockets, expectations_hold, held_open};
use crate::failure::Failure;
use crate::play::rows::Moment;
use crate::scale::Scale;
use crate::stats::median;
use scenarios::{Fault, Variant};

/// Streams of events that are held open over all reloads.
const STREAMS: usize = 8;
/// From the question to the answer.
const APPLIED_S: f64 = 1.0;
/// What memory may be more by behind a hundred reloads: an allocator's pages come and go.
const GROWN_MIB: f64 = 1.0;
/// Configs that came into force between the first and the last look at memory.
const RELOADS_LEAST: usize = 100;

/// What comes between two looks at the stubs, a twentieth of a second apart: a dozen of 200 or more.
const SERIES: [Series<'static>; 2] = [Series::good_answers(0.0), Series::attempts_per_request(0.1)];

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let plan = Plan {
        streams: STREAMS,
        alter: match ctx.scale {
            Scale::Smoke => |_| true,
            Scale::Quick => |variant| longer(variant, 4),
            Scale::Full => |variant| longer(variant, 20),
        },
        ..Plan::of("reload")
    };
    sockets::play(ctx, &plan).await
}

/// The plan so many times, one behind the other.
fn longer(variant: &mut Variant, times: u32) -> bool {
    let scenario = &mut variant.scenario;
    let once = scenario.load.duration;
    let faults = std::mem::take(&mut scenario.faults);
    for turn in 0..times {
        let later = |fault: &Fault| Fault {
            at: fault.at + once * turn,
            ..fault.clone()
        };
        scenario.faults.extend(faults.iter().map(later));
    }
    scenario.load.duration = once * times;
    scenario.heal.at += once * (times - 1);
    // of the whole load again, or of windows that lie in the first turn
    scenario.expectations.clear();
    true
}

pub(super) fn overlay<'a>(data: &'a Data, sockets: &'a Sockets) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants: &[(VARIANT, "configs come and go")],
        origin: |_, _| 0.0,
        span: None,
        series: &SERIES,
    }
}

pub(super) fn judge(data: &Data, sockets: &Sockets) -> Vec<Claim> {
    let counted = counts(&sockets.data);
    let none = |id: &str, claim: &str, (count, of, what): (u64, u64, &str)| {
        sockets::none(sockets, (id, claim), (count, of), what)
    };
    let Counts {
        requests,
        failed,
        broken,
        broken_taken,
        ..
    } = counted;
    let (answers, mixed) = witnessed(sockets);
    let mut claims = vec![
        none(
            "sockets-dropped",
            "on sockets no request fails while configs come and go",
            (failed, requests, "requests"),
        ),
        none(
            "sockets-mixed",
            "on sockets no answer is of a config and by a replica that it does not have",
            (mixed, answers, "answers"),
        ),
        none(
            "sockets-broken",
            "on sockets no broken config is taken",
            (broken_taken, broken, "configs"),
        ),
        applied(sockets),
        held_open(
            sockets,
            "on sockets no stream of events that is held open over all reloads ends or lacks an event",
        ),
        grown(sockets),
    ];
    if !sockets.data.checks.is_empty() {
        claims.push(expectations_hold(sockets));
    }
    claims.extend(overlay(data, sockets).claims());
    claims
}

/// Answers that were looked at, and those that were of two configs.
pub(super) fn witnessed(sockets: &Sockets) -> (u64, u64) {
    let all = sockets.witnessed.iter().map(|of| (of.answers, of.mixed));
    all.fold((0, 0), |sum, of| (sum.0 + of.0, sum.1 + of.1))
}

/// Seconds that each config took, sorted.
pub(super) fn took_s(sockets: &Sockets) -> Vec<f64> {
    let mut took: Vec<f64> = sockets.applied.iter().map(|of| of.took_us as f64 / 1e6).collect();
    took.sort_by(f64::total_cmp);
    took
}

fn applied(sockets: &Sockets) -> Claim {
    let (id, claim) = (
        "applied",
        "on sockets every good config is in force within a second of being asked for",
    );
    match took_s(sockets).last() {
        None => Claim::unmeasured(id, claim, APPLIED_S, "s", NOT_PLAYED),
        Some(longest) => {
            let note = format!("the longest of {}", sockets.applied.len());
            Claim::at_most(id, claim, *longest, APPLIED_S, "s").with_note(note)
        }
    }
}

/// Memory in the last quarter of all reloads to that in the second, in MiB, and how many reloads lie between.
pub(super) fn grown_mib(sockets: &Sockets) -> Option<(f64, usize)> {
    let is_taken = |of: &&crate::stand::simulated::Reload| {
        of.variant == VARIANT && of.config != BROKEN && !of.is_refused
    };
    let at: Vec<u64> = sockets
        .data
        .reloads
        .iter()
        .filter(is_taken)
        .map(|of| of.at_us)
        .collect();
    let quarter = at.len() / 4;
    let (second, last) = (at.get(quarter..2 * quarter)?, at.get(3 * quarter..)?);
    let over = |some: &[u64]| {
        let (from, to) = (*some.first()?, *some.last()?);
        let in_it = sockets
            .moments
            .iter()
            .filter(|of| (from..=to).contains(&of.at_us));
        let mib: Vec<f64> = in_it.map(|of: &Moment| of.rss_kib as f64 / 1_024.0).collect();
        median(&mib)
    };
    Some((over(last)? - over(second)?, 2 * quarter))
}

fn grown(sockets: &Sockets) -> Claim {
    let id = "memory";
    let claim = format!(
        "on sockets resident memory does not grow by more than {GROWN_MIB} MiB over a hundred reloads"
    );
    match grown_mib(sockets) {
        Some((mib, reloads)) if reloads >= RELOADS_LEAST => Claim::at_most(
            id,
            &claim,
            mib * RELOADS_LEAST as f64 / reloads as f64,
            GROWN_MIB,
            "MiB a hundred reloads",
        )
        .with_note(format!(
            "{mib:.2} MiB over {reloads}, the last quarter against the second"
        )),
        Some((_, reloads)) => Claim::unmeasured(
            id,
            &claim,
            GROWN_MIB,
            "MiB a hundred reloads",
            &format!("only {reloads} reloads lie between the two looks"),
        ),
        None => Claim::unmeasured(id, &claim, GROWN_MIB, "MiB a hundred reloads", NOT_PLAYED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Verdict;
    use crate::play::rows::{Applied, Held, Instrument, Witnessed};
    use crate::stand::simulated::{Reload, Whole};

    /// 280 reloads of which every fourth is broken, a tenth of a second apart; memory is `rss_kib` by the number of reloads so far.
    fn played(rss_kib: fn(u64) -> u64) -> Sockets {
        let mut played = Sockets {
            instruments: vec![Instrument {
                valid: true,
                ..Instrument::default()
            }],
            held: vec![Held {
                events: 10,
                ..Held::default()
            }],
            witnessed: vec![Witnessed {
                answers: 50,
                ..Witnessed::default()
            }],
            ..Sockets::default()
        };
        played.data.wholes.push(Whole {
            variant: VARIANT.into(),
            requests: 100,
            ok: 100,
            ..Whole::default()
        });
        for number in 0..280 {
            let is_refused = number % 4 == 3;
            let config = if is_refused { BROKEN } else { "other" };
            let (variant, at_us) = (VARIANT.to_owned(), 100_000 * number);
            played.data.reloads.push(Reload {
                seed: 0,
                variant: variant.clone(),
                at_us,
                config: config.into(),
                is_refused,
            });
            played.applied.push(Applied {
                seed: 0,
                variant: variant.clone(),
                at_us,
                config: config.into(),
                took_us: 900,
            });
            played.moments.push(Moment {
                variant,
                at_us,
                rss_kib: rss_kib(number),
                ..Moment::default()
            });
        }
        played
    }

    fn verdict(played: &Sockets, id: &str) -> Verdict {
        let claims = judge(&Data::default(), played);
        let found = claims.iter().find(|claim| claim.id == id);
        found.expect("there is one").verdict
    }

    #[test]
    fn one_of_anything_refutes() {
        let wrong = |id: &str, wrong: fn(&mut Sockets)| {
            let mut bad = played(|_| 9_000);
            assert_eq!(verdict(&bad, id), Verdict::Holds, "{id}");
            assert_eq!(verdict(&Sockets::default(), id), Verdict::NotJudged, "{id}");
            wrong(&mut bad);
            assert_eq!(verdict(&bad, id), Verdict::Refuted, "{id}");
        };
        wrong("sockets-dropped", |bad| bad.data.wholes[0].ok = 99);
        wrong("sockets-mixed", |bad| bad.witnessed[0].mixed = 1);
        wrong("sockets-broken", |bad| bad.data.reloads[3].is_refused = false);
        wrong("applied", |bad| bad.applied[7].took_us = 1_000_001);
        wrong("sockets-streams", |bad| {
            bad.held[0].broken = Some("it ended".into())
        });
    }

    #[test]
    fn memory_is_compared_over_a_hundred_reloads() {
        let grown = |rss_kib| grown_mib(&played(rss_kib)).expect("there are reloads");
        assert_eq!(grown(|_| 9_000), (0.0, 104));
        // 7.3 KiB each
        let leaks = |number| 9_000 + 1_024 * number / 140;
        let (mib, reloads) = grown(leaks);
        assert!((mib - 1.0).abs() < 0.05 && reloads == 104, "{mib} over {reloads}");
        assert_eq!(verdict(&played(leaks), "memory"), Verdict::Holds);
        let leaks_more = |number| 9_000 + 1_024 * number / 120;
        assert_eq!(verdict(&played(leaks_more), "memory"), Verdict::Refuted);
        // what is taken at the start is no growth
        assert_eq!(grown(|number| 9_000 + 1_024 * number.min(70)), (0.0, 104));
        let mut few = played(leaks_more);
        few.data.reloads.truncate(240);
        assert_eq!(verdict(&few, "memory"), Verdict::NotJudged);
    }

    #[test]
    fn a_plan_is_repeated_behind_itself() {
        let entry = scenarios::find("reload").expect("there is one");
        let built = entry.build(world::Seed(3), &[]).expect("nothing set");
        let once = built.variants[0].clone();
        let mut thrice = once.clone();
        assert!(longer(&mut thrice, 3));
        let (once, thrice) = (once.scenario, thrice.scenario);
        assert_eq!(thrice.faults.len(), 3 * once.faults.len());
        assert!(thrice.faults.is_sorted_by_key(|fault| fault.at));
        let healed = |scenario: &scenarios::Scenario| scenario.load.duration - scenario.heal.at;
        assert_eq!(healed(&thrice), healed(&once));
    }
}
