//! What became of a figure since the run before.

use super::history::Row;
use crate::claims::Verdict;

/// A figure's newest row, and the one before it.
#[derive(Debug, Clone, PartialEq)]
pub struct Change<'a> {
    pub now: &'a Row,
    pub before: Option<&'a Row>,
}

/// Of each figure, in the order in which they were first seen.
pub fn changes(rows: &[Row]) -> Vec<Change<'_>> {
    let mut changes: Vec<Change<'_>> = Vec::new();
    for row in rows {
        match changes.iter_mut().find(|change| change.now.is_same_figure(row)) {
            Some(change) => {
                *change = Change {
                    now: row,
                    before: Some(change.now),
                };
            }
            None => changes.push(Change {
                now: row,
                before: None,
            }),
        }
    }
    changes
}

impl Change<'_> {
    /// In percent of what it was; `None` of nothing, or where there is nothing to compare with.
    pub fn percent(&self) -> Option<f64> {
        let before = self.before.filter(|before| before.value != 0.0)?;
        Some(100.0 * (self.now.value - before.value) / before.value.abs())
    }

    /// Refuted: it got worse beyond its interval. Not judged: this is the first of its kind.
    pub fn verdict(&self) -> Verdict {
        let Some(before) = self.before else {
            return Verdict::NotJudged;
        };
        let is_worse = match self.now.more_is_better {
            true => self.now.high < before.low,
            false => self.now.low > before.high,
        };
        if is_worse {
            Verdict::Refuted
        } else {
            Verdict::Holds
        }
    }

    /// The interval lies beyond the one before, on the right side.
    pub fn is_better(&self) -> bool {
        self.before.is_some_and(|before| match self.now.more_is_better {
            true => self.now.low > before.high,
            false => self.now.high < before.low,
        })
    }

    /// In words: better, worse, or that nothing is shown.
    pub fn words(&self) -> &'static str {
        match self.verdict() {
            Verdict::NotJudged => "the first of its kind",
            Verdict::Refuted => "worse, beyond its interval",
            _ if self.is_better() => "better, beyond its interval",
            _ => "no difference shown",
        }
    }
}
