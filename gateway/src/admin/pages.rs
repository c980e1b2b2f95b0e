//! Path to page.

use super::metrics;
use super::observed::Observed;
use super::upstreams::upstreams;
use crate::route::PathRule;
use http1::head::{FieldValue, Method};
use serde_json::json;

pub(super) struct Page {
    pub(super) status: u16,
    pub(super) content_type: FieldValue<'static>,
    pub(super) allow: Option<FieldValue<'static>>,
    pub(super) text: String,
}

const JSON: FieldValue<'_> = FieldValue::constant("application/json");
const OPENMETRICS: FieldValue<'_> =
    FieldValue::constant("application/openmetrics-text; version=1.0.0; charset=utf-8");
const READ_ONLY: FieldValue<'_> = FieldValue::constant("GET, HEAD");

pub(super) fn page(method: Method, path: &str, observed: &Observed) -> Page {
    if !matches!(method, Method::Get | Method::Head) {
        let text = json_text(&json!({ "error": "method_not_allowed" }));
        return Page {
            allow: Some(READ_ONLY),
            ..json_page(405, text)
        };
    }
    match path {
        "/healthz" => json_page(200, json_text(&json!({ "status": "ok" }))),
        "/metrics" => Page {
            status: 200,
            content_type: OPENMETRICS,
            allow: None,
            text: metrics::text(observed),
        },
        "/routes" => json_page(200, routes(observed)),
        "/upstreams" => json_page(200, json_text(&upstreams(observed))),
        #[cfg(feature = "count-alloc")]
        "/debug/alloc" => {
            let (allocations, bytes) = crate::alloc::counts();
            json_page(
                200,
                json_text(&json!({ "allocations": allocations, "bytes": bytes })),
            )
        }
        _ => {
            let pages = ["/healthz", "/metrics", "/routes", "/upstreams"];
            json_page(
                404,
                json_text(&json!({ "error": "no_such_page", "pages": pages })),
            )
        }
    }
}

fn json_page(status: u16, text: String) -> Page {
    Page {
        status,
        content_type: JSON,
        allow: None,
        text,
    }
}

fn json_text(value: &serde_json::Value) -> String {
    format!("{value}\n")
}

/// The routes as they are matched, with their upstreams' replicas.
fn routes(observed: &Observed) -> String {
    let snapshot = observed.current.load();
    let routes: Vec<_> = snapshot
        .plan
        .routes
        .iter()
        .map(|route| {
            let upstreams = route.action.upstreams();
            let upstreams = || {
                upstreams
                    .iter()
                    .map(|upstream| &snapshot.plan.upstreams[*upstream])
            };
            let replicas: Vec<_> = upstreams()
                .flat_map(|upstream| &upstream.replicas)
                .map(|replica| replica.addr.to_string())
                .collect();
            let names: Vec<_> = upstreams().map(|upstream| upstream.name.as_str()).collect();
            let methods = route.rule.conditions.methods();
            json!({
                "name": route.name,
                "host": route.rule.host.as_ref().map(|host| host.as_str()),
                "path": route.rule.path.text(),
                "exact": matches!(route.rule.path, PathRule::Exact(_)),
                "methods": methods.map(|methods| methods.names().collect::<Vec<_>>()),
                "conditions": route.rule.conditions.count(),
                "upstream": names.first(),
                "upstreams": names,
                "replicas": replicas,
                "timeout_ms": route.timeout.as_millis() as u64,
                "retries_max": route.retry.max(),
            })
        })
        .collect();
    json_text(&json!({ "version": snapshot.version, "routes": routes }))
}
