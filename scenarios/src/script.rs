//! The faults that lie on an upstream, as the script of its replica.
//!
//! Between two moments at which a fault begins or ends, what is active is laid word by word over what the replica's own
//! script says there; of two faults that say the same word the later one counts.

use super::fault::{Fault, What};
use super::model::{Replica, Scenario};
use std::time::Duration;

/// From when on, and what is said.
type Phase = (Duration, Vec<String>);

impl Scenario {
    /// The script of one of its replicas that was started `lead` before the load, with those faults of the plan laid over it for which `words`
    /// has something to say, as [`What::words`].
    pub fn script(
        &self,
        replica: &Replica,
        lead: Duration,
        words: impl Fn(&What) -> Option<String>,
    ) -> Result<String, String> {
        let lies =
            |fault: &&Fault| words(&fault.what).is_some() && fault.what.hosts().0 == Some(&replica.name);
        let faults: Vec<&Fault> = self.faults.iter().filter(lies).collect();
        if faults.is_empty() && (lead.is_zero() || replica.script.is_empty()) {
            return Ok(replica.script.clone());
        }
        let own = phases(&replica.script)
            .map_err(|what| format!("script of {} {:?}: {what}", replica.name, replica.script))?;
        let phases = laid_over(&own, &faults, self.heal.at, words);
        let texts = phases.iter().map(|(at, words)| {
            let words = match words.as_slice() {
                [] => "normal".to_owned(),
                _ => words.join(" "),
            };
            format!("{}us {words}", (lead + *at).as_micros())
        });
        Ok(texts.collect::<Vec<_>>().join("; "))
    }
}

fn laid_over(
    own: &[Phase],
    faults: &[&Fault],
    heal: Duration,
    words_of: impl Fn(&What) -> Option<String>,
) -> Vec<Phase> {
    let mut times: Vec<Duration> = own.iter().map(|(at, _)| *at).collect();
    times.extend(faults.iter().flat_map(|fault| [fault.at, fault.end().min(heal)]));
    times.sort_unstable();
    times.dedup();
    let phases = times.into_iter().map(|at| {
        let before = own.iter().rev().find(|(begin, _)| *begin <= at);
        let mut words: Vec<String> = Vec::new();
        let active = faults
            .iter()
            .filter(|fault| fault.at <= at && at < fault.end().min(heal));
        let told = active.filter_map(|fault| words_of(&fault.what));
        let said = before.map(|(_, words)| words.clone());
        for word in said.into_iter().flatten().chain(told) {
            words.retain(|known| name(known) != name(&word));
            words.push(word);
        }
        (at, words)
    });
    phases.collect()
}

/// `latency` of `latency=5ms`.
fn name(word: &str) -> &str {
    word.split('=').next().unwrap_or_default()
}

/// Phases of a script as written, their times read.
fn phases(script: &str) -> Result<Vec<Phase>, String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_lie_over_what_a_replica_says_itself() {
        let entry = crate::find("containment").expect("there is one");
        let built = entry.build(world::Seed(1), &[]).expect("nothing set");
        let mut scenario = built.variants[0].scenario.clone();
        scenario.replicas[0].script = "1s status=404; 5s latency=1ms".into();
        let script = |lead, replica: &Replica| scenario.script(replica, lead, What::words).expect("read");
        let [sick, well] = [0, 2].map(|place| &scenario.replicas[place]);
        assert_eq!(
            script(Duration::from_millis(500), sick),
            "1500000us status=404; 2500000us status=404 latency=200ms error=0.3; \
             5500000us latency=200ms error=0.3; 12500000us latency=1ms"
        );
        assert_eq!(script(Duration::from_millis(500), well), "");
        // of no kind of fault
        let own = scenario.script(sick, Duration::ZERO, |_| None);
        assert_eq!(own.as_deref(), Ok("1s status=404; 5s latency=1ms"));
    }
}
