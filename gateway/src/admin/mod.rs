//! The operator's window: a page for people, health, metrics, config and its reload, routes, upstreams, profiles. On a listener of
//! its own, never reachable by a route.
//!
//! `docs/admin.md` has every page with an example. It reads what the workers count and never touches the data path; a
//! profile is taken where the process offers it (`App::offer_profiles`), and by a thread of its own.

mod breakers;
mod family;
mod foreign;
mod limits;
mod metrics;
mod mirrors;
mod observed;
mod page;
mod pages;
#[cfg(feature = "profiling")]
mod profile;
mod reload;
mod replicas;
mod retries;
mod routes;
mod serve;
mod spans;
mod status;
mod tunnels;
mod upstreams;

pub(crate) use observed::Observed;
pub(crate) use serve::serve;
