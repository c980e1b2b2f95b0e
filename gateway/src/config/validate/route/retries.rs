//! `routes[*].retries`: how often a request is sent again, which, when, and how much of that is too much.

use std::time::Duration;

use super::super::health::status_ranges;
use crate::config::defaults::retries::BODY_LIMIT;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, shown};
use crate::config::scalar;
use crate::health::RANGES_MAX;
use crate::retry::{
    self, Backoff, BadBackoff, BadBudget, Budget, Hedge, MIN_DEFAULT, Params, Quantile, Statuses,
};
use crate::transform::check_listed;

const KEYS: Keys = Keys {
    known: &[
        "max",
        "only_idempotent",
        "try_timeout",
        "statuses",
        "budget",
        "backoff",
        "body_max",
        "hedge",
    ],
    planned: &[],
};

const BUDGET_KEYS: Keys = Keys {
    known: &["ratio", "min_per_second", "ttl"],
    planned: &[],
};

const HEDGE_KEYS: Keys = Keys {
    known: &["after", "min"],
    planned: &[],
};

const BACKOFF_KEYS: Keys = Keys {
    known: &["base", "max"],
    planned: &[],
};

/// The policy, and how long one attempt may take; `bound` is the route's timeout.
pub(super) fn retries(
    found: &Found<'_>,
    bound: Option<Duration>,
    errors: &mut Errors,
) -> Option<(Params, Option<Duration>)> {
    let fields = found.fields(&KEYS, errors)?;
    let only_idempotent = fields
        .read("only_idempotent", errors, scalar::boolean)
        .unwrap_or(true);
    let try_timeout = fields.read("try_timeout", errors, scalar::duration);
    if let (Some(one), Some(all)) = (try_timeout, bound)
        && one >= all
    {
        let all = humantime::format_duration(all);
        let message = format!("must be below the route's timeout, which is {all} for all attempts together");
        fields.error("try_timeout", errors, message);
    }
    let statuses = fields
        .get("statuses", errors)
        .and_then(|found| statuses(&found, errors));
    let budget = fields.get("budget", errors).map(|found| budget(&found, errors));
    let backoff = fields.get("backoff", errors).map(|found| backoff(&found, errors));
    let body_max = fields.read("body_max", errors, |value| {
        let size = scalar::size(value)?;
        if size > BODY_LIMIT {
            let most = scalar::format_size(BODY_LIMIT);
            return Err(format!(
                "is out of range: at most {most}, because it is kept in memory"
            ));
        }
        Ok(size)
    });
    let hedge = fields.get("hedge", errors);
    let hedge = hedge.and_then(|found| hedge_of(&found, try_timeout.or(bound), errors));
    if fields.has("hedge") && !only_idempotent {
        fields.error(
            "hedge",
            errors,
            "sends a request twice that has not failed: write it without `only_idempotent: false`",
        );
    }
    let max = fields.require("max", "max: 1", errors)?;
    let mut params = max.read(errors, |value| {
        let number = scalar::count(value, 0, retry::MAX_LIMIT.into())?;
        Params::try_new(number, only_idempotent).map_err(|error| error.to_string())
    })?;
    if params.max() == 0 && fields.has("hedge") {
        fields.error(
            "hedge",
            errors,
            "is one of the retries, and with `max: 0` there is none",
        );
    }
    // where nothing is sent again there is nothing to say of it
    if params.max() > 0 {
        params.hedge = hedge;
        params.statuses = statuses.unwrap_or(Statuses::DEFAULT);
        params.budget = budget.unwrap_or(Some(Budget::DEFAULT));
        params.backoff = backoff.unwrap_or(Some(Backoff::DEFAULT));
        params.body_max = body_max.unwrap_or(0);
    }
    Some((params, try_timeout))
}

/// A time, or a quantile and the least that it comes to. `bound` is what one attempt has: what comes later is never due.
fn hedge_of(found: &Found<'_>, bound: Option<Duration>, errors: &mut Errors) -> Option<Hedge> {
    let fields = found.fields(&HEDGE_KEYS, errors)?;
    let after = fields.require("after", "after: 50ms", errors)?;
    let is_late = |time: Duration| bound.filter(|bound| time >= *bound);
    let late = |bound: Duration| {
        let bound = humantime::format_duration(bound);
        format!("must be below what an attempt has, which is {bound}")
    };
    let min = fields.read("min", errors, |value| {
        let min = scalar::duration(value)?;
        is_late(min).map_or(Ok(min), |bound| Err(late(bound)))
    });
    after.read(errors, |value| {
        if let Value::Text(text) = value
            && text.starts_with('p')
        {
            let than = Quantile::read(text).map_err(|error| format!("`{}` {error}", shown(text)))?;
            let min = min.unwrap_or(MIN_DEFAULT);
            return Ok(Hedge::Slower { than, min });
        }
        let after = scalar::duration(value)?;
        if fields.has("min") {
            return Err(
                "is a time, which needs no `min`: that is of a quantile, as in `after: p95`".to_owned(),
            );
        }
        is_late(after).map_or(Ok(Hedge::After(after)), |bound| Err(late(bound)))
    })
}

