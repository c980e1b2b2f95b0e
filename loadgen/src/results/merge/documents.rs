//! Documents merged: shards of one run, or one job repeated.
//!
//! Shards (`K/N`) together are the run as it was planned, so their rates add up to its rate. Repetitions are added as if
//! they had been made at the same time, by as many generators: histograms and counts are those of all of them, and the
//! rates are sums. The verdict and the service levels are judged again, over the sum.

use super::same::differences;
use crate::report::{Document, PlanCheck, Run, Slo};
use std::collections::BTreeSet;
use workload::schedule::STREAMS;

/// Clocks that are kept by NTP agree to a few milliseconds; generators further apart did not run one schedule.
const START_SPREAD_MAX_S: f64 = 0.1;

/// The sum, and what a reader of it has to know.
#[derive(Debug, Clone)]
pub struct Merged {
    pub document: Document,
    pub warnings: Vec<String>,
}

/// Merges documents that have a name each. `command` is what the sum says made it. Differing jobs are refused unless
/// `force`; then what was asked is taken from the first.
pub fn merge_documents(
    named: Vec<(String, Document)>,
    command: String,
    force: bool,
) -> Result<Merged, Vec<String>> {
    let mut errors = Vec::new();
    let mut warnings = Vec::new();
    let Some(((first_name, first), rest)) = named.split_first() else {
        return Err(vec!["merge nothing: name at least one result".into()]);
    };
    for (name, other) in rest {
        let found = differences(first, other);
        let text = format!(
            "{name} is not of the same job as {first_name}: {}",
            found.join("; ")
        );
        match (found.is_empty(), force) {
            (true, _) => {}
            (false, true) => warnings.push(text),
            (false, false) => errors.push(format!("merge: {text} (--force adds them all the same)")),
        }
    }
    errors.extend(repeated(&named));
    let sharded = shards(&named, force, &mut errors, &mut warnings);
    let slos = first.slos.iter().map(|judged| judged.slo.parse::<Slo>());
    let slos: Vec<Slo> = slos
        .filter_map(|slo| slo.map_err(|error| errors.push(format!("merge: {error}"))).ok())
        .collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    for (name, document) in &named {
        let reasons = document.report.reasons.iter();
        warnings.extend(reasons.map(|reason| format!("{name} is INVALID by itself: {reason}")));
    }
    let run = run(&named, command, sharded);
    let mut recording = first.recording.clone();
    for (_, other) in rest {
        recording.merge(&other.recording);
    }
    let generators = named
        .into_iter()
        .flat_map(|(_, document)| document.generators)
        .collect();
    let document = Document::new(run, recording, generators, &slos);
    Ok(Merged { document, warnings })
}

fn run(named: &[(String, Document)], command: String, sharded: bool) -> Run {
    let first = &named[0].1.run;
    let runs = || named.iter().map(|(_, document)| &document.run);
    let plans: Vec<&PlanCheck> = runs().filter_map(|run| run.plan.as_ref()).collect();
    let plan = plans.iter().find(|plan| !plan.passes).or(plans.first());
    let kind = match sharded {
        true => "shards",
        false => "runs",
    };
    let times = match sharded {
        true => 1.0,
        false => named.len() as f64,
    };
    let offered = first.offered.iter();
    Run {
        title: match (named, first_shard(named)) {
            ([_], _) => first.title.clone(),
            (_, shard) => {
                // a title ends with the shard that the run was
                let title = shard.and_then(|shard| first.title.strip_suffix(&format!(", shard {shard}")));
                format!(
                    "{} (sum of {} {kind})",
                    title.unwrap_or(&first.title),
                    named.len()
                )
            }
        },
        command,
        started_unix_s: runs().map(|run| run.started_unix_s).fold(f64::INFINITY, f64::min),
        interrupted: runs().any(|run| run.interrupted),
        plan: plan.copied().cloned(),
        offered: offered.map(|(at, rate)| (*at, rate * times)).collect(),
        ..first.clone()
    }
}

