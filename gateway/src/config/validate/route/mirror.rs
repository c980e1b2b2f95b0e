//! `routes[*].mirror`: a share of the requests goes to another upstream as well.

use super::super::health::share;
use super::super::upstream::Upstreams;
use super::action::upstream;
use crate::config::defaults::mirror as default;
use crate::config::plan::Mirror;
use crate::config::reader::{Errors, Fields, Keys};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &["upstream", "share", "body_max", "in_flight_max", "timeout"],
    planned: &[],
};

/// A route's, if it has one.
pub(super) fn of(route: &Fields<'_>, upstreams: &Upstreams<'_>, errors: &mut Errors) -> Option<Mirror> {
    let found = route.get("mirror", errors)?;
    let fields = found.fields(&KEYS, errors)?;
    let upstream = fields
        .require("upstream", "upstream: NAME", errors)
        .and_then(|found| found.read(errors, |value| upstream(value, upstreams)));
    let share = fields.read("share", errors, share);
    let body_max = fields.read("body_max", errors, |value| {
        let size = scalar::size(value)?;
        if size > default::BODY_LIMIT {
            let most = scalar::format_size(default::BODY_LIMIT);
            return Err(format!(
                "is out of range: at most {most}, because it is kept in memory"
            ));
        }
        Ok(size)
    });
    let in_flight_max = fields.read("in_flight_max", errors, scalar::bound(1));
    let timeout = fields.read("timeout", errors, scalar::duration);
    Some(Mirror {
        upstream: upstream?,
        share: share.unwrap_or(default::SHARE),
        body_max: body_max.unwrap_or(default::BODY_MAX),
        in_flight_max: in_flight_max.unwrap_or(default::IN_FLIGHT_MAX),
        timeout: timeout.unwrap_or(default::TIMEOUT),
    })
}
