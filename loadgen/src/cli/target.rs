//! The address to send to.

use super::exit::Refusal;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::timeout;
use world::{RealWorld, World};

/// Looking for an address of a name that answers; then the first is taken.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Of several addresses the first that takes a connection; if none does, the first.
pub(super) async fn target(world: &RealWorld, name: &str) -> Result<SocketAddr, Refusal> {
    let found = world.resolve(name).await;
    let found = found.map_err(|e| Refusal::failed(&format!("look up {name}"), e))?;
    if let [only] = found.addrs[..] {
        return Ok(only);
    }
    for addr in &found.addrs {
        if matches!(timeout(PROBE_TIMEOUT, world.connect(*addr)).await, Ok(Ok(_))) {
            return Ok(*addr);
        }
    }
    let first = found.addrs.first().copied();
    first.ok_or_else(|| Refusal::failed(&format!("look up {name}"), "no address"))
}
