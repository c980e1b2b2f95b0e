//! Counts of what was visited, which add up, and their form in files.

use super::row::Row;
use super::state::State;
use scenarios::FaultKind;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What was visited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "Form", try_from = "Form")]
pub struct Visits {
    /// How many faults of each row began.
    began: BTreeMap<Row, u64>,
    /// How many of them in each state.
    pairs: BTreeMap<(Row, State), u64>,
    /// How many faults began while another lay on the system, by their two kinds, the lower one first.
    overlaps: BTreeMap<(FaultKind, FaultKind), u64>,
}

impl Visits {
    pub(super) fn visit(&mut self, row: Row, states: &[State]) {
        add(&mut self.began, row, 1);
        for state in states {
            add(&mut self.pairs, (row, *state), 1);
        }
    }

    pub(super) fn overlap(&mut self, one: FaultKind, other: FaultKind) {
        add(&mut self.overlaps, (one.min(other), one.max(other)), 1);
    }

    /// How many faults of the row began.
    pub fn began(&self, row: Row) -> u64 {
        self.began.get(&row).copied().unwrap_or_default()
    }

    /// How many of them while this state held.
    pub fn met(&self, row: Row, state: State) -> u64 {
        self.pairs.get(&(row, state)).copied().unwrap_or_default()
    }

    /// How many faults of one kind began while one of the other lay on the system.
    pub fn overlapped(&self, one: FaultKind, other: FaultKind) -> u64 {
        let pair = (one.min(other), one.max(other));
        self.overlaps.get(&pair).copied().unwrap_or_default()
    }

    pub fn add(&mut self, other: &Self) {
        other
            .began
            .iter()
            .for_each(|(key, count)| add(&mut self.began, *key, *count));
        other
            .pairs
            .iter()
            .for_each(|(key, count)| add(&mut self.pairs, *key, *count));
        other
            .overlaps
            .iter()
            .for_each(|(key, count)| add(&mut self.overlaps, *key, *count));
    }
}

fn add<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K, count: u64) {
    let sum = counts.entry(key).or_default();
    *sum = sum.saturating_add(count);
}

type Counts = BTreeMap<String, u64>;

/// By name, as in files.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    began: Counts,
    states: BTreeMap<String, Counts>,
    overlaps: BTreeMap<String, Counts>,
}

impl From<Visits> for Form {
    fn from(visits: Visits) -> Self {
        let mut form = Self {
            began: visits
                .began
                .iter()
                .map(|(row, count)| (row.to_string(), *count))
                .collect(),
            states: BTreeMap::new(),
            overlaps: BTreeMap::new(),
        };
        for ((row, state), count) in visits.pairs {
            let counts = form.states.entry(row.to_string()).or_default();
            counts.insert(state.name().into(), count);
        }
        for ((one, other), count) in visits.overlaps {
            let counts = form.overlaps.entry(one.name().into()).or_default();
            counts.insert(other.name().into(), count);
        }
        form
    }
}

impl TryFrom<Form> for Visits {
    type Error = String;

    fn try_from(form: Form) -> Result<Self, String> {
        let row = |name: &str| Row::find(name).ok_or_else(|| format!("{name:?} is no fault at a place"));
        let state = |name: &str| {
            let found = State::ALL.iter().find(|state| state.name() == name);
            found
                .copied()
                .ok_or_else(|| format!("{name:?} is no state of the gateway"))
        };
        let kind = |name: &str| {
            let found = FaultKind::ALL.iter().find(|kind| kind.name() == name);
            found
                .copied()
                .ok_or_else(|| format!("{name:?} is no kind of fault"))
        };
        let mut visits = Self::default();
        for (name, count) in &form.began {
            visits.began.insert(row(name)?, *count);
        }
        for (name, counts) in &form.states {
            for (other, count) in counts {
                visits.pairs.insert((row(name)?, state(other)?), *count);
            }
        }
        for (name, counts) in &form.overlaps {
            for (other, count) in counts {
                let (one, other) = (kind(name)?, kind(other)?);
                add(&mut visits.overlaps, (one.min(other), one.max(other)), *count);
            }
        }
        Ok(visits)
    }
}
