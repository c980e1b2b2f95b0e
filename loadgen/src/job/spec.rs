//! A job as typed.

use crate::request::Catalogue;
use crate::transport::tls::Tls;
use bytes::Bytes;
use serde::{Serialize, Serializer};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use workload::{Arrival, Profile, Trace};

/// [`JobSpec::new`] gives the defaults, [`JobSpec::build`] checks it all.
#[derive(Debug, Clone, Serialize)]
pub struct JobSpec {
    pub target: SocketAddr,
    /// Value of the `Host` header.
    pub host: String,
    pub method: String,
    /// Path and query, a template.
    pub path: String,
    /// Names, and templates of their values.
    pub headers: Vec<(String, String)>,
    #[serde(serialize_with = "length")]
    pub body: Bytes,
    /// What is sent instead of the request above, where that is more than one.
    #[serde(serialize_with = "names")]
    pub catalogue: Option<Arc<Catalogue>>,
    pub protocol: Protocol,
    /// Connections are secured.
    #[serde(serialize_with = "presence")]
    pub tls: Option<Tls>,
    /// Closed loop instead of a plan: every connection asks again as soon as it is answered. `arrival`, `rate` and
    /// `offered` are not looked at.
    pub closed: bool,
    pub arrival: Arrival,
    /// Requests per second over all shards.
    pub rate: f64,
    /// What is offered over time, instead of `rate` all the time.
    #[serde(serialize_with = "optional_display")]
    pub offered: Option<Offered>,
    /// Requests are due before this much time since the start; warm-up included.
    #[serde(serialize_with = "text")]
    pub duration: Duration,
    /// Stop planning after this many requests in time order, if that comes first; warm-up included.
    pub requests: Option<u64>,
    /// Most connections at once, over all shards.
    pub connections: usize,
    /// Most requests on connections at once, over all shards. With HTTP/1.1 it cannot be more than one a connection;
    /// with HTTP/2 it is a hundred of them unless told.
    pub max_in_flight: Option<usize>,
    /// A connection is closed after so many.
    pub requests_per_connection: Option<u64>,
    /// Open all connections before the start instead of on demand.
    pub preconnect: bool,
    /// Most requests waiting for a connection, over all shards; beyond it they fail as `overflow`.
    pub backlog: usize,
    /// For the complete answer, from the intended time.
    #[serde(serialize_with = "text")]
    pub timeout: Duration,
    /// How long to wait for outcomes after the last request was released.
    #[serde(serialize_with = "text")]
    pub drain: Duration,
    /// Requests due in the first part of the run are sent but not recorded.
    #[serde(serialize_with = "text")]
    pub warmup: Duration,
    /// Every request carries its id in `X-Load-Id`.
    pub load_id: bool,
    /// Length of the intervals of the time series; none, no series.
    #[serde(serialize_with = "optional_text")]
    pub interval: Option<Duration>,
}

/// What speaks over the connections.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub enum Protocol {
    #[default]
    #[serde(rename = "HTTP/1.1")]
    Http1,
    #[serde(rename = "HTTP/2")]
    Http2,
}

/// Load that is not one rate.
#[derive(Debug, Clone)]
pub enum Offered {
    Profile(Profile),
    Trace(Trace),
}

impl JobSpec {
    /// `GET /` at a Poisson rate of 100/s for 10 s over at most 64 connections.
    pub fn new(target: SocketAddr, host: impl Into<String>) -> Self {
        Self {
            target,
            host: host.into(),
            method: "GET".into(),
            path: "/".into(),
            headers: Vec::new(),
            body: Bytes::new(),
            catalogue: None,
            protocol: Protocol::Http1,
            tls: None,
            closed: false,
            arrival: Arrival::Poisson,
            rate: 100.0,
            offered: None,
            duration: Duration::from_secs(10),
            requests: None,
            connections: 64,
            max_in_flight: None,
            requests_per_connection: None,
            preconnect: false,
            backlog: 1_000_000,
            timeout: Duration::from_secs(10),
            drain: Duration::from_secs(10),
            warmup: Duration::ZERO,
            load_id: true,
            interval: None,
        }
    }
}

pub(super) fn human(duration: Duration) -> humantime::FormattedDuration {
    humantime::format_duration(duration)
}

fn text<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(&human(*duration))
}

fn optional_text<S: Serializer>(duration: &Option<Duration>, to: S) -> Result<S::Ok, S::Error> {
    match duration {
        Some(duration) => text(duration, to),
        None => to.serialize_none(),
    }
}

fn optional_display<S: Serializer>(offered: &Option<Offered>, to: S) -> Result<S::Ok, S::Error> {
    match offered {
        Some(Offered::Profile(profile)) => to.collect_str(profile),
        Some(Offered::Trace(trace)) => to.collect_str(&format_args!("a trace of {} arrivals", trace.count())),
        None => to.serialize_none(),
    }
}

fn length<S: Serializer>(body: &Bytes, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(body.len() as u64)
}

fn names<S: Serializer>(catalogue: &Option<Arc<Catalogue>>, to: S) -> Result<S::Ok, S::Error> {
    match catalogue {
        Some(catalogue) => to.collect_seq(catalogue.names()),
        None => to.serialize_none(),
    }
}

fn presence<S: Serializer>(tls: &Option<Tls>, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_bool(tls.is_some())
}
