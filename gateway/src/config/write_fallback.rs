//! A route's fallback, as part of a plan that is written as YAML.

use std::fmt::{Formatter, Result};

use super::fallback::{Failure, Fallback, FallbackTo};
use super::plan::Upstream;
use super::quoted::Quoted;
use super::write_rule::write_fixed;

pub(super) fn write_fallback(f: &mut Formatter<'_>, fallback: &Fallback, upstreams: &[Upstream]) -> Result {
    writeln!(f, "    fallback:")?;
    match &fallback.to {
        FallbackTo::Upstream(place) => {
            let name = upstreams.get(*place).map_or("", |upstream| &upstream.name);
            writeln!(f, "      upstream: {}", Quoted(name))?;
        }
        FallbackTo::Respond(fixed) => {
            writeln!(f, "      respond:")?;
            write_fixed(f, fixed, "        ")?;
        }
    }
    let on = Failure::ALL
        .into_iter()
        .filter(|failure| fallback.on.contains(*failure));
    let on: Vec<_> = on.map(Failure::label).collect();
    writeln!(f, "      on: [{}]", on.join(", "))?;
    writeln!(f, "      statuses: {}", fallback.statuses)
}
