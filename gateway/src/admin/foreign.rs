//! Whether a request is some browser's, for a page from elsewhere ([`super::reload`] says what that is for).

use http1::head::{FieldValue, Fields};
use std::net::{IpAddr, SocketAddr};

/// Whether a browser sends it for a page that is not this listener's.
pub(super) fn is_foreign(fields: Fields<'_>) -> bool {
    let Some(origin) = fields.find("origin") else {
        return false;
    };
    let host = fields.find("host").and_then(FieldValue::text);
    match (
        origin.text().and_then(|origin| origin.strip_prefix("http://")),
        host,
    ) {
        (Some(origin), Some(host)) => !origin.eq_ignore_ascii_case(host) || !is_certain(host),
        _ => true,
    }
}

/// Whether it can stand for nobody else.
fn is_certain(host: &str) -> bool {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    name.eq_ignore_ascii_case("localhost")
        || host.parse::<SocketAddr>().is_ok()
        || bare.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_and_localhost_stand_for_nobody_else() {
        for (host, expected) in [
            ("localhost", true),
            ("LOCALHOST:9901", true),
            ("127.0.0.1", true),
            ("127.0.0.1:9901", true),
            ("[::1]", true),
            ("[::1]:9901", true),
            ("tollgate.internal", false),
            ("localhost.evil.example:9901", false),
            ("", false),
        ] {
            assert_eq!(is_certain(host), expected, "{host}");
        }
    }
}
