//! Path to page.

use super::metrics;
use super::observed::Observed;
use http::{Method, StatusCode};
use serde_json::json;

pub(super) struct Page {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) allow: Option<&'static str>,
    pub(super) text: String,
}

const JSON: &str = "application/json";

pub(super) fn page(method: &Method, path: &str, observed: &Observed) -> Page {
    if method != Method::GET && method != Method::HEAD {
        let text = json_text(&json!({ "error": "method_not_allowed" }));
        return Page {
            allow: Some("GET, HEAD"),
            ..json_page(StatusCode::METHOD_NOT_ALLOWED, text)
        };
    }
    match path {
        "/healthz" => json_page(StatusCode::OK, json_text(&json!({ "status": "ok" }))),
        "/metrics" => Page {
            status: StatusCode::OK,
            content_type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
            allow: None,
            text: metrics::text(observed),
        },
        "/routes" => json_page(StatusCode::OK, routes(observed)),
        #[cfg(feature = "count-alloc")]
        "/debug/alloc" => {
            let (allocations, bytes) = crate::alloc::counts();
            json_page(
                StatusCode::OK,
                json_text(&json!({ "allocations": allocations, "bytes": bytes })),
            )
        }
        _ => {
            let pages = ["/healthz", "/metrics", "/routes"];
            json_page(
                StatusCode::NOT_FOUND,
                json_text(&json!({ "error": "no_such_page", "pages": pages })),
            )
        }
    }
}

fn json_page(status: StatusCode, text: String) -> Page {
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
            let upstream = &snapshot.plan.upstreams[route.upstream];
            let replicas: Vec<_> = upstream
                .replicas
                .iter()
                .map(|replica| replica.addr.to_string())
                .collect();
            json!({
                "name": route.name,
                "host": route.rule.host.as_ref().map(|host| host.as_str()),
                "path": route.rule.path.path(),
                "exact": route.rule.path.is_exact(),
                "upstream": upstream.name,
                "replicas": replicas,
                "timeout_ms": route.timeout.as_millis() as u64,
                "retries_max": route.retry.max(),
            })
        })
        .collect();
    json_text(&json!({ "version": snapshot.version, "routes": routes }))
}
