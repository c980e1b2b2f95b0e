//! The host of a rule and the host of a request, made comparable.
//!
//! A rule's host is a name, an address, or a wildcard: `*.shop.com` is every name below `shop.com`, by one label
//! or more, and not `shop.com` itself.
//!
//! A rule's host is checked and lower-cased once; a request's is compared as it came, byte by byte without
//! case, so that looking it up allocates nothing. Port and trailing dot are no part of the comparison:
//! `API.shop.com.:8080` is `api.shop.com`.
//!
//! An IPv6 literal is kept in its canonical spelling; a request that spells it otherwise is another host.

use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

/// RFC 1035 §2.3.4.
pub(super) const NAME_BYTES_MAX: usize = 253;
const LABEL_BYTES_MAX: usize = 63;

/// A rule's host: a lower-case DNS name, perhaps below a `*.`, an IPv4 address or a bracketed IPv6 address; no port.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Host(Box<str>);

impl Host {
    pub fn try_new(text: &str) -> Result<Host, BadHost> {
        if text.is_empty() {
            return Err(BadHost("is empty: leave it out to match any host".to_owned()));
        }
        if text.contains('*') {
            return wildcard(text);
        }
        if text.contains("://") {
            return Err(BadHost(format!("`{text}` is a URL: write the host alone")));
        }
        if let Some(inner) = text.strip_prefix('[') {
            return bracketed(text, inner);
        }
        if text.parse::<Ipv6Addr>().is_ok() {
            return Err(BadHost(format!(
                "`{text}` is an IPv6 address: write it in brackets, `\"[{text}]\"`"
            )));
        }
        if let Some((host, _)) = text.split_once(':') {
            return Err(BadHost(format!(
                "`{text}` has a port, which no rule compares: write `{host}`"
            )));
        }
        if text.ends_with('.') {
            let host = text.trim_end_matches('.');
            return Err(BadHost(format!(
                "`{text}` ends in a dot, which no rule compares: write `{host}`"
            )));
        }
        name(text)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with('*')
    }

    /// What the end of a request's host has to be, or all of it: `.shop.com` of a wildcard, `shop.com` of a name.
    pub(super) fn key(&self) -> &str {
        self.0.strip_prefix('*').unwrap_or(&self.0)
    }

    /// Whether this host takes all that `other` takes, and more.
    pub(super) fn contains(&self, other: &Host) -> bool {
        self.is_wildcard() && self != other && other.0.ends_with(self.key())
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The part of a `Host` header or of an authority that rules compare: no port, no trailing dot.
pub(super) fn bare(host: &str) -> &str {
    if host.starts_with('[') {
        return host.find(']').map_or(host, |end| &host[..=end]);
    }
    // a plain loop: hosts are short, and searchers have to be set up
    let name = host
        .bytes()
        .position(|byte| byte == b':')
        .map_or(host, |colon| &host[..colon]);
    name.strip_suffix('.').unwrap_or(name)
}

fn wildcard(text: &str) -> Result<Host, BadHost> {
    if text == "*" {
        return Err(BadHost("`*` is any host: leave it out".to_owned()));
    }
    let Some(below) = text.strip_prefix("*.").filter(|below| !below.contains('*')) else {
        return Err(BadHost(format!(
            "`{text}` has a wildcard in it: one stands for whole labels and comes first, as in `*.shop.com`"
        )));
    };
    let below = Host::try_new(below)?;
    if below.0.starts_with('[') || is_numeric(&below.0) {
        return Err(BadHost(format!(
            "`{text}` is a wildcard over addresses: list each"
        )));
    }
    Ok(Host(format!("*.{below}").into()))
}

fn bracketed(text: &str, inner: &str) -> Result<Host, BadHost> {
    match inner.split_once(']') {
        Some((address, "")) => match address.parse::<Ipv6Addr>() {
            Ok(address) => Ok(Host(format!("[{address}]").into())),
            Err(_) => Err(BadHost(format!("`{text}` has no IPv6 address in its brackets"))),
        },
        Some((address, _)) => Err(BadHost(format!(
            "`{text}` has a port, which no rule compares: write `\"[{address}]\"`"
        ))),
        None => Err(BadHost(format!("`{text}` has no closing bracket"))),
    }
}

fn name(text: &str) -> Result<Host, BadHost> {
    if text.len() > NAME_BYTES_MAX {
        return Err(BadHost(format!(
            "is {} bytes long: at most {NAME_BYTES_MAX}",
            text.len()
        )));
    }
    for label in text.split('.') {
        let fault = if label.is_empty() {
            "has an empty label"
        } else if label.len() > LABEL_BYTES_MAX {
            "has a label of more than 63 bytes"
        } else if label.starts_with('-') || label.ends_with('-') {
            "has a label that begins or ends with a hyphen"
        } else if !label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        {
            "has a character that no host name has; letters beyond ASCII are written as `xn--…`"
        } else {
            continue;
        };
        return Err(BadHost(format!("`{text}` {fault}")));
    }
    // 10.0.0.256 is a valid name and certainly not what was meant
    if is_numeric(text) && text.parse::<Ipv4Addr>().is_err() {
        return Err(BadHost(format!("`{text}` is not an IPv4 address")));
    }
    Ok(Host(text.to_ascii_lowercase().into()))
}

fn is_numeric(text: &str) -> bool {
    text.split('.')
        .all(|label| label.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Why a text is no [`Host`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadHost(String);

impl fmt::Display for BadHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "host {}", self.0)
    }
}

impl std::error::Error for BadHost {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_names_and_addresses_in_lower_case() {
        for (text, host) in [
            ("api.shop.com", "api.shop.com"),
            ("API.Shop.COM", "api.shop.com"),
            ("localhost", "localhost"),
            ("a_b.example", "a_b.example"),
            ("10.0.0.1", "10.0.0.1"),
            ("[::1]", "[::1]"),
            ("[2001:DB8:0::1]", "[2001:db8::1]"),
            ("*.Shop.com", "*.shop.com"),
            ("*.com", "*.com"),
        ] {
            assert_eq!(Host::try_new(text).unwrap().as_str(), host);
        }
    }

    #[test]
    fn refuses_what_no_request_could_name() {
        for text in [
            "",
            "*",
            "*.",
            "**.com",
            "a.*.com",
            "*a.com",
            "*.*.com",
            "*.shop.com:80",
            "*.shop.com.",
            "*.10.0.0.1",
            "*.0.1",
            "*.[::1]",
            "shop.com:80",
            "shop.com.",
            "a..b",
            "-a.b",
            "a-.b",
            "a b",
            "müll.de",
            "10.0.0.256",
            "::1",
            "[::1",
            "[::1]:80",
            "[x]",
            "http://shop.com",
            "a/b",
        ] {
            assert!(Host::try_new(text).is_err(), "{text}");
        }
        assert!(Host::try_new(&"a".repeat(64)).is_err());
        assert!(Host::try_new(&["abcdefg"; 32].join(".")).is_err());
    }

    #[test]
    fn bare_drops_port_and_trailing_dot() {
        for (text, expected) in [
            ("shop.com", "shop.com"),
            ("shop.com:8080", "shop.com"),
            ("shop.com.:8080", "shop.com"),
            ("shop.com.", "shop.com"),
            ("[::1]:80", "[::1]"),
            ("[::1]", "[::1]"),
            ("[::1", "[::1"),
            (":80", ""),
            ("", ""),
        ] {
            assert_eq!(bare(text), expected, "{text}");
        }
    }
}
