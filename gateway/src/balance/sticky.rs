//! Sticky sessions: a signed cookie that says which replica a client has been with.
//!
//! The value is base64url of 48 bytes: 8 that name the replica, 8 with the second at which it expires (big endian, Unix
//! time), and HMAC-SHA-256 over both, 64 characters in all. The name of a replica is itself a MAC of its address, so a
//! cookie tells nobody what the inside of a network looks like. Both are under one key and under the upstream's name, so
//! one upstream's cookie means nothing to another.
//!
//! Only what was signed here is believed: a client cannot choose its replica, nor stay longer than it was given. What
//! is forged, expired or of a replica that has gone is as good as no cookie. No clock: the second is given.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const NAME_BYTES: usize = 8;
const SIGNED_BYTES: usize = NAME_BYTES + 8;
const RAW_BYTES: usize = SIGNED_BYTES + 32;

/// Characters of a cookie's value.
pub const COOKIE_BYTES: usize = RAW_BYTES / 3 * 4;

/// Signs and reads the cookies of one upstream.
#[derive(Clone)]
pub struct Sticky {
    /// Has taken in the key and the upstream's name.
    mac: Hmac<Sha256>,
    names: Box<[[u8; NAME_BYTES]]>,
    ttl_s: u64,
}

impl Sticky {
    /// `replicas` are the addresses, in order.
    pub fn new<'a>(
        key: &[u8],
        upstream: &str,
        replicas: impl Iterator<Item = &'a str>,
        ttl_s: u64,
    ) -> Sticky {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(upstream.as_bytes());
        // no name has a zero byte: what follows cannot be taken for a part of it
        mac.update(b"\0");
        let name = |addr: &str| {
            let tag = mac.clone().chain_update(b"replica").chain_update(addr).finalize();
            let mut name = [0; NAME_BYTES];
            name.copy_from_slice(&tag.into_bytes()[..NAME_BYTES]);
            name
        };
        Sticky {
            names: replicas.map(name).collect(),
            mac,
            ttl_s,
        }
    }

    /// The cookie's value for a client of this replica. `None` for a replica that there is not.
    pub fn value(&self, replica: usize, now_s: u64) -> Option<[u8; COOKIE_BYTES]> {
        let mut raw = [0; RAW_BYTES];
        raw[..NAME_BYTES].copy_from_slice(self.names.get(replica)?);
        raw[NAME_BYTES..SIGNED_BYTES].copy_from_slice(&now_s.saturating_add(self.ttl_s).to_be_bytes());
        let tag = self.over(&raw[..SIGNED_BYTES]).finalize().into_bytes();
        raw[SIGNED_BYTES..].copy_from_slice(&tag);
        let mut value = [0; COOKIE_BYTES];
        URL_SAFE_NO_PAD.encode_slice(raw, &mut value).ok()?;
        Some(value)
    }

    /// The replica that a cookie names, and whether it is past the half of its life and should be renewed.
    pub fn read(&self, value: &[u8], now_s: u64) -> Option<(usize, bool)> {
        let mut raw = [0; RAW_BYTES];
        if value.len() != COOKIE_BYTES || URL_SAFE_NO_PAD.decode_slice(value, &mut raw) != Ok(RAW_BYTES) {
            return None;
        }
        let (signed, tag) = raw.split_at(SIGNED_BYTES);
        // in constant time, and before anything in it is believed
        self.over(signed).verify_slice(tag).ok()?;
        let (name, expires) = signed.split_at(NAME_BYTES);
        let left_s = u64::from_be_bytes(expires.try_into().ok()?).checked_sub(now_s)?;
        let replica = self.names.iter().position(|known| known == name)?;
        (left_s > 0).then_some((replica, left_s < self.ttl_s.div_ceil(2)))
    }

    pub fn ttl_s(&self) -> u64 {
        self.ttl_s
    }

    fn over(&self, signed: &[u8]) -> Hmac<Sha256> {
        self.mac.clone().chain_update(b"session").chain_update(signed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADDRS: [&str; 3] = ["10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80"];

    fn sticky(key: &[u8], upstream: &str, addrs: &[&'static str]) -> Sticky {
        Sticky::new(key, upstream, addrs.iter().copied(), 100)
    }

    #[test]
    fn a_cookie_names_its_replica_until_it_expires() {
        let own = sticky(b"key", "shop", &ADDRS);
        for replica in 0..3 {
            let value = own.value(replica, 1_000).unwrap();
            for (now, expected) in [
                (1_000, Some((replica, false))),
                (1_050, Some((replica, false))),
                (1_051, Some((replica, true))),
                (1_099, Some((replica, true))),
                (1_100, None),
                (u64::MAX, None),
            ] {
                assert_eq!(own.read(&value, now), expected, "{replica} at {now}");
            }
        }
        assert_eq!(own.value(3, 0), None);
    }

    #[test]
    fn it_follows_the_address_and_not_the_place() {
        let value = sticky(b"key", "shop", &ADDRS).value(2, 0).unwrap();
        let after = sticky(b"key", "shop", &[ADDRS[2], ADDRS[0]]);
        assert_eq!(after.read(&value, 1), Some((0, false)));
        assert_eq!(sticky(b"key", "shop", &ADDRS[..2]).read(&value, 1), None);
    }

    #[test]
    fn nobody_elses_cookie_is_believed() {
        let own = sticky(b"key", "shop", &ADDRS);
        let value = own.value(1, 0).unwrap();
        assert_eq!(sticky(b"yek", "shop", &ADDRS).read(&value, 1), None);
        assert_eq!(sticky(b"key", "pay", &ADDRS).read(&value, 1), None);
        for at in 0..COOKIE_BYTES {
            for bit in 0..8 {
                let mut forged = value;
                forged[at] ^= 1 << bit;
                assert_eq!(own.read(&forged, 1), None, "bit {bit} of {at}");
            }
        }
        assert_eq!(own.read(&value[1..], 1), None);
        assert_eq!(own.read(b"", 1), None);
        assert_eq!(own.read(&[b'='; COOKIE_BYTES], 1), None);
    }
}
