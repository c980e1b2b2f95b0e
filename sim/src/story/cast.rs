//! What hosts are there for, by their names.

use crate::trace::text::Names;
use scenarios::{GATEWAY, TUNNELS};

/// What a host is there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Outside of the network: it runs the plan.
    Driver,
    Replica,
    Gateway,
    Client,
}

impl Role {
    pub(super) fn of(host: u64, names: &Names) -> Self {
        match names.get(host) {
            None if host == 0 => Self::Driver,
            Some(GATEWAY) => Self::Gateway,
            Some(TUNNELS) => Self::Client,
            Some(name) if name.starts_with("client") => Self::Client,
            _ => Self::Replica,
        }
    }
}
