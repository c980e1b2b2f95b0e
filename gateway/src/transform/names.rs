//! Names of fields that a client is not believed about, in any spelling that a CGI-like upstream would take for the
//! same: any case, `_` for `-`.

use http1::head::{FieldName, Name};

/// Fields by which the gateway tells upstreams who the user is; from a client they are forgeries.
pub(crate) fn is_identity(name: FieldName<'_>) -> bool {
    match name.text().len() {
        9 => spells(name.text(), b"x-user-id"),
        11 => spells(name.text(), b"x-tenant-id"),
        _ => false,
    }
}

/// Fields that only a CGI-like upstream takes for something: for framing, where the engine would have refused or made anew the
/// real ones, or for its own proxy (`HTTP_PROXY`, CVE-2016-5385).
pub(crate) fn is_forged_for_cgi(name: FieldName<'_>) -> bool {
    match name.text().len() {
        5 => spells(name.text(), b"proxy"),
        14 => spells(name.text(), b"content-length"),
        17 => spells(name.text(), b"transfer-encoding"),
        _ => false,
    }
}

/// Fields that tell of earlier hops: `Forwarded`, `X-Real-IP`, `X-Forwarded-…`.
pub(crate) fn speaks_of_hops(id: Name, name: FieldName<'_>) -> bool {
    match id {
        Name::Forwarded | Name::XForwardedFor | Name::XForwardedHost | Name::XForwardedProto => true,
        Name::Other => match name.text().len() {
            9 => spells(name.text(), b"x-real-ip"),
            13.. => spells(&name.text()[..12], b"x-forwarded-"),
            _ => false,
        },
        _ => false,
    }
}

/// Whether it is `ours`, which is in lower case, in any spelling.
fn spells(text: &[u8], ours: &[u8]) -> bool {
    let same =
        |(text, ours): (&u8, &u8)| text.to_ascii_lowercase() == *ours || (*text == b'_' && *ours == b'-');
    text.len() == ours.len() && text.iter().zip(ours).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_forwarded_speaks_of_hops() {
        let speaks = |name| speaks_of_hops(Name::Other, FieldName::constant(name));
        for name in [
            "x-forwarded-by",
            "x_forwarded_ip",
            "x-forwarded-port",
            "x-forwarded-x",
            "x-real-ip",
        ] {
            assert!(speaks(name), "{name}");
        }
        for name in ["x-forwarded-", "x-forwarded", "x-forwarder-ip", "x-real-ips"] {
            assert!(!speaks(name), "{name}");
        }
    }
}
