//! `history.csv`: a line for each comparable figure of each run, oldest first.

use super::{Comparable, HISTORY};
use crate::failure::Failure;
use crate::provenance::Run;
use crate::report::{read_csv, write_csv};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// A commit is told from others by so much of it.
const COMMIT_DIGITS: usize = 10;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Row {
    pub date: String,
    /// With a `+` if files differed from it.
    pub commit: String,
    pub experiment: String,
    pub scale: String,
    pub profile: String,
    pub rustc: String,
    pub figure: String,
    pub unit: String,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub more_is_better: bool,
}

impl Row {
    fn new(run: &Run, of: Comparable) -> Self {
        let commit = run.commit.as_deref().unwrap_or("none");
        let commit = commit.get(..COMMIT_DIGITS).unwrap_or(commit);
        Self {
            date: run.date.clone(),
            commit: format!("{commit}{}", if run.dirty { "+" } else { "" }),
            experiment: run.experiment.clone(),
            scale: run.scale.to_string(),
            profile: run.profile.clone(),
            rustc: run.host.rustc.clone(),
            figure: of.figure,
            unit: of.unit,
            value: of.value,
            low: of.interval.low,
            high: of.interval.high,
            more_is_better: of.more_is_better,
        }
    }

    /// Rows of the same figure are compared with each other.
    pub(super) fn is_same_figure(&self, other: &Self) -> bool {
        let key = |row: &Self| {
            let Self {
                experiment,
                profile,
                figure,
                unit,
                ..
            } = row;
            [experiment, profile, figure, unit].map(Clone::clone)
        };
        key(self) == key(other)
    }
}

/// All rows of a folder of reports; none where there is no history yet.
pub fn read(out: &Path) -> Result<Vec<Row>, Failure> {
    let path = out.join(HISTORY);
    if path.exists() {
        read_csv(&path)
    } else {
        Ok(Vec::new())
    }
}

/// Writes what `run` found behind the rest. The file is replaced whole, so an interrupted run costs none of it.
pub fn append(out: &Path, run: &Run, found: Vec<Comparable>) -> Result<(), Failure> {
    if found.is_empty() {
        return Ok(());
    }
    let mut rows = read(out)?;
    rows.extend(found.into_iter().map(|of| Row::new(run, of)));
    let (path, new) = (out.join(HISTORY), out.join(format!("{HISTORY}.new")));
    write_csv(&new, &rows)?;
    std::fs::rename(&new, &path).map_err(|e| Failure::io("replace", &path, e))
}
