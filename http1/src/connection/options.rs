//! The fields that speak of the connection itself.

use crate::head::{Fields, Name, Refusal, Repeated, Version, is_host, is_token};

/// What `Connection` asks for (RFC 9110 §7.6.1, RFC 9112 §9.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Options {
    pub(super) close: bool,
    pub(super) keep_alive: bool,
    pub(super) upgrade: bool,
}

impl Options {
    pub(super) fn of(fields: Fields<'_>) -> Result<Self, Refusal> {
        let mut options = Self::default();
        if let Some((close, keep_alive)) = fields.plain_options() {
            (options.close, options.keep_alive) = (close, keep_alive);
            return Ok(options);
        }
        for option in fields.list(Name::Connection) {
            // what it nominates would be passed on by whoever reads it differently
            if !option.iter().all(|byte| is_token(*byte)) {
                return Err(Refusal::ConnectionOptions);
            }
            options.close |= option.eq_ignore_ascii_case(b"close");
            options.keep_alive |= option.eq_ignore_ascii_case(b"keep-alive");
            options.upgrade |= option.eq_ignore_ascii_case(b"upgrade");
        }
        Ok(options)
    }

    /// Whether the sender keeps the connection open.
    pub(super) fn persists(self, version: Version) -> bool {
        !self.close && (version == Version::Http11 || self.keep_alive)
    }
}

/// Whether the client waits for `100 Continue` (RFC 9110 §10.1.1). HTTP/1.0 knows no expectations.
pub(super) fn expects_continue(fields: Fields<'_>, version: Version) -> Result<bool, Refusal> {
    let mut expectations = fields.list(Name::Expect);
    match expectations.next() {
        None => Ok(false),
        Some(_) if version == Version::Http10 => Ok(false),
        Some(only) if only.eq_ignore_ascii_case(b"100-continue") && expectations.next().is_none() => Ok(true),
        Some(_) => Err(Refusal::Expectation),
    }
}

/// The last valid `Host` of a connection: nearly all requests of one say the same.
#[derive(Debug, Default)]
pub(super) struct KnownHost {
    text: [u8; KnownHost::BYTES],
    len: usize,
}

impl KnownHost {
    /// Longer ones are looked at each time.
    const BYTES: usize = 32;

    fn is_valid(&mut self, host: &[u8]) -> bool {
        if self.text.get(..self.len) == Some(host) {
            return true;
        }
        let valid = is_host(host);
        if valid && let Some(text) = self.text.get_mut(..host.len()) {
            text.copy_from_slice(host);
            self.len = host.len();
        }
        valid
    }
}

/// RFC 9112 §3.2: exactly one `Host`, and a valid one, which HTTP/1.0 may leave out.
pub(super) fn check_host(fields: Fields<'_>, version: Version, known: &mut KnownHost) -> Result<(), Refusal> {
    match fields.only(Name::Host) {
        Ok(Some(host)) if known.is_valid(host.bytes()) => Ok(()),
        Ok(Some(_)) => Err(Refusal::HostInvalid),
        Err(Repeated) => Err(Refusal::HostRepeated),
        Ok(None) if version == Version::Http10 => Ok(()),
        Ok(None) => Err(Refusal::HostMissing),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_valid_whatever_came_before() {
        let mut known = KnownHost::default();
        let long = "a".repeat(33);
        let hosts = [
            "",
            "a.example:80",
            "a.example:8",
            "a b",
            "a.example:80",
            &long,
            "a.example",
            "\u{e4}",
            "a.example",
            "b",
        ];
        for host in hosts {
            assert_eq!(
                known.is_valid(host.as_bytes()),
                is_host(host.as_bytes()),
                "{host}"
            );
        }
    }
}
