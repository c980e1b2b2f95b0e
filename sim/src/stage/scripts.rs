//! The faults that lie on an upstream, as the script of its replica.
//!
//! Between two moments at which a fault begins or ends, what is active is laid word by word over what the replica's own
//! script says there; of two faults that say the same word the later one counts.

use super::StageError;
use scenarios::{Fault, Replica, Scenario};
use std::time::Duration;

/// The text of a replica's script with the plan's faults in it.
pub(super) fn script(scenario: &Scenario, replica: &Replica) -> Result<String, StageError> {
    let lies = |fault: &&Fault| fault.what.words().is_some() && fault.what.hosts().0 == Some(&replica.name);
    let faults: Vec<&Fault> = scenario.faults.iter().filter(lies).collect();
    if faults.is_empty() {
        return Ok(replica.script.clone());
    }
    let own = phases(&replica.script).map_err(|what| {
        StageError::Scenario(format!("script of {} {:?}: {what}", replica.name, replica.script))
    })?;
    let mut times: Vec<Duration> = own.iter().map(|(at, _)| *at).collect();
    times.extend(
        faults
            .iter()
            .flat_map(|fault| [fault.at, fault.end().min(scenario.heal.at)]),
    );
    times.sort_unstable();
    times.dedup();
    let heal = scenario.heal.at;
    let texts = times.iter().map(|at| {
        let before = own.iter().rev().find(|(begin, _)| begin <= at);
        let mut words: Vec<String> = Vec::new();
        let active = faults
            .iter()
            .filter(|fault| fault.at <= *at && *at < fault.end().min(heal));
        let told = active.filter_map(|fault| fault.what.words());
        for word in before
            .map(|(_, words)| words.clone())
            .into_iter()
            .flatten()
            .chain(told)
        {
            words.retain(|known| name(known) != name(&word));
            words.push(word);
        }
        let words = if words.is_empty() {
            "normal".to_owned()
        } else {
            words.join(" ")
        };
        format!("{}us {words}", at.as_micros())
    });
    Ok(texts.collect::<Vec<_>>().join("; "))
}

/// `latency` of `latency=5ms`.
fn name(word: &str) -> &str {
    word.split('=').next().unwrap_or_default()
}

/// Phases of a script as written, their times read.
fn phases(script: &str) -> Result<Vec<(Duration, Vec<String>)>, String> {
    let parts = script.split(';').map(str::trim).filter(|part| !part.is_empty());
    parts
        .map(|part| {
            let mut words = part.split_whitespace();
            let at = words.next().unwrap_or_default();
            let at = humantime::parse_duration(at).map_err(|error| format!("{at:?}: {error}"))?;
            let words = words.filter(|word| *word != "normal").map(str::to_owned);
            Ok((at, words.collect()))
        })
        .collect()
}
