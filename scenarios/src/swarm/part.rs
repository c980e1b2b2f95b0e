//! An upstream of the swarm in the making.

use super::super::config::Upstream;
use super::super::model::Replica;

/// With a gateway and three clients twelve hosts: a simulation's cost grows with the cube of their number.
pub(super) const REPLICAS_MAX: u64 = 8;

/// One upstream: what its replicas do, and what the gateway is told of them.
pub(super) struct Part {
    pub(super) behaviour: String,
    /// Length of a request's body.
    pub(super) upload_bytes: usize,
    pub(super) told: Upstream,
    /// What the other config says of its health: see [`super::super::swarm_health::other`].
    pub(super) other_health: &'static str,
    /// The other config says nothing of a breaker.
    pub(super) others_lack_breaker: bool,
}

impl Part {
    pub(super) fn replicas(&self) -> impl Iterator<Item = Replica> + '_ {
        self.told.replicas.iter().map(|name| Replica {
            name: name.clone(),
            behaviour: self.behaviour.clone(),
            script: String::new(),
        })
    }
}
