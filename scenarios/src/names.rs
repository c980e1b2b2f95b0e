//! Names and ports of the hosts of a scenario.

use std::time::Duration;

/// The host that runs the gateway.
pub const GATEWAY: &str = "gateway";
/// The port on which clients find the gateway.
pub const GATEWAY_PORT: u16 = 8_080;
/// The port of a gateway's admin listener.
pub const ADMIN_PORT: u16 = 9_901;
/// The port on which every replica listens.
pub const REPLICA_PORT: u16 = 8_081;

/// For how long an answer to a lookup of an upstream's name holds: the shortest that a gateway believes, so that it asks
/// often.
pub const NAMES_VALID_FOR: Duration = Duration::from_secs(1);

/// What an upstream is called by those who look it up.
pub fn upstream_name(upstream: &str) -> String {
    format!("{upstream}.test")
}

/// The host of the `index`-th client.
pub fn client_name(index: usize) -> String {
    format!("client{index}")
}
