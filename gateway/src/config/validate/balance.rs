//! `upstreams.*.lb`, `sticky`, `slow_start`, `panic`: how replicas are picked.

use std::path::PathBuf;
use std::time::Duration;

use http1::head::FieldName;

use crate::balance::{HashKey, Kind, LoadFactor, REPLICAS_MAX, RING_WEIGHT_MAX};
use crate::config::defaults::{NAME_BYTES_MAX, sticky as default};
use crate::config::plan::{Replica, Sticky};
use crate::config::raw::Value;
use crate::config::reader::{Errors, Fields, Found, Keys, kind, shown};
use crate::config::scalar;

const P2C_KEYS: Keys = Keys {
    known: &["ewma"],
    planned: &[],
};

const RING_KEYS: Keys = Keys {
    known: &["key", "load_factor"],
    planned: &[],
};

const HASH_KEYS: Keys = Keys {
    known: &["header", "cookie"],
    planned: &[],
};

const STICKY_KEYS: Keys = Keys {
    known: &["cookie", "ttl", "key_file"],
    planned: &[],
};

/// An upstream's part of the plan that is about balancing.
pub(super) struct Balancing {
    pub(super) lb: Kind,
    pub(super) sticky: Option<Sticky>,
    pub(super) slow_start: Option<Duration>,
    pub(super) panic: bool,
}

pub(super) fn balancing(fields: &Fields<'_>, replicas: &[Replica], errors: &mut Errors) -> Balancing {
    let sticky = fields.get("sticky", errors);
    let panic = fields.read("panic", errors, scalar::boolean);
    Balancing {
        lb: lb(fields, replicas, errors),
        sticky: sticky.and_then(|found| self::sticky(&found, errors)),
        slow_start: fields.read("slow_start", errors, scalar::duration),
        panic: panic.unwrap_or(false),
    }
}

fn lb(fields: &Fields<'_>, replicas: &[Replica], errors: &mut Errors) -> Kind {
    let weighted = replicas.iter().any(|replica| replica.weight != 1);
    let Some(found) = fields.get("lb", errors) else {
        // weights are written to be heeded
        return if weighted { Kind::Weighted } else { Kind::default() };
    };
    let Some(lb) = kind_of(&found, errors) else {
        return Kind::default();
    };
    let weights = weights_at_most(replicas);
    if lb == Kind::RoundRobin && weighted {
        found.error(
            errors,
            "`round-robin` gives each replica the same, whatever its weight: write `weighted`",
        );
    }
    if lb.hash_key().is_some() && weights > RING_WEIGHT_MAX {
        let named = replicas.iter().any(|replica| replica.addr.is_none());
        let names = if named {
            " (of a name, for each address that there is room for)"
        } else {
            ""
        };
        found.error(
            errors,
            format!(
                "the weights add up to {weights}, and on a ring to at most {RING_WEIGHT_MAX}{names}: divide each by the same number"
            ),
        );
    }
    lb
}

/// What the weights add up to when names stand for as many addresses as there is room for.
fn weights_at_most(replicas: &[Replica]) -> u64 {
    let sum = replicas.iter().map(|replica| u64::from(replica.weight)).sum();
    let names = replicas.iter().filter(|replica| replica.addr.is_none());
    let room = REPLICAS_MAX.saturating_sub(replicas.len()) as u64;
    names
        .map(|replica| u64::from(replica.weight))
        .max()
        .map_or(sum, |weight| sum + room * weight)
}

