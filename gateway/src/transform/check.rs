//! Which names and values a config may edit: refused at load, so that nothing has to be refused on the way.
//!
//! Never editable: fields that frame a message or speak of one connection (RFC 9110 §7.6.1), which the engine makes anew, and
//! those by which the gateway tells upstreams who the user is. Each in any spelling, `_` for `-` too.

use super::names::{is_identity, speaks_of_hops};
use http1::head::{FieldName, FieldValue, Name};
use std::fmt;

/// Bytes of a name: far more than any registered one has, and little in an error.
const NAME_BYTES_MAX: usize = 128;

/// Bytes of a value: what many servers take of a whole head.
const VALUE_BYTES_MAX: usize = 4 * 1024;

/// Which way the fields go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// To the upstream.
    Request,
    /// To the client.
    Response,
}

/// Why something cannot be edited; completes "`path`: …".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadEdit(String);

impl fmt::Display for BadEdit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadEdit {}

/// A name to set, add or remove, in lower case.
pub fn check_name(text: &str, direction: Direction) -> Result<Box<str>, BadEdit> {
    let name = parse(text)?;
    let lower = text.to_ascii_lowercase();
    let folded = lower.replace('_', "-");
    if Name::of(folded.as_bytes()).is_hop_by_hop() {
        let why =
            "speaks of one connection or frames a message, and is made anew on each: it cannot be edited";
        return Err(BadEdit(format!("`{lower}` {why}")));
    }
    if direction == Direction::Request && is_identity(name) {
        let why = "is how upstreams are told who the user is: it cannot be edited";
        return Err(BadEdit(format!("`{lower}` {why}")));
    }
    if direction == Direction::Response && folded == "date" {
        return Err(BadEdit(
            "every answer has its `date`: it cannot be edited".to_owned(),
        ));
    }
    Ok(lower.into())
}

/// A name of an allow- or deny-list, in lower case.
pub fn check_listed(text: &str) -> Result<Box<str>, BadEdit> {
    let lower = check_name(text, Direction::Request)?;
    let name = parse(text)?;
    if name.id() == Name::Host {
        return Err(BadEdit(
            "a request always has its `host`: leave it out".to_owned(),
        ));
    }
    if speaks_of_hops(name.id(), name) {
        let why = "follows `trusted_proxies`, and not this list: leave it out";
        return Err(BadEdit(format!("`{lower}` {why}")));
    }
    Ok(lower)
}

/// A value as it will be sent, without blanks around it. That of `host` is a host, with or without a port.
pub fn check_value(name: &str, text: &str) -> Result<Box<str>, BadEdit> {
    if text.len() > VALUE_BYTES_MAX {
        let len = text.len();
        return Err(BadEdit(format!("is {len} bytes long: at most {VALUE_BYTES_MAX}")));
    }
    let value = FieldValue::new(text.as_bytes()).and_then(FieldValue::text);
    let Some(value) = value else {
        let why = "has a line ending or another control character, which would begin a field of its own";
        return Err(BadEdit(why.to_owned()));
    };
    if name == "host" && !is_host(value) {
        return Err(BadEdit(
            "is no host: write it as example.com or example.com:8080".to_owned(),
        ));
    }
    Ok(value.into())
}

fn parse(text: &str) -> Result<FieldName<'_>, BadEdit> {
    if text.len() > NAME_BYTES_MAX {
        let len = text.len();
        return Err(BadEdit(format!(
            "is {len} bytes long: a field's name has at most {NAME_BYTES_MAX}"
        )));
    }
    FieldName::new(text.as_bytes()).ok_or_else(|| {
        let shown: String = text.escape_debug().collect();
        BadEdit(format!(
            "`{shown}` is no field's name: letters, digits and `-`, as in X-Name"
        ))
    })
}

/// By the engine that judges a client's, so that an upstream of our kind takes it.
fn is_host(value: &str) -> bool {
    let head = format!("GET / HTTP/1.1\r\nHost: {value}\r\n\r\n");
    let mut engine = http1::connection::Server::new(http1::head::Limits::default());
    !value.is_empty() && engine.receive(head.as_bytes(), &mut Vec::new()).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(text: &str, direction: Direction) -> bool {
        check_name(text, direction).is_err()
    }

    #[test]
    fn what_cannot_be_edited_in_any_spelling() {
        for name in [
            "Content-Length",
            "transfer_encoding",
            "CONNECTION",
            "keep-alive",
            "TE",
            "Trailer",
            "Upgrade",
            "Expect",
            "proxy-connection",
            "Proxy_Authorization",
            "",
            "a b",
            "a:",
            "a\r\nb",
            "é",
        ] {
            assert!(is_refused(name, Direction::Request), "{name}");
            assert!(is_refused(name, Direction::Response), "{name}");
            assert!(check_listed(name).is_err(), "{name}");
        }
        for (name, request, response) in [
            ("X-User-Id", true, false),
            ("x_tenant_id", true, false),
            ("Date", false, true),
            ("Host", false, false),
            ("Set-Cookie", false, false),
            ("X-Forwarded-For", false, false),
        ] {
            let refused = (
                is_refused(name, Direction::Request),
                is_refused(name, Direction::Response),
            );
            assert_eq!(refused, (request, response), "{name}");
        }
        for (name, listed) in [
            ("Cookie", true),
            ("Host", false),
            ("x_real_ip", false),
            ("Forwarded", false),
        ] {
            assert_eq!(check_listed(name).is_ok(), listed, "{name}");
        }
    }

    #[test]
    fn values_hold_no_line_and_hosts_are_hosts() {
        for (name, value, expected) in [
            ("x", " a b\t", Some("a b")),
            ("x", "", Some("")),
            ("x", "é", Some("é")),
            ("x", "a\r\nX-Evil: 1", None),
            ("x", "a\n", None),
            ("x", "\0", None),
            ("host", "a.example:8080", Some("a.example:8080")),
            ("host", "[::1]", Some("[::1]")),
            ("host", "a b", None),
            ("host", "", None),
        ] {
            assert_eq!(
                check_value(name, value).ok().as_deref(),
                expected,
                "{name}: {value:?}"
            );
        }
        assert!(check_value("x", &"y".repeat(VALUE_BYTES_MAX + 1)).is_err());
        assert!(check_name(&"y".repeat(NAME_BYTES_MAX + 1), Direction::Request).is_err());
    }
}
