//! The arms: the same request on the same stub, with one more layer in between each time; and, for the engine that all
//! parts stand on, servers that answer it themselves.

use std::net::SocketAddr;

/// What the stub answers with: 1 KiB at once, as in the figures that proxies are usually compared by.
pub(super) const BEHAVIOUR: &str = "body=1KiB";
/// The size that [`BEHAVIOUR`] says.
pub(super) const BODY_BYTES: usize = 1_024;

/// One way from the load generator to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Arm {
    /// No gateway: what everything else is compared with.
    Direct,
    /// The gateway with one bare route.
    Passthrough,
    /// + request id, `X-Forwarded-*` and access log.
    Logged,
    /// A reference: nginx with the configuration of the bare route.
    Nginx,
    /// The stub itself, watched: what our engine needs for a plain answer.
    Stub,
    /// Its reference: nginx answering by itself, with a body of the same size.
    NginxReturn,
}

impl Arm {
    /// Those with and without something before the stub: they are timed too.
    pub(super) const ALL: [Self; 4] = [Self::Direct, Self::Passthrough, Self::Logged, Self::Nginx];
    /// Those that answer by themselves: they are counted only.
    pub(super) const SERVERS: [Self; 2] = [Self::Stub, Self::NginxReturn];
    /// Those that run our gateway.
    pub(super) const GATEWAY: [Self; 2] = [Self::Passthrough, Self::Logged];

    /// As in the data files.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Passthrough => "passthrough",
            Self::Logged => "id-log",
            Self::Nginx => "nginx",
            Self::Stub => "stub",
            Self::NginxReturn => "nginx-return",
        }
    }

    /// As people read it.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Passthrough => "passthrough",
            Self::Logged => "+ request id, forwarded, log",
            Self::Nginx => "nginx (reference)",
            Self::Stub => "stub",
            Self::NginxReturn => "nginx, return 200 (reference)",
        }
    }

    /// The gateway's config for this arm; `None` for arms without our gateway.
    pub(super) fn gateway_config(self, upstream: SocketAddr) -> Option<String> {
        let (route, log) = match self {
            Self::Passthrough => ("request_id: false\n    forwarded: false", ""),
            Self::Logged => (
                "request_id: true\n    forwarded: true",
                "access_log: { path: access.log }\n",
            ),
            Self::Direct | Self::Nginx | Self::Stub | Self::NginxReturn => return None,
        };
        Some(format!(
            "listen: {{ http: 127.0.0.1:0, admin: 127.0.0.1:0 }}
upstreams:
  stub:
    replicas: [ \"{upstream}\" ]
    pool: {{ idle_max: 256, connections_max: 256, in_flight_max: 1024 }}
routes:
  - name: tax
    match: {{ path: / }}
    upstream: stub
    timeout: 60s
    {route}
{log}"
        ))
    }
}
