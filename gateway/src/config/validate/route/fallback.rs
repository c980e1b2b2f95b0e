//! `routes[*].fallback`: another upstream, or an answer, in place of none.

use super::super::upstream::Upstreams;
use super::action::{respond, upstream};
use super::retries::statuses;
use crate::config::fallback::{Failure, Failures, Fallback, FallbackTo};
use crate::config::reader::{Errors, Fields, Found, Keys, quoted, shown};
use crate::config::scalar;
use crate::retry::Statuses;
use crate::route::Action;

const KEYS: Keys = Keys {
    known: &["upstream", "respond", "on", "statuses"],
    planned: &[],
};

/// Of a route that goes to upstreams; `route` is all of it, and `action` where it goes, if that could be read.
pub(super) fn fallback(
    route: &Fields<'_>,
    action: Option<&Action>,
    upstreams: &Upstreams<'_>,
    errors: &mut Errors,
) -> Option<Fallback> {
    let found = &route.get("fallback", errors)?;
    let fields = found.fields(&KEYS, errors)?;
    let to = to(found, &fields, action, upstreams, errors);
    let on = fields.get("on", errors).map(|found| on(&found, errors));
    let statuses = fields
        .get("statuses", errors)
        .and_then(|found| statuses(&found, errors));
    // what could not be read may have been something
    let is_empty = on == Some(Some(Failures::NONE))
        && statuses.is_none_or(|statuses| statuses == Statuses::NONE)
        && fields.has("statuses") == statuses.is_some();
    if is_empty {
        fields.error(
            "on",
            errors,
            "is empty, and so are `statuses`: nothing is ever fallen back on",
        );
    }
    Some(Fallback {
        to: to?,
        on: on.flatten().unwrap_or(Failures::ALL),
        statuses: statuses.unwrap_or(Statuses::NONE),
    })
}

/// One of the two.
fn to(
    found: &Found<'_>,
    fields: &Fields<'_>,
    action: Option<&Action>,
    upstreams: &Upstreams<'_>,
    errors: &mut Errors,
) -> Option<FallbackTo> {
    match (fields.has("upstream"), fields.has("respond")) {
        (false, false) => found.error(
            errors,
            "leads nowhere: write `upstream: NAME` or `respond: { status: 503 }`",
        ),
        (true, true) => fields.error(
            "respond",
            errors,
            "is given beside `upstream`: write one of the two",
        ),
        _ => {}
    }
    let own = action.map(Action::upstreams).unwrap_or_default();
    let other = fields.read("upstream", errors, |value| {
        let place = upstream(value, upstreams)?;
        if own.contains(&place) {
            return Err("is where the route's requests go already".to_owned());
        }
        Ok(FallbackTo::Upstream(place))
    });
    let fixed = fields.get("respond", errors);
    let fixed = fixed.and_then(|found| respond(&found, errors));
    other.or(fixed.map(FallbackTo::Respond))
}

fn on(found: &Found<'_>, errors: &mut Errors) -> Option<Failures> {
    let mut on = Failures::NONE;
    let before = errors.count();
    for found in found.list(errors)? {
        let read = found.read(errors, |value| {
            let text = scalar::text(value)?;
            let known = Failure::ALL.into_iter().find(|failure| failure.label() == text);
            known.ok_or_else(|| {
                let all = quoted(Failure::ALL.map(Failure::label));
                format!("`{}` is no failure of an upstream: known are {all}", shown(text))
            })
        });
        if let Some(failure) = read
            && !on.insert(failure)
        {
            found.error(errors, format!("`{}` is listed twice", failure.label()));
        }
    }
    (errors.count() == before).then_some(on)
}
