//! Single values: text to what it stands for, with errors that say what to write instead.
//!
//! Each function judges one value by itself. Ranges that depend on other keys are validation's.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use super::defaults::{COUNT_MAX, DURATION_MAX, NAME_BYTES_MAX};
use super::raw::Value;
use super::reader::{kind, shown};

pub(super) fn text(value: &Value) -> Result<&str, String> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Integer(_) | Value::Float(_) | Value::Bool(_) => {
            Err(format!("expected text, found {}: put it in quotes", kind(value)))
        }
        _ => Err(format!("expected text, found {}", kind(value))),
    }
}

/// Text that may be a secret: a number in its place, which may be one without its quotes, is not shown.
pub(super) fn secret(value: &Value) -> Result<&str, String> {
    match value {
        Value::Integer(_) | Value::Float(_) => {
            Err("expected text, found a number: put it in quotes".to_owned())
        }
        _ => text(value),
    }
}

/// The name of a route or an upstream: it becomes a metric label, a log field and part of paths in errors.
pub(super) fn name(value: &Value) -> Result<String, String> {
    let name = text(value)?;
    check_name(name).map(|()| name.to_owned())
}

pub(super) fn check_name(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("is empty: a name is needed".to_owned());
    }
    if name.len() > NAME_BYTES_MAX {
        return Err(format!(
            "is {} bytes long: a name has at most {NAME_BYTES_MAX}",
            name.len()
        ));
    }
    if !name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    {
        return Err(format!(
            "`{}` is no name: letters, digits, `-`, `_` and `.` only",
            shown(name)
        ));
    }
    Ok(())
}

pub(super) fn boolean(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(value) => Ok(*value),
        _ => Err(format!("expected true or false, found {}", kind(value))),
    }
}

/// A whole number within bounds, both included.
pub(super) fn count(value: &Value, least: u64, most: u64) -> Result<u64, String> {
    let Value::Integer(number) = value else {
        return Err(format!("expected a whole number, found {}", kind(value)));
    };
    match u64::try_from(*number) {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("{number} is out of range: {least} to {most}")),
    }
}

/// A count of things kept in memory, at least `least`.
pub(super) fn bound(least: u64) -> impl Fn(&Value) -> Result<usize, String> {
    move |value| count(value, least, COUNT_MAX).map(|number| number as usize)
}

/// Above zero, at most [`DURATION_MAX`], always with a unit.
pub(super) fn duration(value: &Value) -> Result<Duration, String> {
    match duration_or_none(value)? {
        Duration::ZERO => Err("has to be more than zero".to_owned()),
        duration => Ok(duration),
    }
}

/// A duration that may be zero.
pub(super) fn duration_or_none(value: &Value) -> Result<Duration, String> {
    let text = match value {
        Value::Integer(number) => return Err(no_unit(&number.to_string())),
        Value::Float(number) => return Err(no_unit(&number.to_string())),
        Value::Text(text) if text.parse::<f64>().is_ok() => return Err(no_unit(text)),
        Value::Text(text) => text,
        _ => {
            return Err(format!(
                "expected a duration such as 800ms or 5s, found {}",
                kind(value)
            ));
        }
    };
    let duration = humantime::parse_duration(text).map_err(|_| {
        format!(
            "`{}` is no duration: write it as 800ms, 5s or 1m 30s",
            shown(text)
        )
    })?;
    if duration > DURATION_MAX {
        return Err(format!(
            "{text} is too long: at most {}",
            humantime::format_duration(DURATION_MAX)
        ));
    }
    Ok(duration)
}

fn no_unit(number: &str) -> String {
    if number.starts_with('-') {
        return format!("`{number}` is no duration: write it as 800ms, 5s or 1m 30s");
    }
    if number.parse::<f64>() == Ok(0.0) {
        return "has to be more than zero, and needs a unit: write it as 800ms or 5s".to_owned();
    }
    if number.contains(['.', 'e', 'E']) {
        return format!("`{number}` has no unit: write it as 800ms, 5s or 1m 30s");
    }
    format!("`{number}` has no unit: write {number}ms or {number}s")
}

