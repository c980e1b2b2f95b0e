//! The gateway's config for a site of some routes and upstreams, and the size of one that is small: what several experiments boot.

use std::net::SocketAddr;

/// Routes, upstreams, and replicas of each, of a small site.
pub(in crate::exp) const FLEET: (usize, usize, usize) = (50, 10, 3);

/// Every route leads to the upstream whose turn it is, and says the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::exp) struct Site {
    pub(in crate::exp) upstreams: usize,
    /// A route each, by prefix.
    pub(in crate::exp) paths: Vec<String>,
    /// What each route says besides, as `key: value, …`.
    pub(in crate::exp) route: String,
    /// Lines of each upstream besides, indented as they are to stand.
    pub(in crate::exp) upstream: String,
    /// Lines at the end.
    pub(in crate::exp) rest: String,
}

impl Site {
    /// One route to one upstream.
    pub(in crate::exp) fn bare() -> Self {
        Self {
            upstreams: 1,
            paths: vec!["/".to_owned()],
            route: "request_id: false, forwarded: false".to_owned(),
            upstream: String::new(),
            rest: String::new(),
        }
    }

    /// As many as a small site has, each request with an id.
    pub(in crate::exp) fn fleet() -> Self {
        Self {
            upstreams: FLEET.1,
            paths: (0..FLEET.0).map(|route| format!("/service-{route}")).collect(),
            route: "request_id: true, forwarded: false".to_owned(),
            ..Self::bare()
        }
    }

    /// With an access log.
    pub(in crate::exp) fn logged(self) -> Self {
        Self {
            rest: self.rest + "access_log: { path: access.log }\n",
            ..self
        }
    }

    /// In YAML, the stub's replicas shared out evenly; `name` begins the names of the routes.
    pub(in crate::exp) fn config(&self, name: &str, replicas: &[SocketAddr]) -> String {
        let mut config = "listen: { http: 127.0.0.1:0, admin: 127.0.0.1:0 }\nupstreams:\n".to_owned();
        let each = replicas.len().div_ceil(self.upstreams);
        for (number, replicas) in replicas.chunks(each).enumerate() {
            let replicas: Vec<String> = replicas.iter().map(|addr| format!("\"{addr}\"")).collect();
            config += &format!(
                "  stub-{number}:\n    replicas: [ {} ]\n    \
                 pool: {{ idle_max: 256, connections_max: 256, in_flight_max: 1024 }}\n{}",
                replicas.join(", "),
                self.upstream
            );
        }
        config += "routes:\n";
        for (number, path) in self.paths.iter().enumerate() {
            config += &format!(
                "  - {{ name: {name}-{number}, match: {{ path: {path} }}, upstream: stub-{}, timeout: 60s, {} }}\n",
                number % self.upstreams,
                self.route
            );
        }
        config + &self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fleet_shares_its_replicas_and_its_routes_out() {
        let replicas: Vec<SocketAddr> = (1..=30).map(|port| ([127, 0, 0, 1], port).into()).collect();
        let config = Site::fleet().logged().config("tax", &replicas);
        for part in [
            "  stub-9:\n    replicas: [ \"127.0.0.1:28\", \"127.0.0.1:29\", \"127.0.0.1:30\" ]\n",
            "  - { name: tax-49, match: { path: /service-49 }, upstream: stub-9, timeout: 60s, request_id: true, forwarded: false }\n",
        ] {
            assert!(config.contains(part), "{part:?} is not in\n{config}");
        }
        assert_eq!(config.matches("  stub-").count(), 10);
        assert!(
            config.ends_with("\naccess_log: { path: access.log }\n"),
            "{config}"
        );
    }
}
