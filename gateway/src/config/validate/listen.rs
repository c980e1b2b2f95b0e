//! `listen`: where clients and operators come in.
//!
//! The admin listener shows and changes what no client may, and has no authentication: it is refused on
//! an address that others can reach unless the config says that this is meant.

use std::net::{IpAddr, SocketAddr};

use crate::config::plan::Listen;
use crate::config::reader::{Errors, Found, Keys};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &["http", "admin", "admin_public", "proxy_protocol"],
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
        && collide(http, admin)
    {
        fields.error(
            "admin",
            errors,
            format!("`{admin}` is taken by listen.http ({http})"),
        );
    }
    let proxy_protocol = fields
        .read("proxy_protocol", errors, scalar::boolean)
        .unwrap_or(false);
    Some(Listen {
        http: http?,
        admin,
        proxy_protocol,
    })
}

/// Whether two sockets cannot be bound to these at once.
fn collide(a: SocketAddr, b: SocketAddr) -> bool {
    let covers = |wide: IpAddr, narrow: IpAddr| {
        // [::] takes IPv4 too on a dual-stack system
        wide == narrow || (wide.is_unspecified() && (wide.is_ipv6() || narrow.is_ipv4()))
    };
    let (a_ip, b_ip) = (a.ip().to_canonical(), b.ip().to_canonical());
    a.port() != 0 && a.port() == b.port() && (covers(a_ip, b_ip) || covers(b_ip, a_ip))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listeners_collide_where_port_and_address_do() {
        for (a, b, expected) in [
            ("127.0.0.1:80", "127.0.0.1:80", true),
            ("127.0.0.1:80", "127.0.0.1:81", false),
            ("127.0.0.1:80", "127.0.0.2:80", false),
            ("0.0.0.0:80", "127.0.0.1:80", true),
            ("[::]:80", "127.0.0.1:80", true),
            ("[::]:80", "[::1]:80", true),
            ("0.0.0.0:80", "[::1]:80", false),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80", true),
            ("127.0.0.1:0", "127.0.0.1:0", false),
        ] {
            let (a, b) = (a.parse().unwrap(), b.parse().unwrap());
            assert_eq!((collide(a, b), collide(b, a)), (expected, expected), "{a} {b}");
        }
    }
}
