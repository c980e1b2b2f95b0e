//! What the judges found, and which requests it is about: the events around a finding where it is about none.

use super::tale::Finding;
use crate::judge::Verdict;
use crate::story::{FINDINGS_MAX, Judged, PER_ORACLE_MAX, Scene, Source, StoryError, violations};
use crate::trace::{Record, Renderer};
use std::collections::{BTreeMap, VecDeque};

/// Events before and after a finding that is about no request.
const BEFORE: usize = 8;
const AFTER: usize = 4;

/// What a finding is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum About {
    Request(u64),
    /// The events around it, a line each.
    Events(Vec<String>),
}

/// The findings of one simulation.
#[derive(Debug, Default)]
pub(super) struct Findings {
    pub(super) all: Vec<(Finding, About)>,
}

/// The first findings of each oracle, by simulation, with what they are about.
pub(super) fn findings(source: &Source, judged: &[Judged]) -> Result<Vec<Findings>, StoryError> {
    let mut out = Vec::new();
    // by the event that shows them: simulation and place in it
    let mut wanted: BTreeMap<u64, Vec<(usize, usize)>> = BTreeMap::new();
    for (run, judged) in judged.iter().enumerate() {
        let mut findings = Findings::default();
        let found = violations(&judged.checks, PER_ORACLE_MAX).take(FINDINGS_MAX);
        for (place, (check, violation)) in found.enumerate() {
            wanted.entry(violation.sequence).or_default().push((run, place));
            let finding = Finding {
                oracle: check.name,
                sequence: violation.sequence,
                at_us: violation.at_us,
                what: violation.what.clone(),
                liveness: check.verdict == Verdict::LivenessLost,
            };
            findings.all.push((finding, About::Events(Vec::new())));
        }
        out.push(findings);
    }
    if !wanted.is_empty() {
        resolve(source, &wanted, &mut out)?;
    }
    Ok(out)
}

fn resolve(
    source: &Source,
    wanted: &BTreeMap<u64, Vec<(usize, usize)>>,
    out: &mut [Findings],
) -> Result<(), StoryError> {
    let mut scene = Scene::new(None);
    let mut renderer = Renderer::default();
    let mut before: VecDeque<Record> = VecDeque::new();
    // findings whose following events are still to come, and how many
    let mut after: Vec<((usize, usize), usize)> = Vec::new();
    // where it cannot be read further, the telling says so
    for record in source.open()?.map_while(Result::ok) {
        scene.see(&record);
        renderer.learn(&record);
        for ((run, place), left) in &mut after {
            if let About::Events(lines) = &mut out[*run].all[*place].1 {
                lines.push(format!("  {}", renderer.line(&record)));
            }
            *left -= 1;
        }
        after.retain(|(_, left)| *left > 0);
        for (run, place) in wanted.get(&record.sequence).into_iter().flatten() {
            let about = match scene.request_of(&record) {
                Some(id) => About::Request(id),
                None => {
                    after.push(((*run, *place), AFTER));
                    let mut lines: Vec<String> = Vec::new();
                    for earlier in &before {
                        lines.push(format!("  {}", renderer.line(earlier)));
                    }
                    lines.push(format!("▲ {}", renderer.line(&record)));
                    About::Events(lines)
                }
            };
            out[*run].all[*place].1 = about;
        }
        before.push_back(record);
        if before.len() > BEFORE {
            before.pop_front();
        }
    }
    Ok(())
}
