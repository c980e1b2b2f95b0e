//! Names and ports of the hosts of a scenario.

/// The host that runs the gateway.
pub const GATEWAY: &str = "gateway";
/// The port on which clients find the gateway.
pub const GATEWAY_PORT: u16 = 8_080;
/// The port on which every replica listens.
pub const REPLICA_PORT: u16 = 8_081;

/// The host of the `index`-th client.
pub fn client_name(index: usize) -> String {
    format!("client{index}")
}
