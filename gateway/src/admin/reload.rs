//! `POST /config/reload`: the only page that changes anything.
//!
//! There is no authentication, so who may reach the listener may reload; what must not be is that somebody's browser does it on
//! behalf of a page from elsewhere. Browsers send `Origin` with every POST: it has to be this listener's own, and where there is
//! one the listener has to be called by its address or `localhost`, for a name may be somebody's who lets it stand for this
//! machine (DNS rebinding).

use super::observed::Observed;
use super::page::{Asked, Page};
use crate::config::ConfigErrors;
use crate::reload::{NotAsked, NotReloaded, Reloaded};
use http1::head::{FieldValue, Method};
use serde_json::{Value, json};

pub(super) const PATH: &str = "/config/reload";

const POST: FieldValue<'_> = FieldValue::constant("POST");

pub(super) async fn page(asked: &Asked, observed: &Observed) -> Page {
    if asked.method != Method::Post {
        return Page::only(POST);
    }
    if asked.is_foreign {
        let hint = "the request's Origin is another than this listener: reload from a shell";
        return Page::json(403, &json!({ "error": "foreign_origin", "hint": hint }));
    }
    let asked = observed.reloads.ask().await;
    let version = observed.current.version();
    match asked {
        Ok(Ok(Reloaded { version, changed })) => {
            let result = if changed { "applied" } else { "unchanged" };
            Page::json(200, &json!({ "result": result, "version": version }))
        }
        Ok(Err(NotReloaded::Unread(error))) => {
            let text = json!({ "error": "config_unread", "version": version, "detail": error });
            Page::json(500, &text)
        }
        Ok(Err(NotReloaded::Refused(errors))) => {
            let text = json!({ "error": "config_refused", "version": version, "errors": list(&errors) });
            Page::json(422, &text)
        }
        Err(NotAsked::Nobody) => {
            let hint = "this process was not started from a file";
            Page::json(404, &json!({ "error": "no_config_file", "hint": hint }))
        }
        Err(NotAsked::Many) => Page::json(503, &json!({ "error": "reloads_pending" })),
        Err(NotAsked::Stopping) => Page::json(503, &json!({ "error": "stopping" })),
    }
}

fn list(errors: &ConfigErrors) -> Vec<Value> {
    let error = |error: &crate::config::ConfigError| {
        json!({
            "path": error.path,
            "message": error.message,
            "line": error.at.map(|at| at.line),
            "column": error.at.map(|at| at.column),
        })
    };
    errors.iter().map(error).collect()
}
