//! The same on real sockets: what is counted there too, and what is there in life only.

use super::figures::{Counts, counts};
use super::{BROKEN, VARIANT};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::Data;
use crate::exp::sockets::{
    self, NOT_PLAYED, Overlay, Plan, Series, Sockets, expectations_hold, held_open, kept,
};
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

/// Witnesses send beside the load: one request of twenty or so.
const SERIES: [Series<'static>; 2] = [Series::good_answers(0.0), Series::attempts_per_request(0.3)];

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
    let none = |id: &str, claim: &str, (count, of, what): (u64, u64, &str)| match of {
        0 => Claim::unmeasured(id, claim, 0.0, what, NOT_PLAYED),
        _ => kept(
            sockets,
            Claim::at_most(id, claim, count as f64, 0.0, what).with_note(format!("of {of}")),
        ),
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
