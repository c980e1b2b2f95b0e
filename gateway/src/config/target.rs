//! What a replica is written as: `ip:port`, or `name:port` that has to be looked up.
//!
//! A name is what a resolver takes (RFC 1123 §2.1, and `_`, which service names have): letters, digits, `-`, `_`, in labels.
//! Its last label is not all digits, so that an address with a typo is never sent to a resolver. A dot at the end
//! keeps the search domains of the machine out, as everywhere.

use std::net::SocketAddr;

use super::raw::Value;
use super::reader::shown;
use super::scalar;

/// What a name may have in all, and in each label (RFC 1035 §2.3.4).
const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// Where a replica is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Target {
    /// One spelling for each.
    pub(super) name: String,
    /// `None`: a name.
    pub(super) addr: Option<SocketAddr>,
}

pub(super) fn target(value: &Value) -> Result<Target, String> {
    let text = scalar::text(value)?;
    if let Some((host, port)) = split(text).filter(|(host, _)| seems_a_name(host)) {
        if !is_name(host) {
            return Err(format!(
                "`{}` has a host that is no name: letters, digits, `-` and `_` between dots",
                shown(text)
            ));
        }
        if port == 0 {
            return Err(format!("`{text}` has port 0, which nothing can be reached at"));
        }
        return Ok(Target {
            name: format!("{}:{port}", host.to_ascii_lowercase()),
            addr: None,
        });
    }
    let addr = scalar::connect_addr(value)?;
    Ok(Target {
        name: addr.to_string(),
        addr: Some(addr),
    })
}

fn split(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':')?;
    let digits = port.bytes().all(|byte| byte.is_ascii_digit());
    Some((host, port.parse().ok().filter(|_| digits)?))
}

/// Whether it is meant as a name, right or wrong, and as nothing that errors about addresses explain better.
fn seems_a_name(host: &str) -> bool {
    let number = |byte: u8| byte.is_ascii_digit() || byte == b'.';
    !host.bytes().all(number) && !host.contains([':', '[', ' '])
}

fn is_name(host: &str) -> bool {
    let labels = host.strip_suffix('.').unwrap_or(host);
    let is_label = |label: &str| {
        let letters = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LABEL_BYTES_MAX).contains(&label.len())
            && label.bytes().all(letters)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = labels.rsplit('.').next().unwrap_or_default();
    labels.len() <= NAME_BYTES_MAX
        && labels.split('.').all(is_label)
        && !last.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Target, String> {
        target(&Value::Text(text.to_owned()))
    }

    #[test]
    fn names_have_one_spelling() {
        for (text, name) in [
            ("payments.internal:8080", "payments.internal:8080"),
            ("Payments.Internal.:080", "payments.internal.:80"),
            ("localhost:1", "localhost:1"),
            ("_http.a-b.c1:65535", "_http.a-b.c1:65535"),
            ("1.2.3.4a:80", "1.2.3.4a:80"),
        ] {
            let expected = Target {
                name: name.to_owned(),
                addr: None,
            };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn addresses_are_addresses() {
        for (text, name) in [("10.0.0.1:080", "10.0.0.1:80"), ("[0:0::1]:80", "[::1]:80")] {
            let expected = Target {
                name: name.to_owned(),
                addr: name.parse().ok(),
            };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        let long = format!("{}:80", ["abcdefgh"; 29].join("."));
        let label = format!("{}:80", "a".repeat(64));
        for text in [
            "payments.internal",
            "payments.internal:",
            "payments.internal:0",
            "payments.internal:65536",
            "payments.internal:+80",
            ":80",
            ".:80",
            "a..b:80",
            "-a:80",
            "a-.b:80",
            "a b:80",
            "a/b:80",
            "größe:80",
            "http://a:80",
            "1.2.3:80",
            "10.0.0.256:80",
            "a.1:80",
            "a:b:80",
            "*.a:80",
            &long,
            &label,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
