//! `server`, `access_log`, `trusted_proxies`: what holds for every client's connection.

use std::path::PathBuf;

use crate::config::cidr::Cidr;
use crate::config::defaults::{TRUSTED_PROXIES_MAX, server as default};
use crate::config::plan::{AccessLog, LogTarget, ServerLimits};
use crate::config::raw::Value;
use crate::config::reader::{Errors, Found, Keys, shown};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &[
        "first_byte_timeout",
        "header_timeout",
        "idle_timeout",
        "body_timeout",
        "body_rate_min",
        "write_timeout",
        "headers_max",
        "header_bytes_max",
        "connections_max",
        "connections_per_ip_max",
    ],
    planned: &[],
};

const LOG_KEYS: Keys = Keys {
    known: &["path"],
    planned: &["format", "fields", "sample"],
};

pub(super) fn limits(found: Option<&Found<'_>>, errors: &mut Errors) -> ServerLimits {
    let mut limits = ServerLimits {
        first_byte_timeout: default::FIRST_BYTE_TIMEOUT,
        header_timeout: default::HEADER_TIMEOUT,
        idle_timeout: default::IDLE_TIMEOUT,
        body_timeout: default::BODY_TIMEOUT,
        body_rate_min: default::BODY_RATE_MIN,
        write_timeout: default::WRITE_TIMEOUT,
        headers_max: default::HEADERS_MAX,
        header_bytes_max: default::HEADER_BYTES_MAX,
        connections_max: default::CONNECTIONS_MAX,
        connections_per_ip_max: default::CONNECTIONS_PER_IP_MAX,
    };
    let Some(fields) = found.and_then(|found| found.fields(&KEYS, errors)) else {
        return limits;
    };
    for (key, deadline) in [
        ("first_byte_timeout", &mut limits.first_byte_timeout),
        ("header_timeout", &mut limits.header_timeout),
        ("idle_timeout", &mut limits.idle_timeout),
        ("body_timeout", &mut limits.body_timeout),
        ("write_timeout", &mut limits.write_timeout),
    ] {
        *deadline = fields.read(key, errors, scalar::duration).unwrap_or(*deadline);
    }
    let body_rate_min = fields.read("body_rate_min", errors, |value| {
        size_within(value, 0, default::BODY_RATE_LIMIT)
    });
    limits.body_rate_min = body_rate_min.unwrap_or(limits.body_rate_min);
    let headers_max = fields.read("headers_max", errors, |value| {
        scalar::count(value, 1, default::HEADERS_LIMIT)
    });
    limits.headers_max = headers_max.map_or(limits.headers_max, |number| number as usize);
    let header_bytes_max = fields.read("header_bytes_max", errors, |value| {
        size_within(value, default::HEADER_BYTES_LEAST, default::HEADER_BYTES_LIMIT)
    });
    limits.header_bytes_max = header_bytes_max.map_or(limits.header_bytes_max, |bytes| bytes as usize);
    let connections_max = fields.read("connections_max", errors, scalar::bound(1));
    // one that cannot be read is no bound to judge others by
    let bound = connections_max.or((!fields.has("connections_max")).then_some(default::CONNECTIONS_MAX));
    let one = fields.read("connections_per_ip_max", errors, scalar::bound(1));
    if let (Some(one), Some(all)) = (one, bound)
        && one > all
    {
        let message =
            format!("{one} is more than connections_max, which is {all} for all addresses together");
        fields.error("connections_per_ip_max", errors, message);
    }
    limits.connections_max = connections_max.unwrap_or(limits.connections_max);
    limits.connections_per_ip_max = one.or(limits.connections_per_ip_max);
    limits
}

fn size_within(value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let bytes = scalar::size(value)?;
    if !(least..=most).contains(&bytes) {
        let shown = scalar::format_size;
        return Err(format!(
            "{} is out of range: {} to {}",
            shown(bytes),
            shown(least),
            shown(most)
        ));
    }
    Ok(bytes)
}

pub(super) fn access_log(found: &Found<'_>, errors: &mut Errors) -> Option<AccessLog> {
    let fields = found.fields(&LOG_KEYS, errors)?;
    let target = fields
        .require("path", "path: stdout", errors)?
        .read(errors, log_target)?;
    Some(AccessLog { target })
}

fn log_target(value: &Value) -> Result<LogTarget, String> {
    match scalar::text(value)? {
        "stdout" => Ok(LogTarget::Stdout),
        "" => Err("is empty: write `stdout` or the path of a file".to_owned()),
        path if path.ends_with('/') => Err(format!(
            "`{}` is a directory: write the path of a file",
            shown(path)
        )),
        path if path.contains('\0') => Err("has a NUL character, which no path has".to_owned()),
        path => Ok(LogTarget::File(PathBuf::from(path))),
    }
}

pub(super) fn trusted_proxies(found: &Found<'_>, errors: &mut Errors) -> Vec<Cidr> {
    let list = found.list(errors).unwrap_or_default();
    if list.len() > TRUSTED_PROXIES_MAX {
        found.error(
            errors,
            format!(
                "{} ranges are too many: at most {TRUSTED_PROXIES_MAX}",
                list.len()
            ),
        );
        return Vec::new();
    }
    let mut ranges: Vec<Cidr> = Vec::new();
    for found in &list {
        let range = found.read(errors, |value| {
            scalar::text(value)?
                .parse::<Cidr>()
                .map_err(|error| error.to_string())
        });
        match range {
            Some(range) if ranges.contains(&range) => {
                found.error(errors, format!("`{range}` is listed twice"))
            }
            Some(range) => ranges.push(range),
            None => {}
        }
    }
    ranges
}
