//! Path to page.

use super::observed::Observed;
#[cfg(feature = "profiling")]
use super::profile;
use super::{metrics, routes, upstreams};
use http1::head::{FieldValue, Method, Request};
use serde_json::{Value, json};

/// What was asked for. The head of a request does not outlive the call that is shown it.
pub(super) struct Asked {
    pub(super) method: Method,
    path: String,
    #[cfg_attr(not(feature = "profiling"), expect(dead_code, reason = "of profiles alone"))]
    pub(super) query: String,
}

pub(super) struct Page {
    pub(super) status: u16,
    pub(super) content_type: FieldValue<'static>,
    pub(super) allow: Option<FieldValue<'static>>,
    pub(super) bytes: Vec<u8>,
}

const JSON: FieldValue<'_> = FieldValue::constant("application/json");
const YAML: FieldValue<'_> = FieldValue::constant("application/yaml");
const OPENMETRICS: FieldValue<'_> =
    FieldValue::constant("application/openmetrics-text; version=1.0.0; charset=utf-8");
const READ_ONLY: FieldValue<'_> = FieldValue::constant("GET, HEAD");

type Make = fn(&Observed) -> Page;

/// Pages that are made at once, in the order in which they are listed.
const PAGES: &[(&str, Make)] = &[
    ("/healthz", |_| Page::json(200, &json!({ "status": "ok" }))),
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

impl Asked {
    pub(super) fn new(request: &Request<'_>) -> Self {
        let (path, query) = request.target.split_once('?').unwrap_or((request.target, ""));
        Self {
            method: request.method,
            path: path.to_owned(),
            query: query.to_owned(),
        }
    }
}

impl Page {
    pub(super) fn ok(content_type: FieldValue<'static>, bytes: Vec<u8>) -> Self {
        Self {
            status: 200,
            content_type,
            allow: None,
            bytes,
        }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self {
            status,
            ..Self::ok(JSON, format!("{value}\n").into_bytes())
        }
    }

    pub(super) fn only(allow: FieldValue<'static>) -> Self {
        Self {
            allow: Some(allow),
            ..Self::json(405, &json!({ "error": "method_not_allowed" }))
        }
    }
}

pub(super) async fn page(asked: &Asked, observed: &Observed) -> Page {
    #[cfg(feature = "profiling")]
    if observed.profiles && asked.path == profile::PATH {
        return profile::page(asked).await;
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
    let pages = PAGES.iter().map(|(path, _)| *path);
    #[cfg(feature = "profiling")]
    let pages = pages.chain(observed.profiles.then_some(profile::PATH));
    let pages: Vec<&str> = pages.collect();
    let mut text = json!({ "error": "no_such_page", "pages": pages });
    if let Some((_, hint)) = ELSEWHERE.iter().find(|(elsewhere, _)| *elsewhere == path) {
        text["hint"] = json!(hint);
    }
    Page::json(404, &text)
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
