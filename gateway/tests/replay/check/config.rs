//! Any bytes are a config or are told what is wrong with them; and what a plan displays is that plan.

use gateway::config::load;

pub(crate) fn check(data: &[u8]) {
    match load(data) {
        Ok(plan) => {
            let displayed = plan.to_string();
            let again = load(displayed.as_bytes()).unwrap_or_else(|errors| panic!("{errors}\n{displayed}"));
            assert_eq!(again, plan, "{displayed}");
            assert_eq!(again.to_string(), displayed);
        }
        Err(errors) => {
            assert!(errors.iter().count() > 0, "an error without errors");
            for error in &errors {
                let text = error.to_string();
                assert!(!text.is_empty() && !text.contains(char::is_control), "{text:?}");
            }
        }
    }
}
