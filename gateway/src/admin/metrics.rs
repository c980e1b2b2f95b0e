//! Metrics as OpenMetrics text: rate, errors and durations per route and upstream, pool reuse, in-flight.
//!
//! Label sets are bounded by the plan: routes, upstreams, replicas, and five status classes.

use super::breakers::breakers;
use super::family::{Family, describe};
use super::limits::limits;
use super::mirrors::mirrors;
use super::observed::Observed;
use super::replicas::replicas;
use super::retries::{budgets, timeouts_and_retries};
use super::spans::spans;
use super::tunnels::tunnels;
use crate::observe::SpanCounts;
use crate::reload::Reloads;
use crate::route::Action;
use crate::snapshot::Snapshot;
use crate::state::{ClientState, UpstreamState, WAITS, Why};
use http1::connection::Close;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::text::encode;
use prometheus_client::encoding::{DescriptorEncoder, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

pub(super) fn text(observed: &Observed) -> String {
    let mut registry = Registry::with_prefix("tollgate");
    registry.register_collector(Box::new(Now {
        snapshot: observed.current.load(),
        clients: Arc::clone(&observed.clients),
        reloads: Arc::clone(&observed.reloads),
        log_dropped: observed
            .log_dropped
            .as_ref()
            .map(|lost| lost.load(Ordering::Relaxed)),
        spans: observed.spans.clone(),
    }));
    let mut text = String::new();
    // writing to a String cannot fail
    let _ = encode(&mut text, &registry);
    text
}

struct Now {
    snapshot: Arc<Snapshot>,
    clients: Arc<ClientState>,
    reloads: Arc<Reloads>,
    log_dropped: Option<u64>,
    spans: Option<Arc<SpanCounts>>,
}

impl fmt::Debug for Now {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metrics of config version {}", self.snapshot.version)
    }
}

impl Collector for Now {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        gauge(
            &mut encoder,
            "config_version",
            "Version of the config in force",
            self.snapshot.version,
        )?;
        self.reloads(&mut encoder)?;
        gauge(
            &mut encoder,
            "client_connections",
            "Open client connections",
            self.clients.open.held() as u64,
        )?;
        if let Some(lost) = self.log_dropped {
            let metric = describe(
                &mut encoder,
                "access_log_dropped",
                "Access log lines lost",
                MetricType::Counter,
            );
            metric?.encode_counter::<NoLabelSet, _, u64>(&lost, None)?;
        }
        if let Some(counts) = &self.spans {
            spans(counts, &mut encoder)?;
        }
        self.turned_away(&mut encoder)?;
        self.closes(&mut encoder)?;
        self.timeouts(&mut encoder)?;
        self.routes(&mut encoder)?;
        tunnels(&self.snapshot, &mut encoder)?;
        self.upstreams(&mut encoder)?;
        replicas(&self.snapshot, &mut encoder)?;
        breakers(&self.snapshot, &mut encoder)?;
        limits(&self.snapshot, &mut encoder)?;
        mirrors(&self.snapshot, &mut encoder)
    }
}

