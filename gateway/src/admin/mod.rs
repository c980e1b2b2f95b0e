//! The operator's window: health, metrics, routes, upstreams. On a listener of its own, never reachable by a route.
//!
//! `GET /healthz`, `GET /metrics` (OpenMetrics text), `GET /routes` and `GET /upstreams` (JSON), and `GET /debug/alloc` in the
//! instrumented build. It reads what the workers count and never touches the data path.

mod metrics;
mod observed;
mod pages;
mod replicas;
mod serve;
mod upstreams;

pub(crate) use observed::Observed;
pub(crate) use serve::serve;
