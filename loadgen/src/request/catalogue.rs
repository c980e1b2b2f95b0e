//! All requests of a run, and which of them an arrival makes: a function of (seed, id), or of the id alone.
//!
//! Scenarios of a mix are drawn by weight. The 64 bits that decide are a hash of (seed, id), compared with thresholds
//! computed once: no generator is made for it, and any shard comes to the same choice. Targets of a list take turns.
//!
//! Bounds: statistics are kept by name, so there are never many names; of a long list of targets all share one.

#[cfg(test)]
mod tests;

use super::step::{Step, check_name};
use super::url::Origin;
use super::wording::shown;
use world::Seed;

/// Each has a histogram of its own in every interval of a report.
const SCENARIOS_MAX: usize = 1_000;
/// Longer than any flow that one person takes part in; a session waits for each of them.
const STEPS_MAX: usize = 32;
/// Half a kilobyte each, so half a gigabyte.
pub(super) const TARGETS_MAX: usize = 1_000_000;
/// Targets with names of their own; nobody reads a table of more.
const NAMED_TARGETS_MAX: usize = 100;
/// Ratios beyond this are a typing error.
const WEIGHT_MAX: f64 = 1e6;

/// One or more requests, made one after the other by one arrival; never empty.
#[derive(Debug, Clone)]
pub struct Scenario {
    /// Among the names of its catalogue.
    name: usize,
    steps: Vec<Step>,
}

impl Scenario {
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Which of [`Catalogue::names`] it is counted under.
    pub fn name(&self) -> usize {
        self.name
    }
}

/// A scenario as typed.
#[derive(Debug, Clone)]
pub struct ScenarioSpec {
    pub name: String,
    /// Relative to the others.
    pub weight: f64,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone)]
enum Picker {
    /// For each scenario the hash below which it, or one before it, is taken.
    Weighted(Vec<u64>),
    /// Arrival k takes scenario k mod n.
    Turn,
}

/// The scenarios of a run; never empty.
#[derive(Debug, Clone)]
pub struct Catalogue {
    scenarios: Vec<Scenario>,
    names: Vec<String>,
    picker: Picker,
}

impl Catalogue {
    /// One request, made by every arrival.
    pub fn single(step: Step) -> Self {
        Self {
            names: vec![step.name().to_owned()],
            scenarios: vec![Scenario {
                name: 0,
                steps: vec![step],
            }],
            picker: Picker::Turn,
        }
    }

