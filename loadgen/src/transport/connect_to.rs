//! `--connect-to`: another place to dial, while `Host`, SNI and the check of the certificate keep the URL's name.
//!
//! The grammar is curl's, `HOST1:PORT1:HOST2:PORT2`: requests for the first pair go to the second. An empty part of the
//! first pair fits everything, an empty part of the second keeps what the URL says. With one target in most runs the
//! first pair is usually noise, so that `HOST:PORT` alone is taken too. IPv6 addresses stand in brackets, as in URLs.

use std::net::Ipv6Addr;

/// Half of a rule: what is missing fits everything, or stays as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Place {
    /// Without brackets, in lower case.
    host: Option<String>,
    port: Option<u16>,
}

/// One rule, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectTo {
    from: Place,
    to: Place,
}

impl ConnectTo {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.contains("://") {
            return Err(wrong(text, "leave out the scheme"));
        }
        let parts = parts(text).map_err(|what| wrong(text, &what))?;
        let (from, to) = match parts.as_slice() {
            [host, port] => (Ok(Place::default()), place(host, port)),
            [from, from_port, to, to_port] => (place(from, from_port), place(to, to_port)),
            _ => {
                return Err(wrong(
                    text,
                    "write HOST:PORT or HOST1:PORT1:HOST2:PORT2, IPv6 addresses in brackets",
                ));
            }
        };
        let (from, to) = match (from, to) {
            (Ok(from), Ok(to)) => (from, to),
            (from, to) => {
                let whats: Vec<_> = [from, to].into_iter().filter_map(Result::err).collect();
                return Err(wrong(text, &whats.join(", ")));
            }
        };
        if to == Place::default() {
            return Err(wrong(text, "it names no place to connect to"));
        }
        Ok(Self { from, to })
    }

    /// Where to dial for `host` (brackets or not) and `port`, as `host:port` ready to be resolved; nothing when the rule
    /// is about something else.
    pub fn instead_of(&self, host: &str, port: u16) -> Option<String> {
        let host = bare(host);
        let fits = self
            .from
            .host
            .as_ref()
            .is_none_or(|from| from.eq_ignore_ascii_case(host))
            && self.from.port.is_none_or(|from| from == port);
        fits.then(|| {
            let host = self.to.host.as_deref().unwrap_or(host);
            let port = self.to.port.unwrap_or(port);
            if host.contains(':') {
                format!("[{host}]:{port}")
            } else {
                format!("{host}:{port}")
            }
        })
    }
}

fn wrong(text: &str, what: &str) -> String {
    format!("{text:?}: {what}")
}

fn bare(host: &str) -> &str {
    host.strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(host)
}

/// What stands between colons, those in brackets excepted.
fn parts(text: &str) -> Result<Vec<&str>, String> {
    let mut out = Vec::new();
    let (mut start, mut inside) = (0, false);
    for (at, c) in text.char_indices() {
        match c {
            '[' if !inside => inside = true,
            ']' if inside => inside = false,
            '[' | ']' => return Err("its brackets do not match".into()),
            ':' if !inside => {
                out.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    if inside {
        return Err("its brackets do not match".into());
    }
    out.push(&text[start..]);
    Ok(out)
}

fn place(host: &str, port: &str) -> Result<Place, String> {
    let named = |c: char| c.is_alphanumeric() || "-._".contains(c);
    let address = bare(host);
    if address.len() < host.len() && address.parse::<Ipv6Addr>().is_err() {
        return Err(format!("{host:?} is no IPv6 address"));
    }
    if address.len() == host.len() && !host.chars().all(named) {
        return Err(format!("{host:?} is no host"));
    }
    // curl takes the 1 of ::1:80 for a host
    if !host.is_empty() && host.chars().all(|c| c.is_ascii_digit()) {
        return Err(format!("{host:?} is no host: IPv6 addresses stand in brackets"));
    }
    let port = match port {
        "" => None,
        typed => match typed.parse::<u16>() {
            // a sign would parse too
            Ok(port) if port > 0 && !typed.starts_with('+') => Some(port),
            _ => return Err(format!("port {typed:?} is not 1 to 65535")),
        },
    };
    Ok(Place {
        host: (!address.is_empty()).then(|| address.to_ascii_lowercase()),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn rules_say_where_to_dial() {
        let check = |rule: &str, host: &str, port, wanted: Option<&str>| {
            let rule = ConnectTo::parse(rule).expect(rule);
            assert_eq!(rule.instead_of(host, port).as_deref(), wanted);
        };
        check("b:2", "a", 1, Some("b:2"));
        check("[::1]:2", "a", 1, Some("[::1]:2"));
        check("127.0.0.1:", "a", 1, Some("127.0.0.1:1"));
        check(":2", "a", 1, Some("a:2"));
        check(":2", "[::1]", 1, Some("[::1]:2"));
        check("a:1:b:2", "a", 1, Some("b:2"));
        check("A.example:1:b:2", "a.EXAMPLE", 1, Some("b:2"));
        check("a:1:b:2", "a", 3, None);
        check("a:1:b:2", "c", 1, None);
        check("a::b:2", "a", 3, Some("b:2"));
        check(":1:b:2", "c", 1, Some("b:2"));
        check("::b:2", "c", 9, Some("b:2"));
        check("a:1:b:", "a", 1, Some("b:1"));
        check("[::1]:80:[fe80::2]:81", "[::1]", 80, Some("[fe80::2]:81"));
        check("[::1]:80:[fe80::2]:81", "::1", 80, Some("[fe80::2]:81"));
    }

    #[test]
    fn what_is_wrong_is_said_at_once() {
        let check = |rule: &str, hint: &str| {
            let error = ConnectTo::parse(rule).expect_err(rule);
            assert!(error.contains(rule) && error.contains(hint), "{error}");
        };
        for rule in ["", "a", "a:1:b", "a:1:b:2:c", "fe80::2:80:b:2:c"] {
            check(rule, "write HOST:PORT");
        }
        check("http://a:1", "leave out the scheme");
        check("https://a:1:b:2", "leave out the scheme");
        check("://a", "leave out the scheme");
        for rule in [":", ":::", "a:1::"] {
            check(rule, "names no place");
        }
        for rule in ["[::1:80", "::1]:80", "[[::1]]:80"] {
            check(rule, "brackets");
        }
        check("[a]:80", "\"[a]\" is no IPv6 address");
        check("[]:80", "\"[]\" is no IPv6 address");
        check("a b:80", "\"a b\" is no host");
        check("::1:80", "\"1\" is no host: IPv6 addresses stand in brackets");
        check("x@a:80", "\"x@a\" is no host");
        for port in ["0", "65536", "-1", "+1", "x", " 80"] {
            check(&format!("a:{port}"), "is not 1 to 65535");
        }
        check("a:0:b c:2", "port \"0\" is not 1 to 65535, \"b c\" is no host");
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_taken_can_be_dialled(text in "[a-z0-9:\\[\\]. ]{0,24}|.{0,24}", port in 1..=u16::MAX) {
            if let Ok(rule) = ConnectTo::parse(&text) && let Some(place) = rule.instead_of("h", port) {
                let (host, port) = place.rsplit_once(':').expect("host:port");
                prop_assert!(!host.is_empty() && port.parse::<u16>().is_ok_and(|port| port > 0));
            }
        }
    }
}
