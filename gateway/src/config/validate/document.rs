//! The whole file: its sections, in an order in which each knows those it refers to.

use super::{listen, route, server, shutdown, trace, upstream};
use crate::config::defaults;
use crate::config::errors::ConfigErrors;
use crate::config::plan::Plan;
use crate::config::raw::{self, Value};
use crate::config::reader::{Errors, Found, Keys};

const KEYS: Keys = Keys {
    known: &[
        "listen",
        "upstreams",
        "routes",
        "access_log",
        "trace",
        "trusted_proxies",
        "server",
        "shutdown",
    ],
    planned: &["issuers"],
};

/// Reads and judges a config. On error every error is in it, each with its path and place.
pub fn load(yaml: &[u8]) -> Result<Plan, ConfigErrors> {
    let root = raw::parse(yaml)?;
    let mut errors = Errors::default();
    let plan = document(
        &Found {
            path: String::new(),
            node: &root,
        },
        &mut errors,
    );
    match plan {
        Some(plan) if errors.count() == 0 => Ok(plan),
        _ => Err(errors.into_errors()),
    }
}

fn document(root: &Found<'_>, errors: &mut Errors) -> Option<Plan> {
    if root.node.value == Value::Null {
        root.error(
            errors,
            "the config is empty: it needs `listen`, `upstreams` and `routes`",
        );
        return None;
    }
    let document = root.fields(&KEYS, errors)?;
    let listen = document
        .require("listen", "listen: { http: 127.0.0.1:8080 }", errors)
        .and_then(|found| listen::listen(&found, errors));
    let upstreams = document
        .require(
            "upstreams",
            "upstreams: { NAME: { replicas: [\"10.0.1.10:8080\"] } }",
            errors,
        )
        .map(|found| upstream::upstreams(&found, listen.as_ref(), errors))
        .unwrap_or_default();
    let traced = document.get("trace", errors);
    let trace = traced.and_then(|found| trace::trace(&found, listen.as_ref(), errors));
    // one that cannot be read is there all the same, and routes may speak of it
    let sample = trace.as_ref().map(|trace| trace.sample);
    let sample = sample.or_else(|| document.has("trace").then_some(defaults::trace::SAMPLE));
    let routes = document
        .require(
            "routes",
            "routes: [{ name: NAME, match: { path: / }, upstream: NAME }]",
            errors,
        )
        .map(|found| route::routes(&found, &upstreams, sample, errors))
        .unwrap_or_default();
    let access_log = document
        .get("access_log", errors)
        .and_then(|found| server::access_log(&found, errors));
    let trusted_proxies = document
        .get("trusted_proxies", errors)
        .map(|found| server::trusted_proxies(&found, errors))
        .unwrap_or_default();
    let server = server::limits(document.get("server", errors).as_ref(), errors);
    let shutdown = shutdown::shutdown(document.get("shutdown", errors).as_ref(), errors);
    Some(Plan {
        listen: listen?,
        upstreams: upstreams.built,
        routes: routes.built,
        table: routes.table,
        access_log,
        trace,
        trusted_proxies,
        server,
        shutdown,
    })
}
