//! Path to page.

use super::observed::Observed;
use super::page::{Asked, Page};
#[cfg(feature = "profiling")]
use super::profile;
use super::{metrics, reload, routes, status, upstreams};
use crate::planted::{Bug, planted};
use http1::head::{FieldValue, Method};
use serde_json::json;

const YAML: FieldValue<'_> = FieldValue::constant("application/yaml");
const OPENMETRICS: FieldValue<'_> =
    FieldValue::constant("application/openmetrics-text; version=1.0.0; charset=utf-8");
const READ_ONLY: FieldValue<'_> = FieldValue::constant("GET, HEAD");

type Make = fn(&Observed) -> Page;

/// Pages that are made at once, in the order in which they are listed.
const PAGES: &[(&str, Make)] = &[
    ("/", |_| status::page()),
    ("/status", |_| status::page()),
    ("/status.json", |observed| {
        Page::json(200, &status::status(observed))
    }),
    ("/healthz", healthz),
    ("/readyz", readyz),
    ("/metrics", |observed| {
        Page::ok(OPENMETRICS, metrics::text(observed).into())
    }),
    ("/config", config),
    ("/routes", |observed| Page::json(200, &routes::routes(observed))),
    ("/upstreams", |observed| {
        Page::json(200, &upstreams::upstreams(observed))
    }),
    #[cfg(feature = "count-alloc")]
    ("/debug/heap", |_| heap()),
];

/// Pages that other builds, or other processes, have.
const ELSEWHERE: [(&str, &str); 2] = [
    (
        "/debug/heap",
        "the instrumented build counts allocations: --features count-alloc",
    ),
    (
        "/debug/pprof/profile",
        "the `gateway` binary is profiled, unless it is built with --no-default-features",
    ),
];

pub(super) async fn page(asked: &Asked, observed: &Observed) -> Page {
    #[cfg(feature = "profiling")]
    if observed.profiles && asked.path == profile::PATH {
        return profile::page(asked).await;
    }
    if asked.path == reload::PATH {
        return reload::page(asked, observed).await;
    }
    if !matches!(asked.method, Method::Get | Method::Head) {
        return Page::only(READ_ONLY);
    }
    match PAGES.iter().find(|(path, _)| *path == asked.path) {
        Some((_, make)) => make(observed),
        None => unknown(&asked.path, observed),
    }
}

#[cfg_attr(
    not(feature = "profiling"),
    expect(unused_variables, reason = "says whether there are profiles")
)]
fn unknown(path: &str, observed: &Observed) -> Page {
    let pages = PAGES.iter().map(|(path, _)| *path).chain([reload::PATH]);
    #[cfg(feature = "profiling")]
    let pages = pages.chain(observed.profiles.then_some(profile::PATH));
    let pages: Vec<&str> = pages.collect();
    let mut text = json!({ "error": "no_such_page", "pages": pages });
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == path) {
        text["hint"] = json!(hint);
    }
    Page::json(404, &text)
}

/// Whether the process lives: nobody is to kill one that stops by itself.
fn healthz(observed: &Observed) -> Page {
    let status = if observed.life.is_stopping() {
        "stopping"
    } else {
        "ok"
    };
    Page::json(200, &json!({ "status": status }))
}

/// Whether it is to be sent requests.
fn readyz(observed: &Observed) -> Page {
    let (status, text) = if observed.life.is_stopping() && !planted(Bug::ReadinessForgotten) {
        (503, "stopping")
    } else if observed.life.is_whole() {
        (200, "ready")
    } else {
        (503, "starting")
    };
    Page::json(status, &json!({ "status": text }))
}

/// The plan in force. Its version stands in a comment, so that the rest is a config.
fn config(observed: &Observed) -> Page {
    let snapshot = observed.current.load();
    let version = snapshot.version;
    let text = format!(
        "# version {version}, with every default; what may be secret is masked\n{:#}",
        snapshot.plan
    );
    Page::ok(YAML, text.into())
}

#[cfg(feature = "count-alloc")]
fn heap() -> Page {
    let counts = crate::alloc::counts();
    let text = json!({
        "live_bytes": counts.live_bytes(),
        "live": counts.live(),
        "allocations": counts.allocations,
        "bytes": counts.bytes,
        "frees": counts.frees,
        "freed_bytes": counts.freed_bytes,
    });
    Page::json(200, &text)
}
