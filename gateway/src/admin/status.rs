//! `/` and `/status.json`: one page for people, and the counts that it is made of.
//!
//! The page is one file without anything from elsewhere; its policy allows the one style and the one script that are in it, by
//! their hashes, and requests to where it came from. Counts are cumulative: the page takes the differences, so that any number of
//! people can look and nothing is kept for them.

use super::observed::Observed;
use super::page::Page;
use super::{routes, upstreams};
use crate::snapshot::Snapshot;
use crate::state::{BUCKET_BOUNDS, Cell64, Classes, Durations, Fired, PerWorker, RouteCells, UpstreamCells};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http1::head::FieldValue;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PAGE: &str = include_str!("status.html");
const HTML: FieldValue<'_> = FieldValue::constant("text/html; charset=utf-8");

/// Of each, in the feed: it is read every two seconds. The rest is in `/routes`, `/upstreams` and `/metrics`.
const ROWS_MAX: usize = 256;

pub(super) fn page() -> Page {
    let (style, script) = (hash("<style>", "</style>"), hash("<script>", "</script>"));
    let policy = format!(
        "default-src 'none'; style-src '{style}'; script-src '{script}'; connect-src 'self'; img-src data:; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    Page {
        policy: Some(policy),
        ..Page::ok(HTML, PAGE.into())
    }
}

/// Of what stands between two tags, as a policy has it.
fn hash(from: &str, to: &str) -> String {
    let text = PAGE.split_once(from).and_then(|(_, rest)| rest.split_once(to));
    let text = text.map_or("", |(text, _)| text);
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text)))
}

pub(super) fn status(observed: &Observed) -> Value {
    let snapshot = observed.current.load();
    let (routes, upstreams) = (routes_of(&snapshot), upstreams_of(&snapshot));
    let left_out = |all: usize| all.saturating_sub(ROWS_MAX);
    json!({
        "version": snapshot.version,
        "uptime_ms": observed.started.elapsed().as_millis() as u64,
        "workers": observed.workers,
        "draining": observed.life.is_stopping(),
        "client_connections": observed.clients.open.held(),
        "bounds_us": BUCKET_BOUNDS,
        "routes": routes,
        "routes_left_out": left_out(snapshot.plan.routes.len()),
        "upstreams": upstreams,
        "upstreams_left_out": left_out(snapshot.plan.upstreams.len()),
    })
}

/// In order of precedence, and at the end those requests that none takes.
fn routes_of(snapshot: &Snapshot) -> Vec<Value> {
    let row = |place: usize, takes: String, to: String| {
        let name = snapshot.route_names().nth(place);
        json!({
            "name": name,
            "takes": takes,
            "to": to,
            "counts": route_counts(&snapshot.routes[place].cells),
        })
    };
    let places = routes::places(&snapshot.plan).into_iter().take(ROWS_MAX);
    let rows = places.map(|place| {
        let route = &snapshot.plan.routes[place];
        row(place, routes::takes(route), routes::to(snapshot, route))
    });
    let none = row(snapshot.no_route(), "what no route takes".into(), String::new());
    rows.chain([none]).collect()
}

fn upstreams_of(snapshot: &Snapshot) -> Vec<Value> {
    let rows = upstreams::rows(snapshot, ROWS_MAX).into_iter();
    let states = rows.zip(&snapshot.upstreams);
    let rows = states.map(|(mut row, state)| {
        row["counts"] = upstream_counts(&state.cells);
        row
    });
    rows.collect()
}

fn route_counts(cells: &PerWorker<RouteCells>) -> Value {
    json!({
        "statuses": classes(cells, |cells| &cells.statuses),
        "aborted": cells.sum(|cells| &cells.aborted),
        "broken": cells.sum(|cells| &cells.broken),
        "retries": cells.sum(|cells| &cells.retries),
        "buckets": buckets(cells, |cells| &cells.durations),
    })
}

fn upstream_counts(cells: &PerWorker<UpstreamCells>) -> Value {
    let count = |cell: fn(&UpstreamCells) -> &Cell64| cells.sum(cell);
    // those over `try_timeout` that had a connection, and those over any other time that an answer's head has
    let silent = [Fired::FirstByte, Fired::Route, Fired::Deadline];
    let silent = silent.map(|fired| cells.sum(|cells| &cells.timeouts.0[fired as usize]));
    json!({
        "statuses": classes(cells, |cells| &cells.statuses),
        "failures": {
            "not_connected": count(|cells| &cells.not_connected),
            "broken": count(|cells| &cells.broken),
            "timed_out": count(|cells| &cells.timed_out) + silent.iter().sum::<u64>(),
            "full": count(|cells| &cells.full),
            "pending_full": count(|cells| &cells.pending_full),
            "pending_timeouts": count(|cells| &cells.pending_timeouts),
            "unavailable": count(|cells| &cells.unavailable),
            "breaker_rejected": count(|cells| &cells.breaker_rejected),
        },
        "buckets": buckets(cells, |cells| &cells.durations),
    })
}

fn classes<T: Default>(cells: &PerWorker<T>, of: impl Fn(&T) -> &Classes) -> Vec<u64> {
    let places = 0..Classes::default().0.len();
    places
        .map(|place| cells.sum(|cells| &of(cells).0[place]))
        .collect()
}

fn buckets<T: Default>(cells: &PerWorker<T>, of: impl Fn(&T) -> &Durations) -> Vec<u64> {
    let places = 0..=BUCKET_BOUNDS.len();
    places
        .map(|place| cells.sum(|cells| &of(cells).buckets[place]))
        .collect()
}
