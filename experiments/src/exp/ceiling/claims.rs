//! The claims of `ceiling`.

use super::arms::Arm;
use super::data::{Data, P99_MS_MAX};
use super::soak::SHARE;
use crate::claims::{Claim, judge_interval_above};
use crate::exp::real::{ONLY_FULL, of_what_ships};
use crate::provenance::Run;
use crate::scale::Scale;

const RATIO_PERCENT_MIN: f64 = 70.0;
/// Below it the gateway had time left, and something else was the ceiling.
const CORE_PERCENT_MIN: f64 = 90.0;
const NOT_IN_SMOKE: &str = "a smoke run takes steady figures only";

pub(super) fn judge(data: &Data, run: &Run) -> Vec<Claim> {
    vec![
        ratio(data, run),
        saturated(data, run),
        allocations(data),
        unexpected(data),
        memory(data, run),
        files(data, run),
    ]
}

fn ratio(data: &Data, run: &Run) -> Claim {
    let (id, claim) = (
        "ratio-to-direct",
        "before a stub that works 50 µs for each request, a second of CPU time answers at least 70 % of what it does without the gateway",
    );
    match data.ratio(run.seed, Arm::ThroughWork, Arm::DirectWork) {
        Some((percent, interval)) => of_what_ships(
            judge_interval_above(id, claim, percent, interval, RATIO_PERCENT_MIN, "%"),
            run,
        ),
        None => Claim::unmeasured(id, claim, RATIO_PERCENT_MIN, "%", NOT_IN_SMOKE),
    }
}

fn saturated(data: &Data, run: &Run) -> Claim {
    let id = "core-saturated";
    let claim = format!(
        "at the highest rate with p99 below {P99_MS_MAX} ms the gateway's core is at least {CORE_PERCENT_MIN} % busy with it"
    );
    let Some(held) = data.held.first() else {
        return if data.steps.is_empty() {
            Claim::unmeasured(id, &claim, CORE_PERCENT_MIN, "%", NOT_IN_SMOKE)
        } else {
            Claim::at_least(id, &claim, f64::NAN, CORE_PERCENT_MIN, "%").invalid("no rate held")
        };
    };
    let judged = Claim::at_least(id, &claim, 100.0 * held.gateway_share(), CORE_PERCENT_MIN, "%");
    match (run.scale.judges_latency(), held.complaint()) {
        (true, None) => judged,
        (true, Some(why)) => judged.invalid(&why),
        (false, None) => judged.not_judged(ONLY_FULL),
        (false, Some(why)) => judged.not_judged(&format!("{ONLY_FULL}; here {why}")),
    }
}

/// A bare request on a connection that has had one before needs none; what is left is the looks of timers.
fn allocations(data: &Data) -> Claim {
    let (id, claim, limit) = (
        "allocations",
        "a bare request allocates nothing: less than 0.05 times",
        0.05,
    );
    match data.allocations() {
        Some(allocations) => Claim::at_most(id, claim, allocations, limit, "allocations"),
        None => {
            let why = data
                .counted
                .first()
                .map_or("not counted", |row| row.missing.as_str());
            Claim::unmeasured(id, claim, limit, "allocations", why)
        }
    }
}

/// Of what it was in the second minute, a fiftieth or a mebibyte, whichever is more.
const RSS_GROWN_SHARE: f64 = 0.02;
const RSS_GROWN_KIB: f64 = 1_024.0;
/// What the pool's dials may move; at 10 000 per second a leak of one in a million requests makes more.
const FILES_GROWN_MAX: f64 = 4.0;
const ONLY_LONG: &str = "ten minutes are held in a full run alone";

fn memory(data: &Data, run: &Run) -> Claim {
    let id = "held-memory";
    let claim = format!(
        "while {} % of the ceiling is held for ten minutes the gateway's memory does not grow: the median of the last minute is at most 2 % or 1 MiB above that of the second",
        charts::number::fixed(100.0 * SHARE, 0)
    );
    let Some((second, last)) = data.second_and_last(|sample| sample.rss_kib) else {
        return Claim::unmeasured(id, &claim, RSS_GROWN_KIB, "KiB", NOT_IN_SMOKE);
    };
    let limit = (RSS_GROWN_SHARE * second).max(RSS_GROWN_KIB);
    let judged = Claim::at_most(id, &claim, last - second, limit, "KiB");
    of_ten_minutes(judged, run)
}

fn files(data: &Data, run: &Run) -> Claim {
    let id = "held-files";
    let claim = format!(
        "nor do its open files: the median of the last minute is at most {FILES_GROWN_MAX} above that of the second"
    );
    let Some((second, last)) = data.second_and_last(|sample| sample.open_files) else {
        return Claim::unmeasured(id, &claim, FILES_GROWN_MAX, "files", NOT_IN_SMOKE);
    };
    let judged = Claim::at_most(id, &claim, last - second, FILES_GROWN_MAX, "files");
    of_ten_minutes(judged, run)
}

fn of_ten_minutes(claim: Claim, run: &Run) -> Claim {
    if run.scale == Scale::Full {
        return claim;
    }
    claim.not_judged(ONLY_LONG)
}

fn unexpected(data: &Data) -> Claim {
    let claim = "every request of the comparison with direct is answered with 200";
    if data.most.is_empty() {
        return Claim::unmeasured("unexpected", claim, 0.0, "requests", NOT_IN_SMOKE);
    }
    let total: u64 = data.most.iter().map(|row| row.unexpected).sum();
    Claim::at_most("unexpected", claim, total as f64, 0.0, "requests")
}