    /// Scenarios drawn by weight. Every error at once, each beginning with its place.
    pub fn weighted(specs: Vec<ScenarioSpec>) -> Result<Self, Vec<String>> {
        let outline = |spec: &ScenarioSpec| Outline {
            name: Some(spec.name.clone()),
            weight: spec.weight,
            steps: spec.steps.len(),
        };
        let outlines: Vec<Outline> = specs.iter().map(outline).collect();
        let errors = check(&outlines).into_iter();
        let errors: Vec<String> = errors
            .map(|(index, field, what)| match index {
                Some(index) => format!("scenarios[{index}].{field}: {what}"),
                None => format!("{field}: {what}"),
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        let picker = Picker::Weighted(thresholds(specs.iter().map(|spec| spec.weight)));
        let (mut names, mut scenarios) = (Vec::new(), Vec::new());
        for (name, mut spec) in specs.into_iter().enumerate() {
            if spec.steps.len() > 1 {
                spec.steps.iter_mut().for_each(Step::put_in_flow);
            }
            names.push(spec.name);
            scenarios.push(Scenario {
                name,
                steps: spec.steps,
            });
        }
        Ok(Self {
            scenarios,
            names,
            picker,
        })
    }

    /// Requests that take turns: arrival k makes request k mod n.
    pub fn turns(steps: Vec<Step>) -> Result<Self, String> {
        if !(1..=TARGETS_MAX).contains(&steps.len()) {
            return Err(format!("1 to {TARGETS_MAX} targets are possible"));
        }
        let mut names: Vec<String> = Vec::new();
        let mut scenarios = Vec::with_capacity(steps.len());
        for step in steps {
            let known = names.iter().position(|name| name == step.name());
            let name = known.unwrap_or(names.len());
            // beyond the bound there is one name for all, in the end
            if known.is_none() && names.len() <= NAMED_TARGETS_MAX {
                names.push(step.name().to_owned());
            }
            scenarios.push(Scenario {
                name,
                steps: vec![step],
            });
        }
        if names.len() > NAMED_TARGETS_MAX {
            names = vec!["targets".to_owned()];
            scenarios.iter_mut().for_each(|scenario| scenario.name = 0);
        }
        Ok(Self {
            scenarios,
            names,
            picker: Picker::Turn,
        })
    }

    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// What is counted apart; [`Scenario::name`] is a place in it.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The place of the scenario that an arrival makes.
    pub fn pick(&self, seed: Seed, id: u64) -> usize {
        let last = self.scenarios.len() - 1;
        match &self.picker {
            Picker::Turn => (id % self.scenarios.len() as u64) as usize,
            Picker::Weighted(_) if last == 0 => 0,
            Picker::Weighted(below) => {
                let hash = seed.child("scenario").nth(id).0;
                below.partition_point(|threshold| *threshold <= hash).min(last)
            }
        }
    }

    /// The origin that requests name themselves, if any does. An error if there are two: connections of a run go to one
    /// place, and only the caller knows of another one for all of them.
    pub fn origin(&self) -> Result<Option<&Origin>, String> {
        let steps = self.scenarios.iter().flat_map(|scenario| &scenario.steps);
        let mut origins = steps.filter_map(|step| step.origin().map(|origin| (step, origin)));
        let Some((first, origin)) = origins.next() else {
            return Ok(None);
        };
        match origins.find(|(_, other)| *other != origin) {
            None => Ok(Some(origin)),
            Some((other, elsewhere)) => Err(format!(
                "{} goes to {origin} and {} to {elsewhere}: a run goes to one origin; split the file, or send \
                 everything to one address with --connect-to",
                shown(first.name()),
                shown(other.name())
            )),
        }
    }
}

/// Of a scenario what is judged beside the others; the name, if there is one to judge.
#[derive(Debug)]
pub(super) struct Outline {
    pub(super) name: Option<String>,
    pub(super) weight: f64,
    pub(super) steps: usize,
}

/// What is wrong: with which scenario or with all of them, with which part of it, and what.
pub(super) fn check(outlines: &[Outline]) -> Vec<(Option<usize>, &'static str, String)> {
    let mut errors = Vec::new();
    if !(1..=SCENARIOS_MAX).contains(&outlines.len()) {
        let what = format!("1 to {SCENARIOS_MAX} are possible, not {}", outlines.len());
        return vec![(None, "scenarios", what)];
    }
    for (i, outline) in outlines.iter().enumerate() {
        let mut wrong = |field, what: String| errors.push((Some(i), field, what));
        let same = |other: &Outline| other.name == outline.name;
        match &outline.name {
            None => {}
            Some(name) => match (check_name(name), outlines[..i].iter().position(same)) {
                (Err(what), _) => wrong("name", what),
                (Ok(()), Some(first)) => wrong(
                    "name",
                    format!("{} is the name of scenarios[{first}] already", shown(name)),
                ),
                (Ok(()), None) => {}
            },
        }
        let Outline { weight, steps, .. } = outline;
        // written so that NaN is refused
        if !(*weight > 0.0 && *weight <= WEIGHT_MAX) {
            wrong(
                "weight",
                format!("must be above 0 and at most {WEIGHT_MAX}, not {weight}"),
            );
        }
        if !(1..=STEPS_MAX).contains(steps) {
            wrong(
                "flow",
                format!("1 to {STEPS_MAX} steps are possible, not {steps}"),
            );
        }
    }
    errors
}

/// Shares of 2^64, cumulated. Sums and quotients of floats are the same on every CPU; a share is exact to 2^-53.
fn thresholds(weights: impl Iterator<Item = f64> + Clone) -> Vec<u64> {
    const HASHES: f64 = (1_u128 << 64) as f64;
    let total: f64 = weights.clone().sum();
    let mut sum = 0.0;
    weights
        .map(|weight| {
            sum += weight;
            // the cast saturates, as it should at the end
            (sum / total * HASHES) as u64
        })
        .collect()
}
