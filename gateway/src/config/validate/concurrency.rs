//! `upstreams.*.concurrency`: an adaptive limit; and `routes[*].priority`, by which its slots are given.

use crate::config::defaults::concurrency as default;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, quoted, shown};
use crate::config::scalar;
use crate::limit::{Params, Priority};

const KEYS: Keys = Keys {
    known: &["min", "max", "start", "tolerance"],
    planned: &[],
};

/// `None` where something is wrong with it.
pub(super) fn concurrency(found: &Found<'_>, errors: &mut Errors) -> Option<Params> {
    let fields = found.fields(&KEYS, errors)?;
    let count = |key, errors: &mut Errors| {
        let count = fields.read(key, errors, |value| scalar::count(value, 1, default::LIMIT));
        // within the limit, which is one of 32 bits
        count.map(|count| count as u32)
    };
    let (min, max, start) = (count("min", errors), count("max", errors), count("start", errors));
    let tolerance = fields.read("tolerance", errors, tolerance);
    // a default never contradicts what is written
    let low = min.unwrap_or(default::MIN.min(max.or(start).unwrap_or(u32::MAX)));
    let high = max.unwrap_or(default::MAX.max(low).max(start.unwrap_or(0)));
    if high < low {
        fields.error("max", errors, format!("must not be below min, which is {low}"));
    } else if start.is_some_and(|start| !(low..=high).contains(&start)) {
        let message = format!("must be from min to max, which are {low} and {high}");
        fields.error("start", errors, message);
    }
    Some(Params {
        min: low,
        max: high,
        start: start.unwrap_or(default::START).min(high).max(low),
        tolerance_percent: tolerance.unwrap_or(default::TOLERANCE_PERCENT),
    })
}

/// Of a route: the class of its requests, and the field in which trusted peers say another one.
pub(super) fn priority(fields: &Fields<'_>, errors: &mut Errors) -> (Priority, Option<Box<str>>) {
    let class = fields.read("priority", errors, class);
    let header = fields.read("priority_header", errors, super::headers::field_name);
    (class.unwrap_or_default(), header)
}

fn class(value: &Value) -> Result<Priority, String> {
    let text = scalar::text(value)?;
    let class = Priority::ALL.into_iter().find(|class| class.name() == text);
    class.ok_or_else(|| {
        format!(
            "`{}` is no class: known are {}",
            shown(text),
            quoted(Priority::NAMES)
        )
    })
}

/// In percent.
fn tolerance(value: &Value) -> Result<u32, String> {
    let times = match value {
        Value::Float(times) => *times,
        Value::Integer(times) => *times as f64,
        _ => return Err(format!("expected a number such as 1.25, found {}", kind(value))),
    };
    let percent = (times * 100.0).round();
    let (least, most) = default::TOLERANCE_PERCENT_RANGE;
    // a number that is none fails the comparison
    if (f64::from(least)..=f64::from(most)).contains(&percent) {
        return Ok(percent as u32);
    }
    let [least, most] = [least, most].map(|percent| f64::from(percent) / 100.0);
    Err(format!("{times} is out of range: {least} to {most}"))
}
