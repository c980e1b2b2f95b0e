//! `listen`: where clients and operators come in.
//!
//! The admin listener shows and changes what no client may, and has no authentication: it is refused on
//! an address that others can reach unless the config says that this is meant.

use std::net::SocketAddr;

use crate::config::plan::Listen;
use crate::config::reader::{Errors, Found, Keys};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &["http", "admin", "admin_public"],
    planned: &["https"],
};

pub(super) fn listen(found: &Found<'_>, errors: &mut Errors) -> Option<Listen> {
    let fields = found.fields(&KEYS, errors)?;
    let http = fields
        .require("http", "http: 127.0.0.1:8080", errors)
        .and_then(|found| found.read(errors, scalar::listen_addr));
    let admin = fields.read("admin", errors, scalar::listen_addr);
    let public = fields
        .read("admin_public", errors, scalar::boolean)
        .unwrap_or(false);
    if let Some(admin) = admin
        && !admin.ip().to_canonical().is_loopback()
        && !public
    {
        let message = format!(
            "`{admin}` can be reached from other machines: \
             use 127.0.0.1:{}, or write `admin_public: true` if that is meant",
            admin.port()
        );
        fields.error("admin", errors, message);
    }
    if let (Some(http), Some(admin)) = (http, admin)
        && listens_at(http, admin)
    {
        fields.error(
            "admin",
            errors,
            format!("`{admin}` is taken by listen.http ({http})"),
        );
    }
    Some(Listen { http: http?, admin })
}

/// Whether a socket bound to `listener` has the address `other`, be it to bind or to connect to.
pub(super) fn listens_at(listener: SocketAddr, other: SocketAddr) -> bool {
    let (a, b) = (listener.ip().to_canonical(), other.ip().to_canonical());
    // [::] takes IPv4 too on a dual-stack system
    let overlap = a == b || (a.is_unspecified() && (a.is_ipv6() || b.is_ipv4())) || b.is_unspecified();
    listener.port() != 0 && listener.port() == other.port() && overlap
}

#[cfg(test)]
mod tests {
    use super::listens_at;

    #[test]
    fn listeners_meet_where_port_and_address_do() {
        for (listener, other, meets) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "0.0.0.0:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("[::]:80", "[::1]:80", true),
            ("0.0.0.0:80", "[::1]:80", false),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            assert_eq!(
                listens_at(listener.parse().unwrap(), other.parse().unwrap()),
                meets,
                "{listener} {other}"
            );
        }
    }
}
