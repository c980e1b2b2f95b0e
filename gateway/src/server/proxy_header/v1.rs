//! Version 1, a line of text: `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443` and CRLF.

use super::{Header, Malformed, begins};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

/// With its line ending: the longest line there is, as the specification counts it.
const BYTES_MAX: usize = 107;

const SIGNATURE: &[u8] = b"PROXY ";

pub(super) fn parse(received: &[u8]) -> Result<Option<Header>, Malformed> {
    if !begins(received, SIGNATURE) {
        return Err(Malformed);
    }
    let seen = &received[..received.len().min(BYTES_MAX)];
    let Some(end) = seen.windows(2).position(|bytes| bytes == b"\r\n") else {
        let hopeless = seen.len() == BYTES_MAX || seen.contains(&b'\n');
        return if hopeless { Err(Malformed) } else { Ok(None) };
    };
    let line = std::str::from_utf8(&seen[SIGNATURE.len()..end]).map_err(|_| Malformed)?;
    Ok(Some(Header {
        len: end + 2,
        source: source(line)?,
    }))
}

/// What stands behind `PROXY`.
fn source(line: &str) -> Result<Option<SocketAddr>, Malformed> {
    // a lone line ending of half a kind is nobody's address
    if line.contains(['\r', '\n']) {
        return Err(Malformed);
    }
    let mut words = line.split(' ');
    match words.next() {
        // whatever else it says is to be ignored
        Some("UNKNOWN") => Ok(None),
        Some("TCP4") => pair::<Ipv4Addr>(words).map(Some),
        Some("TCP6") => pair::<Ipv6Addr>(words).map(Some),
        _ => Err(Malformed),
    }
}

/// The first address and the first port, if there are two of each and nothing more.
fn pair<'a, A: FromStr + Into<IpAddr>>(
    mut words: impl Iterator<Item = &'a str>,
) -> Result<SocketAddr, Malformed> {
    let mut address = || words.next()?.parse::<A>().ok();
    let (source, _) = address().zip(address()).ok_or(Malformed)?;
    let (port, _) = port(words.next()).zip(port(words.next())).ok_or(Malformed)?;
    if words.next().is_some() {
        return Err(Malformed);
    }
    Ok(SocketAddr::new(source.into(), port))
}

/// Digits and nothing else, without zeros in front.
fn port(word: Option<&str>) -> Option<u16> {
    let word = word.filter(|word| word.bytes().all(|byte| byte.is_ascii_digit()))?;
    let plain = word == "0" || !word.starts_with('0');
    word.parse().ok().filter(|_| plain)
}
