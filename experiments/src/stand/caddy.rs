//! Caddy as a reference.

use super::boot::Wrapper;
use super::foreign::{self, Foreign, Program, free_port};
use crate::failure::Failure;
use serde_json::json;
use std::net::SocketAddr;
use std::path::Path;

/// Keep-alive on both sides, no log, no admin port, no certificates, nothing written down, and none of the headers that it would
/// add. Its runtime takes as many threads as the process has cores, and that is one.
fn config_of(listen: SocketAddr, upstream: SocketAddr) -> String {
    let proxy = json!({
        "handler": "reverse_proxy",
        "upstreams": [{ "dial": upstream }],
        "headers": { "request": { "delete": ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host"] } },
        "transport": {
            "protocol": "http",
            "compression": false,
            "keep_alive": { "idle_timeout": "1h", "max_idle_conns": 256, "max_idle_conns_per_host": 256 },
        },
    });
    let config = json!({
        "admin": { "disabled": true, "config": { "persist": false } },
        "logging": { "logs": { "default": { "writer": { "output": "discard" } } } },
        "apps": { "http": { "servers": { "bare": {
            "listen": [listen],
            "automatic_https": { "disable": true },
            "idle_timeout": "1h",
            "routes": [{ "handle": [proxy] }],
        } } } },
    });
    format!("{config:#}\n")
}

/// Boots Caddy before `upstream`; its files live in `directory`.
pub async fn boot_caddy(
    program: &Path,
    upstream: SocketAddr,
    directory: &Path,
    core: Option<usize>,
    wrapper: Option<&Wrapper>,
) -> Result<Foreign, Failure> {
    let http = free_port("caddy")?;
    let program = Program {
        name: "caddy",
        path: program,
        arguments: ["run", "--config", "caddy.json"].map(Into::into).into(),
        config_name: "caddy.json",
        config: config_of(http, upstream),
        http,
    };
    foreign::boot(program, directory, core, wrapper).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_config_says_where_from_and_where_to() {
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let config: serde_json::Value =
            serde_json::from_str(&config_of(addr(8_080), addr(9_090))).expect("it is JSON");
        let server = &config["apps"]["http"]["servers"]["bare"];
        assert_eq!(server["listen"][0], "127.0.0.1:8080");
        let proxy = &server["routes"][0]["handle"][0];
        assert_eq!(proxy["upstreams"][0]["dial"], "127.0.0.1:9090");
        assert_eq!(config["admin"]["disabled"], true);
    }
}
