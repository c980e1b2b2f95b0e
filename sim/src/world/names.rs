//! Names that stand for several hosts, or for none: what lookups of them bring.
//!
//! Like every fault, answers lie on top of each other and each is lifted on its own; the last one that lies there counts. A
//! lookup takes a hop there and a hop back, and is no connection: nothing that is done to links reaches it.

use super::error::DriverError;
use super::net::Net;
use super::{TICK, driver::Driver};
use crate::trace::Kind;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;
use world::Resolved;

/// What a lookup brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NameAnswer {
    Hosts(Vec<IpAddr>),
    /// The resolver has nothing to say.
    Fails,
    /// There is no address.
    Empty,
    /// An address that nobody can be connected to.
    Nowhere,
}

/// One name.
pub(super) struct Name {
    name: String,
    /// In the trace.
    number: u64,
    valid_for: Duration,
    /// The last one counts.
    answers: Vec<NameAnswer>,
}

/// The second field of [`Kind::LookedUp`] for an answer that is of no use.
const OF_NO_USE: u64 = 1;

impl Driver {
    /// From now on the name stands for these hosts. Its number is the one in the trace.
    pub fn name(&mut self, name: &str, number: u64, hosts: Vec<IpAddr>, valid_for: Duration) {
        self.net.names.borrow_mut().push(Name {
            name: name.to_owned(),
            number,
            valid_for,
            answers: vec![NameAnswer::Hosts(hosts)],
        });
    }

    /// Lays an answer on top of those that are there.
    pub fn push_answer(&mut self, name: &str, answer: NameAnswer) -> Result<(), DriverError> {
        self.with_name(name, |known| known.answers.push(answer))
    }

    /// Lifts an answer that was laid like this.
    pub fn pop_answer(&mut self, name: &str, answer: &NameAnswer) -> Result<(), DriverError> {
        self.with_name(name, |known| {
            if let Some(place) = known.answers.iter().rposition(|laid| laid == answer) {
                known.answers.remove(place);
            }
        })
    }

    fn with_name(&mut self, name: &str, f: impl FnOnce(&mut Name)) -> Result<(), DriverError> {
        let mut names = self.net.names.borrow_mut();
        let known = names.iter_mut().find(|known| known.name == name);
        known.map(f).ok_or_else(|| DriverError::UnknownHost(name.into()))
    }
}

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
