//! A range of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address alone.
//!
//! An IPv4 peer on a dual-stack socket shows up as `::ffff:a.b.c.d`; both spellings are the same address
//! here, or a range would silently stop matching when the listener changes from `0.0.0.0` to `[::]`.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

/// All addresses that share the first `bits` bits of `base`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cidr {
    base: IpAddr,
    bits: u8,
}

impl Cidr {
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.base, address.to_canonical()) {
            (IpAddr::V4(base), IpAddr::V4(address)) => network_v4(address, self.bits) == base,
            (IpAddr::V6(base), IpAddr::V6(address)) => network_v6(address, self.bits) == base,
            _ => false,
        }
    }
}

fn network_v4(address: Ipv4Addr, bits: u8) -> Ipv4Addr {
    let host_bits = u32::from(32 - bits.min(32));
    Ipv4Addr::from_bits(address.to_bits() & u32::MAX.checked_shl(host_bits).unwrap_or(0))
}

fn network_v6(address: Ipv6Addr, bits: u8) -> Ipv6Addr {
    let host_bits = u32::from(128 - bits.min(128));
    Ipv6Addr::from_bits(address.to_bits() & u128::MAX.checked_shl(host_bits).unwrap_or(0))
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.base, self.bits)
    }
}

impl FromStr for Cidr {
    type Err = BadCidr;

    fn from_str(text: &str) -> Result<Cidr, BadCidr> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let Ok(address) = address.parse::<IpAddr>() else {
            return Err(BadCidr(format!(
                "`{text}` is no address range: write it as 10.0.0.0/8 or 10.0.0.1"
            )));
        };
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits.map(str::parse::<u8>) {
            None => width,
            Some(Ok(bits)) if bits <= width => bits,
            Some(_) => {
                return Err(BadCidr(format!(
                    "`{text}` needs 0 to {width} bits after the slash"
                )));
            }
        };
        let base = match address {
            IpAddr::V4(v4) => IpAddr::V4(network_v4(v4, bits)),
            IpAddr::V6(v6) => IpAddr::V6(network_v6(v6, bits)),
        };
        if base != address {
            return Err(BadCidr(format!(
                "`{text}` has bits set beyond the first {bits}: write {base}/{bits}"
            )));
        }
        if base.to_canonical() != base {
            return Err(BadCidr(format!(
                "`{text}` is an IPv4 range in IPv6 clothes: write it as IPv4"
            )));
        }
        Ok(Cidr { base, bits })
    }
}

/// Why a text is no [`Cidr`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCidr(String);

impl fmt::Display for BadCidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadCidr {}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, inside: &[&str], outside: &[&str]) {
        let range: Cidr = range.parse().unwrap();
        for address in inside {
            assert!(range.contains(address.parse().unwrap()), "{address} in {range}");
        }
        for address in outside {
            assert!(
                !range.contains(address.parse().unwrap()),
                "{address} not in {range}"
            );
        }
    }

    #[test]
    fn contains_what_shares_its_first_bits() {
        check(
            "10.0.0.0/8",
            &["10.0.0.0", "10.255.255.255", "::ffff:10.1.2.3"],
            &["11.0.0.0", "9.255.255.255", "::1"],
        );
        check("10.1.2.3", &["10.1.2.3", "::ffff:10.1.2.3"], &["10.1.2.2"]);
        check("0.0.0.0/0", &["1.2.3.4", "255.255.255.255"], &["::1"]);
        check(
            "172.16.0.0/12",
            &["172.16.0.1", "172.31.255.255"],
            &["172.32.0.0"],
        );
        check("2001:db8::/32", &["2001:db8:1::1"], &["2001:db9::1", "10.0.0.1"]);
        check("::/0", &["::1", "2001:db8::1"], &["10.0.0.1", "::ffff:10.0.0.1"]);
        check("::1", &["::1"], &["::2"]);
    }

    #[test]
    fn displays_as_it_parses() {
        for text in [
            "10.0.0.0/8",
            "10.0.0.1/32",
            "0.0.0.0/0",
            "2001:db8::/32",
            "::1/128",
        ] {
            assert_eq!(text.parse::<Cidr>().unwrap().to_string(), text);
        }
        assert_eq!("10.0.0.1".parse::<Cidr>().unwrap().to_string(), "10.0.0.1/32");
    }

    #[test]
    fn refuses_what_is_no_range() {
        for text in [
            "",
            "x",
            "10.0.0.0/33",
            "10.0.0.0/",
            "10.0.0.0/-1",
            "10.0.0.1/8",
            "::/129",
            "10.0.0",
            "::ffff:10.0.0.0/104",
        ] {
            assert!(text.parse::<Cidr>().is_err(), "{text}");
        }
    }
}
