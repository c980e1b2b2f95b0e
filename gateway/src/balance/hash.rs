//! The hash that places keys and replicas on a ring: SipHash-1-3 under a key that is fixed for ever.
//!
//! Fixed, because every worker, every gateway and every restart must send a key to the same replica. That gives
//! nothing away: with at most 64 replicas a client finds keys that meet at one of them by trying a few hundred, whatever
//! the hash. Against that there is the bounded load. SipHash mixes short keys that differ in one digit well, which is
//! what a ring needs; the standard library's hasher promises no stability.

use siphasher::sip::SipHasher13;
use std::net::IpAddr;

/// "tollgate" and "ring-v1\0" as bytes, little endian. To change them is to move every key.
const KEY: (u64, u64) = (
    u64::from_le_bytes(*b"tollgate"),
    u64::from_le_bytes(*b"ring-v1\0"),
);

/// Of a request's key.
pub fn hash(bytes: &[u8]) -> u64 {
    SipHasher13::new_with_keys(KEY.0, KEY.1).hash(bytes)
}

/// Of a client's address, in its canonical form.
pub fn hash_ip(ip: IpAddr) -> u64 {
    match ip.to_canonical() {
        IpAddr::V4(ip) => hash(&ip.octets()),
        IpAddr::V6(ip) => hash(&ip.octets()),
    }
}

/// Of each of a replica's points, by its number.
pub(super) fn points(identity: &str) -> impl Fn(u64) -> u64 + use<> {
    let hasher = SipHasher13::new_with_keys(KEY.0 ^ hash(identity.as_bytes()), KEY.1);
    move |number| hasher.hash(&number.to_le_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_fixed_for_ever() {
        assert_eq!(hash(b"user-1"), HASH);
        assert_eq!(points("10.0.0.1:80")(3), POINT);
        let mapped = "::ffff:10.0.0.1".parse().unwrap();
        assert_eq!(hash_ip(mapped), hash(&[10, 0, 0, 1]));
    }

    const HASH: u64 = 3_697_871_828_425_589_135;
    const POINT: u64 = 15_866_841_646_694_406_579;
}
