//! A trace file judged anew, by the very judges of a run: what was violated, and where.

use super::source::{SIMULATIONS_MAX, StoryError};
use crate::document::Document;
use crate::judge::{Check, Judge};
use crate::oracles::Violation;
use crate::trace::{Kind, Reader, Watch};
use std::io::BufRead;

/// The most violations of one oracle that people are shown, and of a simulation in all: the first ones are what matters,
/// what follows is mostly the same again.
pub const PER_ORACLE_MAX: usize = 2;
pub const FINDINGS_MAX: usize = 8;

/// One simulation of a trace, judged.
pub struct Judged {
    pub checks: Vec<Check>,
}

/// Judges every simulation of a trace, in order, as far as it can be read: whoever asked goes over it again, and meets
/// the same error. Without a document there is nothing to hold it against, and all are found without checks.
pub fn judge(reader: Reader<impl BufRead>, document: Option<&Document>) -> Result<Vec<Judged>, StoryError> {
    let mut all = Vec::new();
    let mut now: Option<Judge> = None;
    let mut runs = 0;
    for record in reader.map_while(Result::ok) {
        if record.kind == Kind::Run {
            runs += 1;
            if runs > SIMULATIONS_MAX {
                return Err(StoryError::TooManyRuns);
            }
            close(&mut now, &mut all);
            let [variant, ..] = record.args();
            let variant = usize::try_from(variant).unwrap_or(usize::MAX);
            let variant = document.and_then(|document| document.variants.get(variant));
            now = variant.map(|variant| Judge::new(&variant.scenario));
            if variant.is_none() {
                all.push(Judged { checks: Vec::new() });
            }
        }
        if let Some(judge) = &mut now {
            judge.see(&record);
        }
    }
    close(&mut now, &mut all);
    Ok(all)
}

/// What was found, with the check that found it: the first so many of each.
pub fn violations(checks: &[Check], per_oracle: usize) -> impl Iterator<Item = (&Check, &Violation)> {
    checks.iter().flat_map(move |check| {
        let found = check.finding.iter().flat_map(|finding| &finding.violations);
        found.take(per_oracle).map(move |violation| (check, violation))
    })
}

fn close(now: &mut Option<Judge>, all: &mut Vec<Judged>) {
    if let Some(judge) = now.take() {
        let checks = judge.finish().checks;
        all.push(Judged { checks });
    }
}
