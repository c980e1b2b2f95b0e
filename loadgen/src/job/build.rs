//! From a job as typed to a checked one.

use super::check::{JobErrors, check};
use super::checked::Job;
use super::spec::JobSpec;

impl JobSpec {
    /// Checks everything; every error at once.
    pub fn build(self) -> Result<Job, JobErrors> {
        let mut errors = check(&self);
        match Job::catalogue_of(&self) {
            Ok(catalogue) if errors.is_empty() => Ok(Job::new(self, catalogue)),
            Ok(_) => Err(JobErrors(errors)),
            Err(more) => {
                errors.extend(more);
                Err(JobErrors(errors))
            }
        }
    }
}