/// `NAME`, or `{ NAME: { … } }` for a kind that takes more.
fn kind_of(found: &Found<'_>, errors: &mut Errors) -> Option<Kind> {
    let named = |name: &str| name.parse::<Kind>().map_err(|error| error.to_string());
    let Value::Map(_) = &found.node.value else {
        return found.read(errors, |value| named(scalar::text(value)?));
    };
    let entries = found.entries(errors)?;
    let [(entry, inner)] = &entries[..] else {
        found.error(
            errors,
            "has to name one way of balancing: write `NAME`, or `{ NAME: { … } }`",
        );
        return None;
    };
    match named(&entry.key) {
        Ok(Kind::P2c { .. }) => {
            let ewma = inner
                .fields(&P2C_KEYS, errors)?
                .read("ewma", errors, scalar::boolean);
            Some(Kind::P2c {
                ewma: ewma.unwrap_or(false),
            })
        }
        Ok(Kind::RingHash { .. }) => {
            let fields = inner.fields(&RING_KEYS, errors)?;
            let key = fields
                .get("key", errors)
                .and_then(|found| hash_key(&found, errors));
            Some(Kind::RingHash {
                key: key.unwrap_or(HashKey::Ip),
                load_factor: fields.read("load_factor", errors, load_factor),
            })
        }
        Ok(kind) => {
            inner.error(errors, format!("takes nothing more: write `lb: {kind}`"));
            None
        }
        Err(message) => {
            errors.push(&found.path, entry.key_at, message);
            None
        }
    }
}

fn hash_key(found: &Found<'_>, errors: &mut Errors) -> Option<HashKey> {
    const FORMS: &str = "write `ip`, `path`, `{ header: NAME }` or `{ cookie: NAME }`";
    if let Value::Map(_) = &found.node.value {
        let fields = found.fields(&HASH_KEYS, errors)?;
        let header = fields.read("header", errors, token);
        let cookie = fields.read("cookie", errors, token);
        if fields.has("header") == fields.has("cookie") {
            found.error(errors, format!("has to be one thing: {FORMS}"));
        }
        let header = header.map(|name| HashKey::Header(name.into()));
        return header.or(cookie.map(|name| HashKey::Cookie(name.into())));
    }
    found.read(errors, |value| match value {
        Value::Text(text) if text == "ip" => Ok(HashKey::Ip),
        Value::Text(text) if text == "path" => Ok(HashKey::Path),
        _ => Err(format!("{} is nothing to hash by: {FORMS}", kind(value))),
    })
}

fn load_factor(value: &Value) -> Result<LoadFactor, String> {
    let factor = match value {
        Value::Float(number) => *number,
        Value::Integer(number) => *number as f64,
        _ => return Err(format!("expected a number such as 1.25, found {}", kind(value))),
    };
    LoadFactor::new(factor).ok_or_else(|| {
        format!(
            "{factor} is out of range: {} to {}, where 1.25 is a quarter more than the average",
            LoadFactor::LEAST,
            LoadFactor::MOST
        )
    })
}

fn sticky(found: &Found<'_>, errors: &mut Errors) -> Option<Sticky> {
    let fields = found.fields(&STICKY_KEYS, errors)?;
    let cookie = fields
        .require("cookie", "cookie: NAME", errors)
        .and_then(|found| found.read(errors, token));
    let ttl = fields.read("ttl", errors, |value| {
        let ttl = scalar::duration(value)?;
        if ttl.subsec_nanos() > 0 {
            return Err("has a fraction of a second, which no cookie can say: write 1s or 30m".to_owned());
        }
        Ok(ttl)
    });
    let key_file = fields.read("key_file", errors, |value| match scalar::text(value)? {
        "" => Err("is empty: write the file's path".to_owned()),
        path => Ok(PathBuf::from(path)),
    });
    Some(Sticky {
        cookie: cookie?,
        ttl: ttl.unwrap_or(default::TTL),
        key_file,
    })
}

/// The name of a header field or a cookie (RFC 9110 §5.6.2, RFC 6265 §4.1.1).
fn token(value: &Value) -> Result<String, String> {
    let name = scalar::text(value)?;
    if name.len() > NAME_BYTES_MAX {
        return Err(format!(
            "is {} bytes long: a name has at most {NAME_BYTES_MAX}",
            name.len()
        ));
    }
    match FieldName::new(name.as_bytes()) {
        Some(_) => Ok(name.to_owned()),
        None => Err(format!(
            "`{}` is no name of a header or cookie: letters, digits and !#$%&'*+-.^_`|~ only",
            shown(name)
        )),
    }
}
