//! Hosts by their numbers: names and parts.

use crate::scenarios::GATEWAY;
use crate::trace::text::name_from_values;
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// The most hosts whose names are kept: far more than a simulation can have.
const HOSTS_MAX: usize = 4_096;

/// What a host is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Outside of the network: it runs the plan.
    Driver,
    Replica,
    Gateway,
    Client,
}

/// The hosts of one simulation.
#[derive(Debug, Default)]
pub(super) struct Cast {
    names: BTreeMap<u64, String>,
}

impl Cast {
    pub(super) fn see(&mut self, record: &Record) {
        match record.kind {
            Kind::Run => self.names.clear(),
            Kind::Host if self.names.len() < HOSTS_MAX => {
                self.names.insert(record.host, name_from_values(record.values()));
            }
            _ => {}
        }
    }

    pub(super) fn name(&self, host: u64) -> String {
        match self.names.get(&host) {
            Some(name) => name.clone(),
            None if host == 0 => "driver".into(),
            None => format!("host{host}"),
        }
    }

    pub(super) fn role(&self, host: u64) -> Role {
        match self.names.get(&host).map(String::as_str) {
            None if host == 0 => Role::Driver,
            Some(GATEWAY) => Role::Gateway,
            Some(name) if name.starts_with("client") => Role::Client,
            _ => Role::Replica,
        }
    }

    pub(super) fn hosts(&self) -> impl Iterator<Item = u64> + '_ {
        self.names.keys().copied()
    }
}
