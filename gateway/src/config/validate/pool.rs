//! `upstreams.*.pool`: the bounds on talking to an upstream.

use crate::config::defaults::pool as default;
use crate::config::plan::Pool;
use crate::config::reader::{Errors, Fields, Found, Keys};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &[
        "idle_max",
        "idle_timeout",
        "age_max",
        "requests_max",
        "connections_max",
        "in_flight_max",
        "pending_max",
        "pending_timeout",
        "connect_timeout",
    ],
    planned: &[],
};

pub(super) fn pool(found: Option<&Found<'_>>, errors: &mut Errors) -> Pool {
    let mut pool = Pool {
        idle_max: default::IDLE_MAX,
        idle_timeout: default::IDLE_TIMEOUT,
        age_max: None,
        requests_max: None,
        connections_max: default::CONNECTIONS_MAX,
        in_flight_max: default::IN_FLIGHT_MAX,
        pending_max: default::PENDING_MAX,
        pending_timeout: default::PENDING_TIMEOUT,
        connect_timeout: default::CONNECT_TIMEOUT,
    };
    let before = errors.count();
    let Some(fields) = found.and_then(|found| found.fields(&KEYS, errors)) else {
        return pool;
    };
    let connections_max = fields.read("connections_max", errors, scalar::bound(1));
    pool.connections_max = connections_max.unwrap_or(pool.connections_max);
    // a default never contradicts what is written: a small pool keeps fewer idle
    let idle_max = fields.read("idle_max", errors, scalar::bound(0));
    pool.idle_max = idle_max.unwrap_or(pool.idle_max.min(pool.connections_max));
    // and a long queue is in flight as a whole
    let in_flight_max = fields.read("in_flight_max", errors, scalar::bound(1));
    let pending_max = fields.read("pending_max", errors, scalar::bound(0));
    let least = pool.connections_max.max(pending_max.unwrap_or(0));
    pool.in_flight_max = in_flight_max.unwrap_or(pool.in_flight_max.max(least));
    pool.pending_max = pending_max.unwrap_or(pool.pending_max.min(pool.in_flight_max));
    pool.requests_max = fields.read("requests_max", errors, scalar::bound(1));
    pool.age_max = fields.read("age_max", errors, scalar::duration);
    for (key, duration) in [
        ("idle_timeout", &mut pool.idle_timeout),
        ("pending_timeout", &mut pool.pending_timeout),
        ("connect_timeout", &mut pool.connect_timeout),
    ] {
        *duration = fields.read(key, errors, scalar::duration).unwrap_or(*duration);
    }
    if errors.count() == before {
        check_bounds(&pool, &fields, errors);
    }
    pool
}

/// Bounds that would never be met are a mistake, in one of two places.
fn check_bounds(pool: &Pool, fields: &Fields<'_>, errors: &mut Errors) {
    let Pool {
        idle_max,
        connections_max,
        pending_max,
        in_flight_max,
        ..
    } = *pool;
    if idle_max > connections_max {
        let message = format!(
            "{idle_max} idle connections are more than connections_max allows in all ({connections_max})"
        );
        fields.error("idle_max", errors, message);
    }
    if pending_max > in_flight_max {
        let message = format!(
            "{pending_max} requests that wait are more than in_flight_max allows in all ({in_flight_max})"
        );
        fields.error("pending_max", errors, message);
    }
}
