//! Load up, then down: does what is served come back with it?
//!
//! The scenario `hysteresis`, the second part of the report. Its expectations look at the end of each step of the load, so its windows are the steps. Rates are shares of what
//! the replicas can do, which differs from seed to seed.

use super::{FULL, NAIVE, NONE, POLICIES};
use crate::claims::Claim;
use crate::exp::simulated::{Data, Samples, least, values, worst};
use crate::failure::Failure;
use crate::report;
use crate::scale::Scale;
use crate::stats::median;
use charts::{Axis, Limit, Panel, Panels, Series};

/// Of the report, and the scenario.
pub(super) const PART: &str = "hysteresis";

/// What is played of the policies.
pub(super) const PLAYED: [&str; 3] = [NONE, NAIVE, FULL];

/// A run is 220 simulated seconds of each policy, the longest of all scenarios; fewer seeds than ten have no intervals.
pub(super) fn seeds(scale: Scale) -> u64 {
    match scale {
        Scale::Smoke => 2,
        Scale::Quick => 4,
        Scale::Full => 60,
    }
}

/// Of the goodput at the same rate on the way up: less is another state, as much is the same one.
const LOST: f64 = 0.5;
const KEPT: f64 = 0.9;

/// The end of one step; all of it in percent of what the replicas can do.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Step {
    pub(super) offered: f64,
    pub(super) goodput: f64,
    pub(super) attempts: f64,
}

/// The steps of one seed, in order of time.
fn steps(data: &Data, policy: &str, seed: u64) -> Vec<Step> {
    let mut knobs = data.knobs.iter();
    let capacity = knobs.find(|knob| knob.seed == seed && knob.knob == "capacity");
    let Some(capacity) = capacity.and_then(|knob| knob.value.parse::<f64>().ok()) else {
        return Vec::new();
    };
    let is_meant = |of: &&crate::stand::simulated::Window| of.variant == policy && of.seed == seed;
    let mut windows: Vec<_> = data.windows.iter().filter(is_meant).collect();
    // several expectations may look at the same one
    windows.dedup_by_key(|of| of.from_s.to_bits());
    let step = |of: &crate::stand::simulated::Window| {
        let percent = |count: u64| 100.0 * count as f64 / (of.to_s - of.from_s) / capacity;
        Step {
            offered: percent(of.requests),
            goodput: percent(of.ok),
            attempts: percent(of.attempts),
        }
    };
    windows.into_iter().map(step).collect()
}

/// The median over seeds of each step.
pub(super) fn medians(data: &Data, policy: &str) -> Vec<Step> {
    let all: Vec<Vec<Step>> = data
        .seeds()
        .into_iter()
        .map(|seed| steps(data, policy, seed))
        .collect();
    let count = all.iter().map(Vec::len).min().unwrap_or(0);
    let of = |place: usize, figure: fn(&Step) -> f64| {
        let figures: Vec<f64> = all.iter().map(|steps| figure(&steps[place])).collect();
        median(&figures).unwrap_or(f64::NAN)
    };
    let step = |place| Step {
        offered: of(place, |step| step.offered),
        goodput: of(place, |step| step.goodput),
        attempts: of(place, |step| step.attempts),
    };
    (0..count).map(step).collect()
}

/// The way up and the way down; the top is in both.
pub(super) fn ways(steps: &[Step]) -> [&[Step]; 2] {
    let higher = |one: &usize, other: &usize| steps[*one].offered.total_cmp(&steps[*other].offered);
    match (0..steps.len()).max_by(higher) {
        Some(top) => [&steps[..=top], &steps[top..]],
        None => [steps, steps],
    }
}

/// Goodput on the way down to that on the way up at the same rate: of each seed the one that `chosen` prefers among all rates below the top.
fn kept(data: &Data, policy: &str, chosen: fn(f64, f64) -> f64) -> Samples {
    let of_seed = |seed| {
        let steps = steps(data, policy, seed);
        let [up, down] = ways(&steps);
        let pairs = up.iter().rev().zip(down).skip(1);
        let ratios = pairs.map(|(up, down)| down.goodput / up.goodput);
        Some((seed, ratios.reduce(chosen)?))
    };
    data.seeds().into_iter().filter_map(of_seed).collect()
}