fn first_shard(named: &[(String, Document)]) -> Option<&str> {
    let (_, first) = named.first()?;
    first.generators.first()?.shard.as_deref()
}

/// Nothing may count twice.
fn repeated(named: &[(String, Document)]) -> Vec<String> {
    let mut errors = Vec::new();
    for (index, (name, document)) in named.iter().enumerate() {
        let same = |other: &&(String, Document)| {
            let (one, other) = (document, &other.1);
            one.run.seed == other.run.seed
                && one.run.started_unix_s == other.run.started_unix_s
                && one.generators == other.generators
        };
        if let Some((other, _)) = named[..index].iter().find(same) {
            errors.push(format!(
                "merge: {name} is the same result as {other}: name each once"
            ));
        }
    }
    errors
}

/// Whether these are shards of one run, after checking that they are shards of the same and none is there twice.
fn shards(
    named: &[(String, Document)],
    force: bool,
    errors: &mut Vec<String>,
    warnings: &mut Vec<String>,
) -> bool {
    let all = named
        .iter()
        .flat_map(|(name, document)| document.generators.iter().map(move |g| (name, g)));
    let of: Vec<(&String, Option<&str>)> = all.map(|(name, g)| (name, g.shard.as_deref())).collect();
    if of.iter().all(|(_, shard)| shard.is_none()) {
        if named.len() > 1 {
            warnings.push(format!(
                "{} runs of one job are added as if they had been made at the same time: rates are sums",
                named.len()
            ));
        }
        return false;
    }
    let mut seen = BTreeSet::new();
    let mut totals = BTreeSet::new();
    for (name, shard) in of {
        match shard.and_then(parsed) {
            Some((index, total)) => {
                totals.insert(total);
                if !seen.insert((index, total)) {
                    errors.push(format!(
                        "merge: shard {index}/{total} of {name} is there already: name each shard once"
                    ));
                }
            }
            None => errors.push(format!(
                "merge: {name} is no shard, and others are: merge a run's shards by themselves"
            )),
        }
    }
    let seeds: BTreeSet<u64> = named.iter().map(|(_, document)| document.run.seed).collect();
    if (totals.len() > 1 || seeds.len() > 1) && !force {
        errors.push(
            "merge: these are shards of different runs (their seeds or numbers of shards differ); --force adds them \
             all the same"
                .into(),
        );
    } else if let Some(total) = totals.first().filter(|_| totals.len() == 1) {
        let missing = (0..*total).filter(|index| !seen.contains(&(*index, *total)));
        let missing: Vec<String> = missing.map(|index| format!("{index}/{total}")).collect();
        if !missing.is_empty() {
            warnings.push(format!(
                "the run is not whole: shards {} are missing",
                missing.join(", ")
            ));
        }
    }
    warnings.extend(apart(named));
    true
}

/// Shards whose clocks or starts disagree did not make the arrivals that were planned.
fn apart(named: &[(String, Document)]) -> Option<String> {
    let starts = || named.iter().map(|(_, document)| document.run.started_unix_s);
    let (first, last) = (
        starts().fold(f64::INFINITY, f64::min),
        starts().fold(0.0, f64::max),
    );
    (last - first > START_SPREAD_MAX_S).then(|| {
        format!(
            "the shards started {:.3} s apart: their clocks differ, or one was late, so the sum is not the plan that \
             they shared; start them with --start-at, with clocks kept by NTP",
            last - first
        )
    })
}

/// `K/N`, where K counts from 0 and N is at most the number of streams there are to be dealt.
fn parsed(shard: &str) -> Option<(u32, u32)> {
    let (index, total) = shard.split_once('/')?;
    let (index, total) = (index.parse().ok()?, total.parse().ok()?);
    (index < total && u64::from(total) <= STREAMS).then_some((index, total))
}