pub(super) fn statuses(found: &Found<'_>, errors: &mut Errors) -> Option<Statuses> {
    let ranges = status_ranges(found, errors)?;
    if ranges.len() > RANGES_MAX {
        found.error(errors, format!("has more than {RANGES_MAX} statuses and ranges"));
        return None;
    }
    found.read(errors, |_| {
        Statuses::try_new(&ranges).map_err(|error| error.to_string())
    })
}

/// A ratio alone, all three, or `none`. What is wrong is reported and read as none.
fn budget(found: &Found<'_>, errors: &mut Errors) -> Option<Budget> {
    let default = Budget::DEFAULT;
    let (ratio, floor, ttl) = match &found.node.value {
        Value::Text(text) if text == "none" => return None,
        Value::Map(_) => {
            let before = errors.count();
            let fields = found.fields(&BUDGET_KEYS, errors)?;
            let ratio = fields.read("ratio", errors, ratio);
            let floor = fields.read("min_per_second", errors, |value| {
                scalar::count(value, 0, u32::MAX.into()).map(|floor| floor as u32)
            });
            let ttl = fields.read("ttl", errors, scalar::duration);
            if errors.count() > before {
                return None;
            }
            let of = (
                ratio.unwrap_or(default.ratio()),
                floor.unwrap_or(default.min_per_second()),
                ttl.unwrap_or(default.ttl()),
            );
            return made(Budget::try_new(of.0, of.1, of.2), &fields, found, errors);
        }
        _ => (
            found.read(errors, ratio)?,
            default.min_per_second(),
            default.ttl(),
        ),
    };
    let budget = Budget::try_new(ratio, floor, ttl);
    found.read(errors, |_| budget.map_err(|error| format!("{ratio} {error}")))
}

/// Says of the very key what is wrong with it.
fn made(
    budget: Result<Budget, BadBudget>,
    fields: &Fields<'_>,
    found: &Found<'_>,
    errors: &mut Errors,
) -> Option<Budget> {
    let error = match budget {
        Ok(budget) => return Some(budget),
        Err(error) => error,
    };
    match error {
        BadBudget::Ratio => fields.error("ratio", errors, error.to_string()),
        BadBudget::Floor => fields.error("min_per_second", errors, error.to_string()),
        BadBudget::Ttl => fields.error("ttl", errors, error.to_string()),
        BadBudget::Nothing => found.error(errors, error.to_string()),
    }
    None
}

fn ratio(value: &Value) -> Result<f64, String> {
    match value {
        Value::Float(ratio) => Ok(*ratio),
        // 0 and 1; others are out of range whatever they come to
        Value::Integer(ratio) => Ok(*ratio as f64),
        _ => Err(format!(
            "expected a ratio such as 0.2, `{{ ratio: 0.2 }}` or `none`, found {}",
            kind(value)
        )),
    }
}

/// Both bounds, or `base: 0` for none. What is wrong is reported and read as none.
fn backoff(found: &Found<'_>, errors: &mut Errors) -> Option<Backoff> {
    let before = errors.count();
    let fields = found.fields(&BACKOFF_KEYS, errors)?;
    let base = fields.read("base", errors, |value| match value {
        Value::Integer(0) => Ok(Duration::ZERO),
        value => scalar::duration(value),
    });
    let max = fields.read("max", errors, scalar::duration);
    if errors.count() > before {
        return None;
    }
    if base == Some(Duration::ZERO) {
        if max.is_some() {
            fields.error("max", errors, "is of a wait, and with `base: 0` there is none");
        }
        return None;
    }
    let base = base.unwrap_or(Backoff::DEFAULT.base());
    // a default never contradicts what is written
    let max = max.unwrap_or(Backoff::DEFAULT.max().max(base));
    let key = match Backoff::try_new(base, max) {
        Ok(backoff) => return Some(backoff),
        Err(error) if error == BadBackoff::TooShort || !fields.has("max") => ("base", error),
        Err(error) => ("max", error),
    };
    fields.error(key.0, errors, key.1.to_string());
    None
}

/// The name of a field that says how long a client waits.
pub(in crate::config::validate) fn field_name(value: &Value) -> Result<Box<str>, String> {
    let text = scalar::text(value)?;
    check_listed(text).map_err(|error| error.to_string())
}
