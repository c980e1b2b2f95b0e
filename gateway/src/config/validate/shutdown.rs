//! `shutdown`: how long a process that is told to stop goes on, and as what.

use crate::config::defaults::shutdown as default;
use crate::config::plan::Shutdown;
use crate::config::reader::{Errors, Found, Keys};
use crate::config::scalar;

const KEYS: Keys = Keys {
    known: &["lead", "deadline"],
    planned: &[],
};

pub(super) fn shutdown(found: Option<&Found<'_>>, errors: &mut Errors) -> Shutdown {
    let mut shutdown = Shutdown {
        lead: default::LEAD,
        deadline: default::DEADLINE,
    };
    if let Some(fields) = found.and_then(|found| found.fields(&KEYS, errors)) {
        let lead = fields.read("lead", errors, scalar::duration_or_none);
        shutdown.lead = lead.unwrap_or(shutdown.lead);
        let deadline = fields.read("deadline", errors, scalar::duration);
        shutdown.deadline = deadline.unwrap_or(shutdown.deadline);
    }
    shutdown
}