const UNITS: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// A number of bytes: plain, or with a binary unit. `KB` is 1000 to some and 1024 to others, so it is not
/// taken.
pub(super) fn size(value: &Value) -> Result<u64, String> {
    let bad = |text: &str| {
        format!(
            "`{}` is no size: write it as 65536, 64KiB, 1MiB or 1GiB",
            shown(text)
        )
    };
    let text = match value {
        Value::Integer(number) => {
            return u64::try_from(*number).map_err(|_| bad(&number.to_string()));
        }
        Value::Text(text) => text,
        _ => return Err(format!("expected a size such as 64KiB, found {}", kind(value))),
    };
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let unit = unit.trim_start();
    let factor = UNITS
        .iter()
        .find(|(name, _)| *name == unit)
        .map(|(_, factor)| *factor);
    match (number.parse::<u64>(), factor) {
        (Ok(number), Some(factor)) => number
            .checked_mul(factor)
            .ok_or_else(|| format!("{} is too large", shown(text))),
        (Ok(number), None) => match unit.chars().next().map(|letter| letter.to_ascii_uppercase()) {
            Some(letter @ ('K' | 'M' | 'G')) if unit.len() <= 3 => Err(format!(
                "`{}` has an unclear unit: write {number}{letter}iB",
                shown(text)
            )),
            _ => Err(bad(text)),
        },
        _ => Err(bad(text)),
    }
}

/// As [`size`] takes it, in the largest unit that is exact.
pub(super) fn format_size(bytes: u64) -> String {
    let unit = UNITS
        .iter()
        .find(|(_, factor)| bytes >= *factor && bytes.is_multiple_of(*factor));
    unit.map_or_else(
        || bytes.to_string(),
        |(name, factor)| format!("{}{name}", bytes / factor),
    )
}

/// `ip:port` to listen on; port 0 is any free one.
pub(super) fn listen_addr(value: &Value) -> Result<SocketAddr, String> {
    if let Value::Integer(port) = value {
        return Err(format!(
            "expected an address, found the number {port}: write `127.0.0.1:{port}`"
        ));
    }
    address(text(value)?)
}

/// `ip:port` to connect to.
pub(super) fn connect_addr(value: &Value) -> Result<SocketAddr, String> {
    let addr = address(text(value)?)?;
    if addr.port() == 0 {
        return Err(format!("`{addr}` has port 0, which nothing can be reached at"));
    }
    if addr.ip().is_unspecified() {
        return Err(format!(
            "`{addr}` is no address to connect to: 0.0.0.0 and [::] are for listening"
        ));
    }
    Ok(addr)
}

fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| {
        let (fault, example) = address_fault(text);
        format!("`{}` {fault}: write it as {example}", shown(text))
    })
}

/// What keeps a text from being an address, and what it may have been meant to be.
fn address_fault(text: &str) -> (&'static str, String) {
    let example = || "127.0.0.1:8080".to_owned();
    if text.contains("://") {
        return ("is a URL", example());
    }
    if text.contains(char::is_whitespace) {
        return ("has a space in it", example());
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return (
            "is an IPv6 address without brackets and port",
            "\"[::1]:8080\"".to_owned(),
        );
    }
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !text.ends_with(']') => (host, port),
        _ => (text, ""),
    };
    let host_is_good = host.parse::<Ipv4Addr>().is_ok() || host.starts_with('[') && host.ends_with(']');
    if port.is_empty() && host_is_good {
        return ("has no port", format!("{host}:8080"));
    }
    if port.is_empty() {
        return ("is no address with a port", example());
    }
    if !port.bytes().all(|byte| byte.is_ascii_digit()) {
        return ("has a port that is no number", example());
    }
    if port.parse::<u16>().is_err() {
        return (
            "has a port out of range, which is 0 to 65535",
            format!("{host}:8080"),
        );
    }
    if host.is_empty() {
        return ("has no IP address", format!("127.0.0.1:{port}"));
    }
    if host.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.') || host.contains([':', '[']) {
        return ("has an IP address that is none", format!("127.0.0.1:{port}"));
    }
    (
        "has a host name, and this takes an IP address",
        format!("127.0.0.1:{port}"),
    )
}
