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

#[cfg(test)]
mod tests {
    use crate::config::load;
    use std::time::Duration;

    const REST: &str = "listen: { http: \"127.0.0.1:1\" }\nupstreams: { u: { replicas: [\"10.0.0.1:1\"] } }\n\
                        routes: [{ name: all, match: { path: / }, upstream: u }]\n";

    #[test]
    fn a_lead_may_be_none_and_a_deadline_may_not() {
        for (shutdown, lead, deadline) in [
            ("{}", 0, 30),
            ("{ lead: 5s }", 5, 30),
            ("{ lead: 0s, deadline: 1m }", 0, 60),
        ] {
            let plan = load(format!("{REST}shutdown: {shutdown}\n").as_bytes())
                .unwrap_or_else(|errors| panic!("{errors}"));
            let is = (plan.shutdown.lead, plan.shutdown.deadline);
            assert_eq!(
                is,
                (Duration::from_secs(lead), Duration::from_secs(deadline)),
                "{shutdown}"
            );
            assert_eq!(
                load(plan.to_string().as_bytes()),
                Ok(plan),
                "written and read again"
            );
        }
        let wrong = format!("{REST}shutdown: {{ lead: 5, deadline: 0s, grace: 1s }}\n");
        let errors = load(wrong.as_bytes()).expect_err("wrong").to_string();
        for path in [
            "shutdown.lead: ",
            "shutdown.deadline: ",
            "shutdown.grace: unknown key",
        ] {
            assert!(errors.contains(path), "{errors}");
        }
    }
}
