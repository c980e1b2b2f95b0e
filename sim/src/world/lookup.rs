//! Looking a name up: a hop there and a hop back, and no connection, so that nothing that is done to links reaches it.

use super::TICK;
use super::names::NameAnswer;
use super::net::Net;
use crate::trace::Kind;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use world::Resolved;

/// The second field of [`Kind::LookedUp`] for an answer that is of no use.
const OF_NO_USE: u64 = 1;

/// Looks the name up for a host; `None` if nobody has said what it stands for.
pub(super) async fn look_up(net: &Net, host: u64, name: &str, port: u16) -> Option<io::Result<Resolved>> {
    net.names.borrow().iter().find(|known| known.name == name)?;
    let hop = net.links.borrow().base_latency().1.max(TICK);
    tokio::time::sleep(2 * hop).await;
    net.going(host).await;
    let (number, valid_for, answer) = {
        let names = net.names.borrow();
        let known = names.iter().find(|known| known.name == name)?;
        (known.number, known.valid_for, known.answers.last()?.clone())
    };
    let bits = |ips: &[IpAddr]| {
        let numbers = ips.iter().filter_map(|ip| net.number_of(*ip));
        numbers.fold(0, |bits, number| {
            bits | 1_u64.checked_shl(number as u32).unwrap_or(0)
        })
    };
    let (addrs, is_of_use) = match answer {
        NameAnswer::Hosts(ips) => {
            net.emit(host, Kind::LookedUp, &[number, 0, bits(&ips)]);
            (ips, true)
        }
        NameAnswer::Fails => {
            net.emit(host, Kind::LookedUp, &[number, OF_NO_USE, 0]);
            let error = format!("resolve {name}: no answer");
            return Some(Err(io::Error::new(io::ErrorKind::NotFound, error)));
        }
        NameAnswer::Empty => (Vec::new(), false),
        NameAnswer::Nowhere => (vec![Ipv4Addr::UNSPECIFIED.into()], false),
    };
    if !is_of_use {
        net.emit(host, Kind::LookedUp, &[number, OF_NO_USE, 0]);
    }
    let addrs = addrs.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    Some(Ok(Resolved { addrs, valid_for }))
}
