//! Who the client is, by what the hops before us say, and what we say of him (RFC 7239, and the fields it was made from).
//!
//! A list of hops grows to the right: each proxy appends whom it took the request from. Anything may stand on the left, for a client
//! writes what it likes. So the list is read from the right, past the proxies that are trusted, and the first address that
//! is not one of them is the client's: somebody trusted has seen it. What is no address (`unknown`, an obfuscated name) ends the
//! reading: nothing on its left is vouched for.

use http1::head::{FieldValue, Fields, Name};
use std::fmt;
use std::net::{IpAddr, SocketAddr};

/// Hops that are looked at, from the right: more proxies in a row nobody has, and each is compared with all trusted ranges.
const HOPS_MAX: usize = 32;

/// Which fields a route writes for its upstream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Forwarded {
    None,
    /// `X-Forwarded-For`, `-Proto` and `-Host`.
    #[default]
    XForwarded,
    /// `Forwarded`.
    Rfc7239,
    Both,
}

impl Forwarded {
    pub const ALL: [Self; 4] = [Self::None, Self::XForwarded, Self::Rfc7239, Self::Both];

    pub const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::XForwarded => "x-forwarded",
            Self::Rfc7239 => "rfc7239",
            Self::Both => "both",
        }
    }

    pub(crate) const fn has_x(self) -> bool {
        matches!(self, Self::XForwarded | Self::Both)
    }

    pub(crate) const fn has_rfc7239(self) -> bool {
        matches!(self, Self::Rfc7239 | Self::Both)
    }

    /// The field that trusted peers tell of their hops in. One of the two: a proxy that keeps the one may pass on
    /// whatever a client wrote into the other.
    pub(crate) const fn believed(self) -> Name {
        match self {
            Self::Rfc7239 => Name::Forwarded,
            _ => Name::XForwardedFor,
        }
    }
}

impl fmt::Display for Forwarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The right-most hop that is not trusted; the left-most of all if all are. `peer` is trusted, and told all this.
pub(crate) fn client(fields: Fields<'_>, by: Name, peer: IpAddr, trusts: impl Fn(IpAddr) -> bool) -> IpAddr {
    let mut client = peer;
    // repeated fields are one list (RFC 9110 §5.3), and this one is read from its end
    let values = (0..fields.all(by).count()).rev();
    let values = values.filter_map(|place| fields.all(by).nth(place));
    let quotes = by == Name::Forwarded;
    let members = values.flat_map(|value| FromTheRight {
        rest: value.bytes(),
        quotes,
    });
    for member in members.take(HOPS_MAX) {
        let text = if quotes {
            for_of(member)
        } else {
            std::str::from_utf8(member).ok()
        };
        match text.and_then(address) {
            Some(hop) if trusts(hop) => client = hop,
            Some(hop) => return hop,
            None => return client,
        }
    }
    client
}

/// Appends what we know of the client as one element of `Forwarded`.
pub(crate) fn element(out: &mut Vec<u8>, peer: FieldValue<'_>, is_ipv6: bool, host: Option<FieldValue<'_>>) {
    out.extend_from_slice(b"for=");
    if is_ipv6 {
        out.extend_from_slice(b"\"[");
    }
    out.extend_from_slice(peer.bytes());
    if is_ipv6 {
        out.extend_from_slice(b"]\"");
    }
    out.extend_from_slice(b";proto=http");
    if let Some(host) = host {
        // a colon, a bracket or a comma is no part of a token
        out.extend_from_slice(b";host=\"");
        for byte in host.bytes() {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
        out.push(b'"');
    }
}

/// The members of a comma-separated list, the last one first; empty ones are left out.
///
/// Where quotes count, a comma between two is none. From the left a quote that a client never closed would swallow what the
/// proxies behind him have appended; from the right, what they wrote is read as they meant it.
struct FromTheRight<'a> {
    rest: &'a [u8],
    quotes: bool,
}

impl<'a> Iterator for FromTheRight<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        while !self.rest.is_empty() {
            let mark = self.last_comma();
            let member = self.rest[mark.map_or(0, |mark| mark + 1)..].trim_ascii();
            self.rest = &self.rest[..mark.unwrap_or(0)];
            if !member.is_empty() {
                return Some(member);
            }
        }
        None
    }
}

impl FromTheRight<'_> {
    fn last_comma(&self) -> Option<usize> {
        let mut quoted = false;
        (0..self.rest.len()).rev().find(|at| match self.rest[*at] {
            b'"' if self.quotes => {
                quoted = !quoted || is_escaped(self.rest, *at);
                false
            }
            byte => byte == b',' && !quoted,
        })
    }
}

/// Whether an odd number of backslashes stands in front.
fn is_escaped(text: &[u8], at: usize) -> bool {
    let backslashes = text[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
    backslashes % 2 == 1
}

/// Where the first part ends: at a semicolon outside of quotes, or at the end.
fn end_of(text: &[u8]) -> usize {
    let mut quoted = false;
    let end = (0..text.len()).find(|at| match text[*at] {
        b'"' => {
            quoted = !quoted || is_escaped(text, *at);
            false
        }
        byte => byte == b';' && !quoted,
    });
    end.unwrap_or(text.len())
}

/// The value of `for` in an element, without its quotes. One that says it twice says nothing.
fn for_of(mut element: &[u8]) -> Option<&str> {
    let mut found = None;
    while !element.is_empty() {
        let end = end_of(element);
        let pair = element[..end].trim_ascii();
        element = element.get(end + 1..).unwrap_or_default();
        if let Some((name, value)) = pair.split_at_checked(4)
            && name.eq_ignore_ascii_case(b"for=")
        {
            let bare = value
                .strip_prefix(b"\"")
                .and_then(|value| value.strip_suffix(b"\""));
            let value = std::str::from_utf8(bare.unwrap_or(value)).ok()?;
            if found.replace(value).is_some() {
                return None;
            }
        }
    }
    found
}

/// An address as proxies write it: with or without brackets, with or without a port.
fn address(text: &str) -> Option<IpAddr> {
    let bracketed = || text.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let ip = text.parse().ok().or_else(bracketed);
    let ip = ip.or_else(|| text.parse::<SocketAddr>().ok().map(|addr| addr.ip()));
    ip.map(|ip: IpAddr| ip.to_canonical())
}

#[cfg(test)]
#[path = "hops_tests.rs"]
mod tests;
