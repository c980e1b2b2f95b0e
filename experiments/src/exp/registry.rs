//! The table of experiments.

use super::experiment::Experiment;
use super::{
    balance, canary, ceiling, containment, drain, hedge, herd, overload, peers, reload, retry_storm, reuse,
    tax,
};

static REGISTRY: &[Experiment] = &[
    tax::EXPERIMENT,
    peers::EXPERIMENT,
    reuse::EXPERIMENT,
    ceiling::EXPERIMENT,
    canary::EXPERIMENT,
    retry_storm::EXPERIMENT,
    herd::EXPERIMENT,
    containment::EXPERIMENT,
    overload::EXPERIMENT,
    reload::EXPERIMENT,
    drain::EXPERIMENT,
    balance::EXPERIMENT,
    hedge::EXPERIMENT,
];

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
        for word in ["all", "list", "render", "trend"] {
            assert!(find(word).is_none(), "{word}");
        }
    }
}
