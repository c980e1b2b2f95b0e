//! What an answer of a resolver is worth, and when to ask again.
//!
//! An answer holds for as long as the resolver says, or as the config does, within bounds, less up to a tenth, so that
//! gateways that started together do not ask together. Instead of one that is of no use the one before holds on, and
//! the question is asked again soon, then less and less often.
//!
//! Of an answer with addresses of both families the IPv4 ones are taken: mostly they are the same machines twice, of which
//! many listen on one family only, and a replica that cannot be reached is worse than none.

use crate::config::Listen;
use crate::config::defaults::resolve::{VALID_LEAST, VALID_MOST};
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use world::Resolved;

/// After the first failure, which is mostly a lost packet.
const AGAIN_FIRST: Duration = Duration::from_secs(1);

/// Each failure doubles the time, up to this: who comes back is noticed within half a minute.
const AGAIN_MOST: Duration = Duration::from_secs(30);

/// Why an answer is of no use.
#[derive(Debug)]
pub(super) enum Useless {
    Failed(io::Error),
    /// It names no address at all.
    Empty,
    /// It names one that cannot be connected to, such as 0.0.0.0, which would be this machine.
    Nowhere(SocketAddr),
    /// It names this gateway.
    Own(SocketAddr),
}

impl fmt::Display for Useless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Useless::Failed(error) => error.fmt(f),
            Useless::Empty => write!(f, "no address"),
            Useless::Nowhere(addr) => write!(f, "{addr} is no address to connect to"),
            Useless::Own(addr) => write!(f, "{addr} is this gateway itself"),
        }
    }
}

/// The addresses of an answer and for how long it holds, before chance.
pub(super) fn judge(
    answer: io::Result<Resolved>,
    listen: &Listen,
    every: Option<Duration>,
) -> Result<(Vec<SocketAddr>, Duration), Useless> {
    let Resolved { mut addrs, valid_for } = answer.map_err(Useless::Failed)?;
    if addrs.is_empty() {
        return Err(Useless::Empty);
    }
    for addr in &addrs {
        let ip = addr.ip().to_canonical();
        if ip.is_unspecified() || ip.is_multicast() || addr.port() == 0 {
            return Err(Useless::Nowhere(*addr));
        }
        if listen.own(*addr).is_some() {
            return Err(Useless::Own(*addr));
        }
    }
    if addrs.iter().any(SocketAddr::is_ipv4) {
        addrs.retain(SocketAddr::is_ipv4);
    }
    let valid_for = every.unwrap_or(valid_for).clamp(VALID_LEAST, VALID_MOST);
    Ok((addrs, valid_for))
}

/// How long to wait after so many failures in a row, before chance.
pub(super) fn again(failures: u32) -> Duration {
    let doubled = 1_u32.checked_shl(failures.saturating_sub(1));
    doubled.map_or(AGAIN_MOST, |times| {
        AGAIN_FIRST.saturating_mul(times).min(AGAIN_MOST)
    })
}

/// This long, less up to a tenth by a random word.
pub(super) fn scattered(wait: Duration, word: u64) -> Duration {
    wait - wait / 10_000 * (word % 1_001) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addrs(text: &[&str]) -> Vec<SocketAddr> {
        text.iter().map(|addr| addr.parse().expect("literal")).collect()
    }

    #[test]
    fn one_family_is_taken() {
        for (text, taken) in [
            (
                &["[fd00::1]:80", "10.0.0.2:80", "10.0.0.3:80"][..],
                &["10.0.0.2:80", "10.0.0.3:80"][..],
            ),
            (
                &["[fd00::1]:80", "[fd00::2]:80"],
                &["[fd00::1]:80", "[fd00::2]:80"],
            ),
        ] {
            assert_eq!(
                answered(text, 1, None).map(|(found, _)| found).ok(),
                Some(addrs(taken))
            );
        }
    }

    fn judged(text: &[&str], valid_for: u64, every: Option<u64>) -> Result<u64, String> {
        answered(text, valid_for, every)
            .map(|(_, valid_for)| valid_for.as_secs())
            .map_err(|error| error.to_string())
    }

    fn answered(
        text: &[&str],
        valid_for: u64,
        every: Option<u64>,
    ) -> Result<(Vec<SocketAddr>, Duration), Useless> {
        let listen = Listen {
            http: "0.0.0.0:80".parse().expect("literal"),
            admin: Some("10.0.0.1:81".parse().expect("literal")),
            proxy_protocol: false,
        };
        let answer = Ok(Resolved {
            addrs: addrs(text),
            valid_for: Duration::from_secs(valid_for),
        });
        judge(answer, &listen, every.map(Duration::from_secs))
    }

    #[test]
    fn an_answer_holds_within_bounds() {
        for (valid_for, every, expected) in [
            (60, None, 60),
            (0, None, 1),
            (86_400, None, 3_600),
            (60, Some(5), 5),
            (0, Some(5), 5),
        ] {
            assert_eq!(judged(&["10.0.0.2:80"], valid_for, every), Ok(expected));
        }
    }

    #[test]
    fn one_bad_address_spoils_an_answer() {
        for (text, expected) in [
            (&[][..], "no address"),
            (
                &["10.0.0.2:80", "0.0.0.0:80"],
                "0.0.0.0:80 is no address to connect to",
            ),
            (&["[::]:80"], "[::]:80 is no address to connect to"),
            (
                &["[::ffff:0.0.0.0]:80"],
                "[::ffff:0.0.0.0]:80 is no address to connect to",
            ),
            (&["224.0.0.1:80"], "224.0.0.1:80 is no address to connect to"),
            (&["10.0.0.2:0"], "10.0.0.2:0 is no address to connect to"),
            (
                &["10.0.0.2:80", "127.0.0.1:80"],
                "127.0.0.1:80 is this gateway itself",
            ),
            (&["10.0.0.1:81"], "10.0.0.1:81 is this gateway itself"),
        ] {
            assert_eq!(judged(text, 1, None), Err(expected.to_owned()));
        }
        assert_eq!(judged(&["127.0.0.1:82", "10.0.0.1:80"], 1, None), Ok(1));
    }

    #[test]
    fn questions_are_repeated_less_and_less_often() {
        let waits = [1, 2, 3, 4, 5, 6, 7, 32, 33, u32::MAX].map(|failures| again(failures).as_secs());
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]);
    }

    #[test]
    fn chance_takes_up_to_a_tenth() {
        let wait = Duration::from_secs(30);
        assert_eq!(scattered(wait, 0), wait);
        assert_eq!(scattered(wait, 1_000), Duration::from_secs(27));
        assert_eq!(scattered(wait, 1_001), wait);
    }
}
