//! A route's retries, as part of a plan that is written as YAML.

use std::fmt::{Formatter, Result};

use super::plan::Route;
use super::scalar::format_size;

pub(super) fn write_retries(f: &mut Formatter<'_>, route: &Route) -> Result {
    let retry = &route.retry;
    writeln!(f, "    retries:")?;
    writeln!(f, "      max: {}", retry.max())?;
    writeln!(f, "      only_idempotent: {}", retry.only_idempotent())?;
    if let Some(timeout) = route.try_timeout {
        writeln!(f, "      try_timeout: {}", humantime::format_duration(timeout))?;
    }
    if retry.max() == 0 {
        return Ok(());
    }
    writeln!(f, "      statuses: {}", retry.statuses)?;
    match &retry.budget {
        Some(budget) => writeln!(f, "      budget: {budget}")?,
        None => writeln!(f, "      budget: none")?,
    }
    writeln!(f, "      body_max: {}", format_size(retry.body_max))?;
    if let Some(hedge) = &retry.hedge {
        writeln!(f, "      hedge: {hedge}")?;
    }
    match &retry.backoff {
        Some(backoff) => {
            let [base, max] = [backoff.base(), backoff.max()].map(humantime::format_duration);
            writeln!(f, "      backoff: {{ base: {base}, max: {max} }}")
        }
        None => writeln!(f, "      backoff: {{ base: 0 }}"),
    }
}
