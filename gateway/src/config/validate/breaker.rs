//! `upstreams.*.breaker`: when an upstream is not asked for a while.

use std::time::Duration;

use super::health::{least, share, statuses};
use crate::breaker::{Params, Slow};
use crate::config::defaults::{COUNT_MAX, breaker as default};
use crate::config::plan::Breaker;
use crate::config::reader::{Errors, Fields, Found, Keys};
use crate::config::scalar;
use crate::health::Statuses;
use crate::share::Share;

const KEYS: Keys = Keys {
    known: &[
        "error_ratio",
        "statuses",
        "slow_after",
        "slow_ratio",
        "min_requests",
        "window",
        "open_for",
        "open_for_max",
        "probes",
        "per_replica",
    ],
    planned: &[],
};

/// `None` where something is wrong with it.
pub(super) fn breaker(found: &Found<'_>, errors: &mut Errors) -> Option<Breaker> {
    let fields = found.fields(&KEYS, errors)?;
    let count = |key, most, default, errors: &mut Errors| {
        let count = fields.read(key, errors, |value| scalar::count(value, 1, most));
        count.unwrap_or(default)
    };
    let error_ratio = fields.read("error_ratio", errors, share);
    let statuses = statuses(&fields, "statuses", errors);
    let slow = slow(&fields, errors);
    let min_requests = count("min_requests", COUNT_MAX, default::MIN_REQUESTS, errors);
    let window = fields.read("window", errors, |value| least(value, default::WINDOW_LEAST));
    let open_for = fields.read("open_for", errors, scalar::duration);
    let most = fields.read("open_for_max", errors, scalar::duration);
    let probes = count("probes", default::PROBES_LIMIT, default::PROBES.into(), errors);
    let per_replica = fields.read("per_replica", errors, scalar::boolean);
    // a default never contradicts what is written
    let open_for = open_for.unwrap_or(default::OPEN_FOR.min(most.unwrap_or(Duration::MAX)));
    let open_for_max = most.unwrap_or(default::OPEN_FOR_MAX.max(open_for));
    if open_for_max < open_for {
        let message = format!(
            "must not be below open_for, which is {}",
            humantime::format_duration(open_for)
        );
        fields.error("open_for_max", errors, message);
    }
    Some(Breaker {
        params: Params {
            error_ratio: error_ratio.unwrap_or(Share::HALF),
            slow,
            min_requests,
            window: window.unwrap_or(default::WINDOW),
            open_for,
            open_for_max,
            probes: u32::try_from(probes).unwrap_or(u32::MAX),
        },
        statuses: statuses.or_else(|| Statuses::try_new(&default::ERROR_STATUSES).ok())?,
        per_replica: per_replica.unwrap_or(false),
    })
}

/// What is slow is not known by itself, so one key without the other is a mistake only where the time is missing.
fn slow(fields: &Fields<'_>, errors: &mut Errors) -> Option<Slow> {
    let ratio = fields.read("slow_ratio", errors, share);
    let after = fields.read("slow_after", errors, scalar::duration);
    if fields.has("slow_ratio") && !fields.has("slow_after") {
        fields.error(
            "slow_ratio",
            errors,
            "is about slow answers, and nothing says what is slow: add `slow_after: 500ms`",
        );
    }
    Some(Slow {
        after: after?,
        ratio: ratio.unwrap_or(Share::HALF),
    })
}
