//! An upstream of the swarm in the making.

use super::super::config::Upstream;
use super::super::model::Replica;
use super::super::swarm_health::Health;

/// With a gateway and three clients twelve hosts: a simulation's cost grows with the cube of their number.
pub(super) const REPLICAS_MAX: u64 = 8;

/// One upstream: what its replicas do, and what the gateway is told of them.
pub(super) struct Part {
    pub(super) replicas: Vec<String>,
    pub(super) behaviour: String,
    /// Length of a request's body.
    pub(super) upload_bytes: usize,
    pub(super) told: Upstream,
    pub(super) health: Health,
}

impl Part {
    pub(super) fn replicas(&self) -> impl Iterator<Item = Replica> + '_ {
        self.replicas.iter().map(|name| Replica {
            name: name.clone(),
            behaviour: self.behaviour.clone(),
            script: String::new(),
        })
    }
}
