//! The table of experiments.

use super::context::Context;
use super::tax;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::Source;
use charts::Page;
use std::future::Future;
use std::pin::Pin;

/// A run in progress: ends with its claims, data written.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Claim>, Failure>> + 'a>>;

/// From data to a page.
pub type Drawing = fn(&Source) -> Result<Page, Failure>;

/// One row.
#[derive(Clone, Copy)]
pub struct Experiment {
    /// As typed, and the folder of its report.
    pub name: &'static str,
    pub question: &'static str,
    /// Its recipe in the justfile.
    pub recipe: &'static str,
    /// It counts allocations, so the gateway that does that is built too.
    pub counts_allocations: bool,
    pub run: for<'a> fn(&'a mut Context) -> Running<'a>,
    pub draw: Drawing,
}

static REGISTRY: &[Experiment] = &[tax::EXPERIMENT];

/// All experiments, in the order in which `all` runs them.
pub fn registry() -> &'static [Experiment] {
    REGISTRY
}

pub fn find(name: &str) -> Option<&'static Experiment> {
    registry().iter().find(|experiment| experiment.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_fit_for_folders_and_recipes() {
        let names: BTreeSet<_> = registry().iter().map(|experiment| experiment.name).collect();
        assert_eq!(names.len(), registry().len());
        for experiment in registry() {
            let plain = |c: char| c.is_ascii_lowercase() || c == '-';
            assert!(experiment.name.chars().all(plain) && experiment.recipe.chars().all(plain));
            assert!(experiment.question.ends_with('?'), "{}", experiment.question);
        }
        // the command's own words
        for word in ["all", "list", "render"] {
            assert!(find(word).is_none(), "{word}");
        }
    }
}
