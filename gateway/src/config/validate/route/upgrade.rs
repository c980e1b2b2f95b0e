//! `routes[*].upgrade`: the protocols that requests may be switched to.
//!
//! `true` for any, a list of them, or a mapping with both and a time.

use crate::config::defaults::upgrade as default;
use crate::config::plan::Upgrade;
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, shown};
use crate::config::scalar;
use http1::head::FieldName;

const KEYS: Keys = Keys {
    known: &["protocols", "idle_timeout"],
    planned: &[],
};

/// Whether it says more than `false`.
pub(super) fn is_asked_for(route: &Fields<'_>) -> bool {
    // what is wrong with it is told by who reads it
    let found = route.get("upgrade", &mut Errors::default());
    found.is_some_and(|found| !matches!(found.node.value, Value::Bool(false)))
}

/// Of a route that goes to upstreams; `route` is all of it.
pub(super) fn upgrade(route: &Fields<'_>, errors: &mut Errors) -> Option<Upgrade> {
    let found = &route.get("upgrade", errors)?;
    if let Value::Bool(false) = found.node.value {
        return None;
    }
    let any = Upgrade {
        protocols: Vec::new(),
        idle_timeout: default::IDLE_TIMEOUT,
    };
    match &found.node.value {
        Value::Bool(_) => Some(any),
        Value::List(_) => {
            let protocols = protocols(found, errors);
            Some(Upgrade { protocols, ..any })
        }
        Value::Map(_) => {
            let fields = found.fields(&KEYS, errors)?;
            let protocols = fields.get("protocols", errors);
            let protocols = protocols.map(|found| protocols_or_any(&found, errors));
            let idle_timeout = fields.read("idle_timeout", errors, scalar::duration);
            Some(Upgrade {
                protocols: protocols.unwrap_or_default(),
                idle_timeout: idle_timeout.unwrap_or(any.idle_timeout),
            })
        }
        other => {
            let message = format!(
                "expected true, or protocols such as [websocket], found {}",
                kind(other)
            );
            found.error(errors, message);
            None
        }
    }
}

/// Nothing more than its list is wrong with a mapping whose list is none.
fn protocols_or_any(found: &Found<'_>, errors: &mut Errors) -> Vec<String> {
    match &found.node.value {
        Value::List(_) => protocols(found, errors),
        other => {
            let message = format!("expected a list such as [websocket], found {}", kind(other));
            found.error(errors, message);
            Vec::new()
        }
    }
}

fn protocols(found: &Found<'_>, errors: &mut Errors) -> Vec<String> {
    let list = found.list(errors).unwrap_or_default();
    if list.is_empty() {
        found.error(errors, "names no protocol: write one, or `upgrade: true` for any");
    }
    if list.len() > default::PROTOCOLS_MAX {
        let message = format!(
            "{} protocols are too many: at most {}",
            list.len(),
            default::PROTOCOLS_MAX
        );
        found.error(errors, message);
    }
    let mut protocols = Vec::new();
    for element in list.iter().take(default::PROTOCOLS_MAX) {
        if let Some(name) = element.read(errors, protocol) {
            if protocols.contains(&name) {
                element.error(errors, format!("`{name}` is named twice"));
            }
            protocols.push(name);
        }
    }
    protocols
}

/// A name, and perhaps a version (RFC 9110 §7.8), in lower case.
fn protocol(value: &Value) -> Result<String, String> {
    let text = scalar::text(value)?;
    let is_token = |part: &str| FieldName::new(part.as_bytes()).is_some();
    let mut parts = text.splitn(2, '/');
    if text.len() > default::PROTOCOL_BYTES_MAX || !parts.all(is_token) {
        let shown = shown(text);
        return Err(format!(
            "`{shown}` is no protocol: write a name such as websocket"
        ));
    }
    let lower = text.to_ascii_lowercase();
    if default::is_never(&lower) {
        return Err(format!(
            "`{lower}` is never passed on: requests in it would go past the gateway"
        ));
    }
    Ok(lower)
}