/// The most of any rate, and the least.
pub(super) fn most_kept(data: &Data, policy: &str) -> Samples {
    kept(data, policy, f64::max)
}

pub(super) fn least_kept(data: &Data, policy: &str) -> Samples {
    kept(data, policy, f64::min)
}

pub(super) fn judge(data: &Data) -> Vec<Claim> {
    let back = |id, title| {
        let claim = format!(
            "after an overload goodput is, {title}, at least nine tenths of what it was at the same rate before it, at every rate"
        );
        (id, claim)
    };
    let (none, none_claim) = back("loop-none", "without retries");
    let (full, full_claim) = back("loop-full", "with budget and breaker");
    vec![
        Claim {
            id: "loop-oracles".into(),
            claim: "every oracle and every expectation holds in every run of the load that goes up and down"
                .into(),
            ..data.all_hold()
        },
        worst(
            "loop-naive",
            "with naive retries goodput after an overload is below half of what it was at the same rate before it, at every rate down to 40 % of capacity",
            &values(&most_kept(data, NAIVE)),
            LOST,
            "×",
        ),
        least(none, &none_claim, &values(&least_kept(data, NONE)), KEPT, "×"),
        least(full, &full_claim, &values(&least_kept(data, FULL)), KEPT, "×"),
    ]
}

/// Goodput over what is offered, a panel for each policy.
pub(super) fn picture(data: &Data) -> Result<charts::Figure, Failure> {
    let theory = [(0.0, 0.0), (100.0, 100.0)];
    let panel = |policy: &str| {
        let theory = Series::new("all that is offered", theory).colour(2);
        panel(data, policy, ("goodput", |step| step.goodput), Some(theory))
    };
    let picture = Panels::new("Load up, then down", offered()).subtitle(
        "median over seeds; the end of each step, in percent of what the replicas can do; nothing is broken",
    );
    let picture = PLAYED.into_iter().map(panel).fold(picture, Panels::panel);
    let caption = "Where the two ways part, one rate has two states, and which of them it is depends on what was before.";
    report::figure("hysteresis", picture.draw(), caption)
}

/// The same of attempts.
pub(super) fn attempts(data: &Data) -> Result<charts::Figure, Failure> {
    let picture = Panels::new("What the replicas are asked for meanwhile", offered())
        .subtitle("median over seeds; the end of each step, in percent of what the replicas can do");
    let panel = |policy: &str| panel(data, policy, ("attempts", |step| step.attempts), None);
    let picture = PLAYED.into_iter().map(panel).fold(picture, Panels::panel);
    let caption = "A load of attempts above the capacity makes the line longer, whatever is offered.";
    report::figure("hysteresis-attempts", picture.draw(), caption)
}

fn offered() -> Axis {
    Axis::new("offered", "% of capacity").range(0.0, 130.0)
}

/// Both ways of one policy, over what they are held against.
fn panel(
    data: &Data,
    policy: &str,
    (what, figure): (&str, fn(&Step) -> f64),
    theory: Option<Series>,
) -> Panel {
    let steps = medians(data, policy);
    let [up, down] = ways(&steps).map(|way| {
        let points = way.iter().map(|step| (step.offered, figure(step)));
        points.collect::<Vec<_>>()
    });
    let named = POLICIES.iter().find(|(of, _)| *of == policy);
    let title = named.map_or(policy, |(_, title)| title);
    let up = Series::new("way up", up).colour(0).dots();
    let down = Series::new("way down", down.clone()).colour(1).hollow("", down);
    let panel = Panel::new(Axis::new(format!("{title}: {what}"), "%")).height(170.0);
    let panel = panel.limit(Limit::new("capacity", 100.0));
    let all = theory.into_iter().chain([up, down]);
    all.fold(panel, Panel::series)
}
