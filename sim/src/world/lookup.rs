//! Looking a name up: a hop there and a hop back, and no connection, so that nothing that is done to links reaches it.

use super::TICK;
use super::names::NameAnswer;
use super::net::Net;
use crate::trace::Kind;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use world::Resolved;

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
    let is_of_no_use = u64::from(!matches!(answer, NameAnswer::Hosts(_)));
    let fails = answer == NameAnswer::Fails;
    let ips = match answer {
        NameAnswer::Hosts(ips) => ips,
        NameAnswer::Nowhere => vec![Ipv4Addr::UNSPECIFIED.into()],
        NameAnswer::Fails | NameAnswer::Empty => Vec::new(),
    };
    net.emit(host, Kind::LookedUp, &[number, is_of_no_use, bits(&ips)]);
    if fails {
        let error = format!("resolve {name}: no answer");
        return Some(Err(io::Error::new(io::ErrorKind::NotFound, error)));
    }
    let addrs = ips.into_iter().map(|ip| SocketAddr::new(ip, port)).collect();
    Some(Ok(Resolved { addrs, valid_for }))
}
