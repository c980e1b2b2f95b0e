//! `upstreams.*.health`: probes, and what requests tell.

use std::time::Duration;

use crate::config::defaults::{COUNT_MAX, health as default};
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, shown};
use crate::config::scalar;
use crate::health::{Active, Params, Passive, RANGES_MAX, Share, Statuses};
use crate::transform::check_value;
use http1::write::RequestHead;

const KEYS: Keys = Keys {
    known: &[
        "path",
        "port",
        "host",
        "interval",
        "timeout",
        "unhealthy_after",
        "healthy_after",
        "status",
        "body",
        "initially",
        "passive",
    ],
    planned: &[],
};

/// Keys that say how to probe, and nothing without a `path`.
const OF_PROBES: [&str; 9] = [
    "port",
    "host",
    "interval",
    "timeout",
    "unhealthy_after",
    "healthy_after",
    "status",
    "body",
    "initially",
];

const PASSIVE_KEYS: Keys = Keys {
    known: &[
        "errors",
        "connect_failures",
        "error_ratio",
        "window",
        "min_requests",
        "statuses",
        "cooldown",
        "cooldown_max",
        "ejected_max",
    ],
    planned: &[],
};

pub(super) fn health(found: Option<&Found<'_>>, errors: &mut Errors) -> Params {
    let Some(found) = found else {
        return Params::default();
    };
    let Some(fields) = found.fields(&KEYS, errors) else {
        return Params::default();
    };
    let before = errors.count();
    let active = active(&fields, errors);
    let passive = match fields.get("passive", errors) {
        None => passive(None, errors),
        Some(found) => match &found.node.value {
            Value::Bool(on) => passive(None, errors).filter(|_| *on),
            Value::Map(_) => passive(Some(&found), errors),
            other => {
                let message = format!(
                    "expected a mapping of keys, or false to switch it off, found {}",
                    kind(other)
                );
                found.error(errors, message);
                None
            }
        },
    };
    let is_off = passive.is_none() && errors.count() == before;
    if is_off && !fields.has("path") {
        found.error(
            errors,
            "watches nothing: give it a `path` to probe, or leave `passive` on",
        );
    }
    Params { active, passive }
}

fn active(fields: &Fields<'_>, errors: &mut Errors) -> Option<Active> {
    if !fields.has("path") {
        for key in OF_PROBES.iter().filter(|key| fields.has(key)) {
            fields.error(
                key,
                errors,
                "is about probes, and there are none: add `path: /healthz`",
            );
        }
    }
    let interval = fields.read("interval", errors, |value| least(value, default::INTERVAL_LEAST));
    let timeout = fields.read("timeout", errors, scalar::duration);
    // a default never contradicts what is written
    let bound = interval.unwrap_or(default::INTERVAL);
    if timeout.is_some_and(|timeout| timeout > bound) {
        let message = format!(
            "must not be above the interval, which is {}",
            humantime::format_duration(bound)
        );
        fields.error("timeout", errors, message);
    }
    let after = |key, default, errors: &mut Errors| {
        let after = fields.read(key, errors, |value| {
            scalar::count(value, 1, default::IN_A_ROW_LIMIT)
        });
        after.map_or(default, |after| after as u32)
    };
    let unhealthy_after = after("unhealthy_after", default::UNHEALTHY_AFTER, errors);
    let healthy_after = after("healthy_after", default::HEALTHY_AFTER, errors);
    let status = statuses(fields, "status", errors);
    let initially = fields.read("initially", errors, |value| match scalar::text(value)? {
        "healthy" => Ok(false),
        "unhealthy" => Ok(true),
        other => Err(format!("`{}` is neither `healthy` nor `unhealthy`", shown(other))),
    });
    let (host, body) = (
        fields.read("host", errors, host),
        fields.read("body", errors, expected),
    );
    let port = fields.read("port", errors, |value| scalar::count(value, 1, u16::MAX.into()));
    Some(Active {
        path: fields.read("path", errors, target)?,
        port: port.map(|port| port as u16),
        host,
        interval: bound,
        timeout: timeout.unwrap_or(default::TIMEOUT.min(bound)),
        unhealthy_after,
        healthy_after,
        status: status.or_else(|| ranges(&default::STATUS))?,
        body,
        initially_unhealthy: initially.unwrap_or(false),
    })
}

