//! Which connections there are between which hosts.
//!
//! One counts from the moment at which its server accepts it until both ends have let it go: an end does that by closing
//! its direction, by learning of a reset, or by being killed.

use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Connections {
    open: BTreeMap<u64, Connection>,
}

struct Connection {
    /// The client's host and the server's.
    hosts: [u64; 2],
    closed: [bool; 2],
}

impl Connections {
    pub(super) fn see(&mut self, record: &Record) {
        let [number, from, ..] = record.args();
        match record.kind {
            Kind::Accept => {
                let new = Connection {
                    hosts: [from, record.host],
                    closed: [false; 2],
                };
                self.open.insert(number, new);
            }
            Kind::FinOut | Kind::RstIn => {
                if let Some(connection) = self.open.get_mut(&number) {
                    connection.close(record.host);
                }
                self.forget();
            }
            Kind::Crash => {
                self.open
                    .values_mut()
                    .for_each(|connection| connection.close(record.host));
                self.forget();
            }
            _ => {}
        }
    }

    /// By hosts, from client to server: how many, and how many of them one end has let go of.
    pub(super) fn counts(&self) -> BTreeMap<(u64, u64), (u64, u64)> {
        let mut counts: BTreeMap<(u64, u64), (u64, u64)> = BTreeMap::new();
        for Connection {
            hosts: [from, to],
            closed,
        } in self.open.values()
        {
            let (open, half) = counts.entry((*from, *to)).or_default();
            *open += 1;
            *half += u64::from(closed.contains(&true));
        }
        counts
    }

    fn forget(&mut self) {
        self.open
            .retain(|_, connection| connection.closed.contains(&false));
    }
}

impl Connection {
    fn close(&mut self, host: u64) {
        for (end, closed) in self.hosts.iter().zip(&mut self.closed) {
            *closed |= *end == host;
        }
    }
}
