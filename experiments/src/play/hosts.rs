//! Addresses: as in the simulator every host has one of its own, and the ports are always the same.
//!
//! Each play takes a network of its own out of 127.0.0.0/8, all of which is this machine. So a gateway that is started again is
//! found where it was, gateways can be probed on one port, and two plays never meet.

use crate::failure::Failure;
use scenarios::{ADMIN_PORT, GATEWAY, GATEWAY_PORT, REPLICA_PORT, Scenario};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::atomic::{AtomicU32, Ordering};

/// Networks 127.64.0 to 127.127.255; lower ones are somebody else's habit.
const NETWORKS: u32 = 64 * 256;
/// A process takes those from its number on.
const OF_A_PROCESS: u32 = 64;
const TRIES: u32 = 32;

/// The host numbers of a network.
const REPLICAS: u8 = 1;
const FRONT: u8 = 2;

static TAKEN: AtomicU32 = AtomicU32::new(0);

#[derive(Debug, Clone)]
pub(super) struct Hosts {
    network: [u8; 3],
    replicas: Vec<String>,
    /// The one that clients talk to comes first.
    gateways: Vec<String>,
}

impl Hosts {
    pub(super) fn of(scenario: &Scenario) -> Result<Self, Failure> {
        let behind = scenario.behind().iter().cloned();
        let hosts = |network| Self {
            network,
            replicas: scenario.replicas.iter().map(|of| of.name.clone()).collect(),
            gateways: [GATEWAY.to_owned()].into_iter().chain(behind.clone()).collect(),
        };
        let first = std::process::id().wrapping_mul(OF_A_PROCESS);
        for _ in 0..TRIES {
            let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
            let number = first.wrapping_add(taken) % NETWORKS;
            let hosts = hosts([127, 64 + (number / 256) as u8, (number % 256) as u8]);
            if hosts.are_free() {
                return Ok(hosts);
            }
        }
        Err(Failure::run(format!(
            "find addresses for a scenario: {TRIES} networks of 127.0.0.0/8 are in use"
        )))
    }

    fn are_free(&self) -> bool {
        let all = [self.first_replica(), self.front(), self.admin(0)];
        all.into_iter().all(|addr| TcpListener::bind(addr).is_ok())
    }

    fn at(&self, host: u8, port: u16) -> SocketAddr {
        let [a, b, c] = self.network;
        SocketAddr::from((Ipv4Addr::new(a, b, c, host), port))
    }

    /// Replicas are told apart by their ports, one after the other: one process has them all.
    pub(super) fn first_replica(&self) -> SocketAddr {
        self.at(REPLICAS, REPLICA_PORT)
    }

    pub(super) fn front(&self) -> SocketAddr {
        self.gateway(0)
    }

    pub(super) fn gateway(&self, place: usize) -> SocketAddr {
        self.at(FRONT.saturating_add(place as u8), GATEWAY_PORT)
    }

    pub(super) fn admin(&self, place: usize) -> SocketAddr {
        self.at(FRONT.saturating_add(place as u8), ADMIN_PORT)
    }

    /// Of gateways, the one that clients talk to first.
    pub(super) fn gateways(&self) -> &[String] {
        &self.gateways
    }

    /// Every host that a config may name.
    pub(super) fn named(&self) -> Vec<(&str, SocketAddr)> {
        let replicas = self.replicas.iter().zip(REPLICA_PORT..);
        let replicas = replicas.map(|(name, port)| (name.as_str(), self.at(REPLICAS, port)));
        let gateways = self.gateways.iter().enumerate();
        let gateways = gateways.map(|(place, name)| (name.as_str(), self.gateway(place)));
        replicas.chain(gateways).collect()
    }
}