impl Now {
    /// What came of reloads, and when one went well.
    fn reloads(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Reloads of the config, by what came of them";
        let mut metric = describe(encoder, "config_reloads", help, MetricType::Counter)?;
        for (result, count) in self.reloads.counts() {
            metric
                .encode_family(&[("result", result)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        let help = "When the config in force was read, since the Unix epoch";
        let name = "config_last_reload_success_timestamp";
        let metric = encoder.encode_descriptor(name, help, Some(&Unit::Seconds), MetricType::Gauge);
        metric?.encode_gauge(&self.reloads.last_success())
    }

    /// Why client connections were not served.
    fn turned_away(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Client connections closed before they were served, by reason";
        let mut metric = describe(encoder, "client_turned_away", help, MetricType::Counter)?;
        for (place, why) in Why::ALL.iter().enumerate() {
            let count = self.clients.turned_away.sum(|turned_away| &turned_away.0[place]);
            metric
                .encode_family(&[("reason", why.label())])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    /// Why client connections ended.
    fn closes(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Client connections ended, by reason";
        let mut metric = describe(encoder, "client_closes", help, MetricType::Counter)?;
        for (place, reason) in Close::ALL.iter().enumerate() {
            let count = self.clients.closes.sum(|closes| &closes.0[place]);
            metric
                .encode_family(&[("reason", reason.label())])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    /// Which deadlines ended them.
    fn timeouts(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "Client connections ended over a deadline, by what was waited for";
        let mut metric = describe(encoder, "client_timeouts", help, MetricType::Counter)?;
        for (place, (_, label)) in WAITS.iter().enumerate() {
            let count = self.clients.timeouts.sum(|timeouts| &timeouts.0[place]);
            metric
                .encode_family(&[("waited_for", *label)])?
                .encode_counter::<NoLabelSet, _, u64>(&count, None)?;
        }
        Ok(())
    }

    fn routes(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let cells = self.snapshot.routes.iter().map(|route| &route.cells);
        let routes = Family {
            label: "route",
            members: self.snapshot.route_names().zip(cells).collect(),
        };
        routes.by_class(encoder, "requests", "Requests by the answer's status", |cells| {
            &cells.statuses
        })?;
        let help = "Requests whose client went away first";
        routes.counter(encoder, "requests_aborted", help, |cells| &cells.aborted)?;
        let help = "Answers that broke off after their head";
        routes.counter(encoder, "requests_broken", help, |cells| &cells.broken)?;
        routes.counter(encoder, "retries", "Attempts beyond the first", |cells| {
            &cells.retries
        })?;
        let help = "Requests that were answered with what their route falls back on";
        routes.counter(encoder, "route_fallbacks", help, |cells| &cells.fallbacks)?;
        let help = "From a request's head to the end of its answer";
        routes.durations(encoder, "request_duration", help, |cells| &cells.durations)?;
        self.actions(encoder)
    }

    /// What each route does with requests: a label to join the other series of routes with.
    fn actions(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let help = "1: what the route does with requests";
        let mut metric = describe(encoder, "route_info", help, MetricType::Gauge)?;
        for route in &self.snapshot.plan.routes {
            let action = match route.action {
                Action::Upstream(_) => "upstream",
                Action::Split(_) => "split",
                Action::Redirect(_) => "redirect",
                Action::Respond(_) => "respond",
            };
            let labels = [("route", route.name.as_str()), ("action", action)];
            metric.encode_family(&labels)?.encode_gauge(&1_u64)?;
        }
        Ok(())
    }

    fn upstreams(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let names = self.snapshot.plan.upstreams.iter();
        let names = names.map(|upstream| upstream.name.as_str());
        let cells = self.snapshot.upstreams.iter().map(|upstream| &upstream.cells);
        let upstreams = Family {
            label: "upstream",
            members: names.zip(cells).collect(),
        };
        upstreams.by_class(
            encoder,
            "upstream_answers",
            "Attempts answered, by status",
            |cells| &cells.statuses,
        )?;
        let help = "Attempts that got no connection";
        upstreams.counter(encoder, "upstream_not_connected", help, |cells| {
            &cells.not_connected
        })?;
        let help = "Attempts whose connection broke";
        upstreams.counter(encoder, "upstream_broken", help, |cells| &cells.broken)?;
        let help = "Attempts given up over try_timeout";
        upstreams.counter(encoder, "upstream_timed_out", help, |cells| &cells.timed_out)?;
        let help = "Attempts refused over in_flight_max";
        upstreams.counter(encoder, "upstream_full", help, |cells| &cells.full)?;
        let help = "Attempts refused because pending_max waited for a connection";
        upstreams.counter(encoder, "upstream_pending_full", help, |cells| {
            &cells.pending_full
        })?;
        let help = "Attempts given up while they waited for a connection";
        upstreams.counter(encoder, "upstream_pending_timeouts", help, |cells| {
            &cells.pending_timeouts
        })?;
        let help = "Attempts for which no replica was usable";
        upstreams.counter(encoder, "upstream_unavailable", help, |cells| &cells.unavailable)?;
        upstreams.counter(encoder, "pool_dials", "Connections opened", |cells| &cells.dials)?;
        let help = "Requests sent on a pooled connection";
        upstreams.counter(encoder, "pool_reuses", help, |cells| &cells.reuses)?;
        upstreams.by_close(encoder, |cells| &cells.closes)?;
        let help = "Names of replicas looked up";
        upstreams.counter(encoder, "upstream_resolutions", help, |cells| &cells.resolutions)?;
        let help =
            "Lookups that failed, named nothing, or named the gateway itself; the last answer holds on";
        upstreams.counter(encoder, "upstream_resolution_failures", help, |cells| {
            &cells.resolution_failures
        })?;
        let help = "From the start of an attempt to the head of its answer";
        upstreams.durations(encoder, "upstream_duration", help, |cells| &cells.durations)?;
        timeouts_and_retries(&upstreams, encoder)?;
        budgets(&self.snapshot, encoder)?;
        self.levels(encoder)?;
        self.replicas(encoder)
    }

    /// How many replicas there are, and how many addresses of names are one too many.
    fn replicas(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let snapshot = &self.snapshot;
        let count: Vec<_> = snapshot.replicas.iter().map(|replicas| replicas.len()).collect();
        for (name, help, values) in [
            ("upstream_replicas", "Replicas by address", &count),
            (
                "upstream_addresses_left_out",
                "Addresses of names beyond the most replicas that an upstream has",
                &snapshot.left_out,
            ),
        ] {
            let mut metric = describe(encoder, name, help, MetricType::Gauge)?;
            for (plan, value) in snapshot.plan.upstreams.iter().zip(values) {
                metric
                    .encode_family(&[("upstream", plan.name.as_str())])?
                    .encode_gauge(value)?;
            }
        }
        Ok(())
    }

    /// What is held of each upstream's bounds now.
    fn levels(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        type Level = fn(&UpstreamState) -> usize;
        let levels: [(&str, &str, Level); 3] = [
            ("upstream_in_flight", "Attempts in flight", |state| {
                state.in_flight.held()
            }),
            ("upstream_connections", "Connections open", |state| {
                state.slots.held()
            }),
            (
                "upstream_pending",
                "Attempts that wait for a connection",
                |state| state.slots.waiting(),
            ),
        ];
        for (name, help, level) in levels {
            let mut metric = describe(encoder, name, help, MetricType::Gauge)?;
            for (plan, state) in self.snapshot.plan.upstreams.iter().zip(&self.snapshot.upstreams) {
                metric
                    .encode_family(&[("upstream", plan.name.as_str())])?
                    .encode_gauge(&level(state))?;
            }
        }
        Ok(())
    }
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, value: u64) -> fmt::Result {
    describe(encoder, name, help, MetricType::Gauge)?.encode_gauge(&value)
}
