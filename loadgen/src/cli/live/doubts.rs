//! What already speaks against believing the run, in the words of its report.
//!
//! Only what cannot become good again quietly: send lag over its limit, and requests that this machine or its backlog
//! could not carry. The report judges more, at the end, and it alone decides.

use super::state::Live;
use super::words::{duration, quantile};
use loadgen::Failure;

/// Reasons, the first being the gravest; none as long as all is well.
pub(super) fn doubts(live: &Live) -> Vec<String> {
    let mut reasons = Vec::new();
    if !live.setup.closed && !live.totals.lag.is_empty() {
        for limit in &live.setup.lag_limits {
            let lag = live.totals.lag.value_at_quantile(limit.quantile);
            if u128::from(lag) > limit.most.as_nanos() {
                reasons.push(format!(
                    "{} of send lag is {}, above the limit of {}",
                    quantile(limit.quantile),
                    duration(lag),
                    humantime::format_duration(limit.most),
                ));
            }
        }
    }
    let kinds = [
        (Failure::Overflow, "were dropped because the backlog was full"),
        (Failure::Local, "failed on this machine's own limits"),
    ];
    for (kind, what) in kinds {
        match live.totals.kinds.get(kind.name()) {
            Some(count) if *count > 0 => reasons.push(format!("{count} requests {what}")),
            _ => {}
        }
    }
    reasons
}
