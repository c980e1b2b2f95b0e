//! Version 2, binary: a signature, version and command, family, the length of the rest; then the addresses, and behind
//! them extensions (TLVs), which are skipped unread.

use super::{Header, Malformed, begins};
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

/// Of what comes before the addresses.
const FIXED_BYTES: usize = 16;

/// Of addresses and extensions: the longest addresses, those of unix sockets, and 320 more. The specification asks receivers for as
/// much and senders for no more.
const REST_BYTES_MAX: usize = 536;

pub(super) const BYTES_MAX: usize = FIXED_BYTES + REST_BYTES_MAX;

pub(super) fn parse(received: &[u8]) -> Result<Option<Header>, Malformed> {
    if !begins(received, SIGNATURE) {
        return Err(Malformed);
    }
    let Some((fixed, rest)) = received.split_at_checked(FIXED_BYTES) else {
        return Ok(None);
    };
    let (command, family) = (fixed[12], fixed[13]);
    let len = usize::from(u16::from_be_bytes([fixed[14], fixed[15]]));
    if len > REST_BYTES_MAX || !matches!(command, 0x20 | 0x21) {
        return Err(Malformed);
    }
    let Some(rest) = rest.get(..len) else {
        return Ok(None);
    };
    let source = match command {
        // the balancer asks for itself, to see whether we live: what else it says is to be ignored
        0x20 => None,
        _ => source(family, rest)?,
    };
    Ok(Some(Header {
        len: FIXED_BYTES + len,
        source,
    }))
}

fn source(family: u8, rest: &[u8]) -> Result<Option<SocketAddr>, Malformed> {
    match family {
        // unspecified
        0x00 => Ok(None),
        // over TCP: source, destination, and a port of each
        0x11 => {
            let ([a, b, c, d], [high, low]) = parts::<4>(rest)?;
            let ip = Ipv4Addr::new(a, b, c, d);
            Ok(Some(SocketAddr::new(ip.into(), u16::from_be_bytes([high, low]))))
        }
        0x21 => {
            let (ip, port) = parts::<16>(rest)?;
            let ip = Ipv6Addr::from(ip);
            Ok(Some(SocketAddr::new(ip.into(), u16::from_be_bytes(port))))
        }
        // of a unix socket: two paths of 108 bytes, of which nothing is an address
        0x31 if rest.len() >= 216 => Ok(None),
        // datagrams do not come over TCP, and the others are nobody's
        _ => Err(Malformed),
    }
}

/// The source's address and port.
fn parts<const N: usize>(rest: &[u8]) -> Result<([u8; N], [u8; 2]), Malformed> {
    let address = rest.first_chunk::<N>();
    let ports = rest.get(2 * N..).and_then(<[u8]>::first_chunk::<4>);
    let (address, [high, low, _, _]) = address.zip(ports).ok_or(Malformed)?;
    Ok((*address, [*high, *low]))
}