fn passive(found: Option<&Found<'_>>, errors: &mut Errors) -> Option<Passive> {
    let fields = match found {
        Some(found) => Some(found.fields(&PASSIVE_KEYS, errors)?),
        None => None,
    };
    let fields = fields.as_ref();
    let count = |key, most, default, errors: &mut Errors| {
        let count = fields.and_then(|fields| fields.read(key, errors, |value| scalar::count(value, 1, most)));
        count.unwrap_or(default)
    };
    let share = |key, default, errors: &mut Errors| {
        let share = fields.and_then(|fields| fields.read(key, errors, share));
        share.unwrap_or(default)
    };
    let duration =
        |key, errors: &mut Errors| fields.and_then(|fields| fields.read(key, errors, scalar::duration));
    let window =
        fields.and_then(|fields| fields.read("window", errors, |value| least(value, default::WINDOW_LEAST)));
    let in_a_row = default::IN_A_ROW_LIMIT;
    let errors_in_a_row = count("errors", in_a_row, default::ERRORS.into(), errors) as u32;
    let connect_failures = count(
        "connect_failures",
        in_a_row,
        default::CONNECT_FAILURES.into(),
        errors,
    ) as u32;
    let min_requests = count("min_requests", COUNT_MAX, default::MIN_REQUESTS, errors);
    let error_ratio = share("error_ratio", Share::HALF, errors);
    let ejected_max = share("ejected_max", Share::HALF, errors);
    let statuses = fields.and_then(|fields| statuses(fields, "statuses", errors));
    let cooldown = duration("cooldown", errors);
    let most = duration("cooldown_max", errors);
    let cooldown = cooldown.unwrap_or(default::COOLDOWN.min(most.unwrap_or(Duration::MAX)));
    let cooldown_max = most.unwrap_or(default::COOLDOWN_MAX.max(cooldown));
    if let Some(fields) = fields.filter(|_| cooldown_max < cooldown) {
        let message = format!(
            "must not be below the cooldown, which is {}",
            humantime::format_duration(cooldown)
        );
        fields.error("cooldown_max", errors, message);
    }
    Some(Passive {
        errors: errors_in_a_row,
        connect_failures,
        error_ratio,
        window: window.unwrap_or(default::WINDOW),
        min_requests,
        statuses: statuses.or_else(|| ranges(&default::ERROR_STATUSES))?,
        cooldown,
        cooldown_max,
        ejected_max,
    })
}

pub(super) fn least(value: &Value, least: Duration) -> Result<Duration, String> {
    let duration = scalar::duration(value)?;
    if duration < least {
        let shown = humantime::format_duration;
        return Err(format!(
            "{} is too short: at least {}",
            shown(duration),
            shown(least)
        ));
    }
    Ok(duration)
}

pub(super) fn share(value: &Value) -> Result<Share, String> {
    let part = match value {
        Value::Float(part) => *part,
        // 0 and 1; others are out of range whatever they come to
        Value::Integer(part) => *part as f64,
        _ => return Err(format!("expected a share such as 0.5, found {}", kind(value))),
    };
    Share::try_new(part).map_err(|error| format!("{part} {error}"))
}

fn ranges(ranges: &[(u16, u16)]) -> Option<Statuses> {
    Statuses::try_new(ranges).ok()
}

pub(super) fn statuses(fields: &Fields<'_>, key: &str, errors: &mut Errors) -> Option<Statuses> {
    let found = fields.get(key, errors)?;
    let ranges = status_ranges(&found, errors)?;
    found.read(errors, |_| {
        Statuses::try_new(&ranges).map_err(|error| error.to_string())
    })
}

/// A status, a range of them, or a list of both.
pub(super) fn status_ranges(found: &Found<'_>, errors: &mut Errors) -> Option<Vec<(u16, u16)>> {
    match &found.node.value {
        Value::List(_) => {
            // one more than is allowed, so that a list that is too long is refused and not read
            let list = found.list(errors)?.into_iter().take(RANGES_MAX + 1);
            let read: Vec<_> = list.map(|found| found.read(errors, range)).collect();
            read.into_iter().collect()
        }
        _ => Some(vec![found.read(errors, range)?]),
    }
}

fn range(value: &Value) -> Result<(u16, u16), String> {
    let bad = || {
        format!(
            "expected a status such as 503 or a range such as 500-599, found {}",
            kind(value)
        )
    };
    let range = match value {
        Value::Integer(status) => {
            let status = u16::try_from(*status).map_err(|_| bad())?;
            (status, status)
        }
        Value::Text(text) => {
            let (first, last) = text.split_once('-').ok_or_else(bad)?;
            let end = |text: &str| text.trim().parse::<u16>().map_err(|_| bad());
            (end(first)?, end(last)?)
        }
        _ => return Err(bad()),
    };
    // each by itself, so that every one that is wrong is named
    let alone = Statuses::try_new(&[range]).map_err(|error| error.to_string());
    alone.map(|_| range)
}

fn target(value: &Value) -> Result<String, String> {
    let path = scalar::text(value)?;
    if path.len() > default::PATH_BYTES_MAX {
        return Err(format!(
            "is {} bytes long: a path to probe has at most {}",
            path.len(),
            default::PATH_BYTES_MAX
        ));
    }
    if !path.starts_with('/') || RequestHead::new(Vec::new(), "GET", path).is_none() {
        return Err(format!(
            "`{}` is no path to probe: write it as /healthz, with `%20` for a space",
            shown(path)
        ));
    }
    Ok(path.to_owned())
}

fn host(value: &Value) -> Result<String, String> {
    let host = scalar::text(value)?;
    if host.is_empty() || host.len() > default::HOST_BYTES_MAX || check_value("host", host).is_err() {
        return Err(format!(
            "`{}` is no host: write it as shop.internal or shop.internal:8080",
            shown(host)
        ));
    }
    Ok(host.to_owned())
}

fn expected(value: &Value) -> Result<String, String> {
    let text = scalar::text(value)?;
    let most = default::EXPECTED_BYTES_MAX;
    match text.len() {
        0 => Err("is empty: write a text to look for, or leave the key out".to_owned()),
        len if len > most => Err(format!("is {len} bytes long: at most {most} are looked for")),
        _ => Ok(text.to_owned()),
    }
}
