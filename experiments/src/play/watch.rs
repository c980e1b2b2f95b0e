//! Looking on: twenty times a second the stubs' ledgers and the gateway's metrics.

use super::Scene;
use super::cast::Cast;
use super::rows::Moment;
use crate::failure::Failure;
use crate::measure::{footprint, sum_of};
use crate::stand;
use crate::stand::simulated::{Reached, Replica, Turn, Variant as Told};
use scenarios::{Scenario, Upstream};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

const EVERY: Duration = Duration::from_millis(50);

/// How long after the load is looked on: attempts of the last requests.
const BEYOND: Duration = Duration::from_secs(1);

/// A breaker's states, by the gateway's numbers for them.
const STATES: [&str; 3] = ["closed", "half-open", "open"];

/// What was seen.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) moments: Vec<Moment>,
    turns: Vec<Turn>,
    /// What had reached each replica by the last look.
    by_replica: Vec<u64>,
    reached: Vec<Reached>,
    /// When so many requests had reached the stubs.
    arrived: Vec<(u64, u64)>,
    replicas: Vec<Replica>,
}

#[derive(Debug, Deserialize)]
struct Ledgers {
    replicas: Vec<Ledger>,
}

#[derive(Debug, Deserialize)]
struct Ledger {
    requests: u64,
    in_flight_max: u64,
}

/// When others than the load asked, in µs from its start and in order. What they ask of reaches the stubs too.
pub(super) struct Beside(pub(super) Vec<u64>);

impl Beside {
    fn asked_by(&self, at_us: f64) -> f64 {
        self.0.partition_point(|us| (*us as f64) < at_us) as f64
    }
}

/// Who has a breaker, and the series that tells its state.
struct Breaker {
    upstream: String,
    replica: Option<String>,
    metric: &'static str,
    labels: Vec<String>,
}

pub(super) async fn watch(scene: Scene<'_>) -> Result<Seen, Failure> {
    let Scene {
        stage,
        cast,
        scenario,
        variant,
        start,
    } = scene;
    let breakers = breakers(cast, scenario);
    let mut states: BTreeMap<usize, usize> = BTreeMap::new();
    let mut seen = Seen::default();
    let end = start + scene.lasts() + BEYOND;
    let mut next = start;
    while next < end {
        tokio::time::sleep_until(next).await;
        next = (next + EVERY).max(Instant::now());
        let ledgers = ledgers(cast).await?;
        let at_us = scene.now_us();
        seen.count(scene, at_us, &ledgers);
        // it is given a config or told to stop just now: what it holds can wait, the stubs' ledgers cannot
        let Some((admin, pid)) = running(cast) else {
            continue;
        };
        let Ok(metrics) = stand::get(admin, "/metrics").await else {
            continue;
        };
        for (place, breaker) in breakers.iter().enumerate() {
            let labels: Vec<&str> = breaker.labels.iter().map(String::as_str).collect();
            let state = sum_of(&metrics, breaker.metric, &labels).unwrap_or(0.0) as usize;
            let before = states.insert(place, state).unwrap_or(0);
            if state != before {
                seen.turns.push(turn(
                    stage.seed,
                    variant,
                    breaker,
                    scene.now_us(),
                    (before, state),
                ));
            }
        }
        if let Some(footprint) = footprint(pid) {
            let gauge = |name| sum_of(&metrics, name, &[]).unwrap_or(0.0) as u64;
            seen.moments.push(Moment {
                seed: stage.seed,
                variant: variant.to_owned(),
                at_us,
                rss_kib: footprint.rss_kib,
                open_files: footprint.open_files,
                in_flight: gauge("tollgate_upstream_in_flight"),
                connections: gauge("tollgate_client_connections"),
            });
        }
    }
    let names = scenario.replicas.iter().map(|replica| replica.name.clone());
    let replica = |(replica, ledger): (String, Ledger)| Replica {
        seed: stage.seed,
        variant: variant.to_owned(),
        replica,
        requests: ledger.requests,
        most_in_hand: ledger.in_flight_max,
    };
    seen.replicas = names.zip(ledgers(cast).await?).map(replica).collect();
    Ok(seen)
}

/// The gateway that clients talk to, where nobody has it in hand.
fn running(cast: &Cast) -> Option<(SocketAddr, u32)> {
    let front = cast.front().try_lock().ok()?;
    Some((front.admin, front.pid()?))
}

async fn ledgers(cast: &Cast) -> Result<Vec<Ledger>, Failure> {
    let text = stand::get(cast.stub.control, "/ledger").await?;
    let ledgers: Ledgers = serde_json::from_str(&text)
        .map_err(|e| Failure::run(format!("understand the stubs' ledgers: {e}")))?;
    Ok(ledgers.replicas)
}

/// Those of the config at the start.
fn breakers(cast: &Cast, scenario: &Scenario) -> Vec<Breaker> {
    let upstreams = scenario
        .configs
        .first()
        .map_or(&[][..], |config| &config.upstreams);
    let has = upstreams.iter().filter(|upstream| upstream.breaker.is_some());
    let named = cast.hosts.named();
    let own = |upstream: &Upstream| Breaker {
        upstream: upstream.name.clone(),
        replica: None,
        metric: "tollgate_upstream_breaker_state",
        labels: vec![format!("upstream=\"{}\"", upstream.name)],
    };
    has.flat_map(|upstream| {
        let per_replica = upstream.breaker.as_ref().is_some_and(|breaks| breaks.per_replica);
        let of_replica = |name: &String| {
            let (_, addr) = named.iter().find(|(of, _)| of == name)?;
            Some(Breaker {
                replica: Some(name.clone()),
                metric: "tollgate_replica_breaker_state",
                labels: vec![
                    format!("upstream=\"{}\"", upstream.name),
                    format!("replica=\"{addr}\""),
                ],
                ..own(upstream)
            })
        };
        match per_replica {
            true => upstream.replicas.iter().filter_map(of_replica).collect(),
            false => vec![own(upstream)],
        }
    })
    .collect()
}

fn turn(seed: u64, variant: &str, breaker: &Breaker, at_us: u64, (from, to): (usize, usize)) -> Turn {
    let state = |number: usize| STATES.get(number).copied().unwrap_or("unknown").to_owned();
    Turn {
        seed,
        variant: variant.to_owned(),
        upstream: breaker.upstream.clone(),
        replica: breaker.replica.clone(),
        at_us,
        from: state(from),
        to: state(to),
    }
}

impl Seen {
    /// What reached whom since the last look.
    fn count(&mut self, scene: Scene<'_>, at_us: u64, ledgers: &[Ledger]) {
        let from_us = self.arrived.last().map_or(0, |(at_us, _)| *at_us);
        self.by_replica.resize(ledgers.len(), 0);
        let replicas = scene.scenario.replicas.iter().zip(ledgers);
        for ((replica, ledger), before) in replicas.zip(&mut self.by_replica) {
            let requests = ledger.requests.saturating_sub(*before);
            *before = ledger.requests;
            if requests > 0 {
                self.reached.push(Reached {
                    seed: scene.stage.seed,
                    variant: scene.variant.to_owned(),
                    from_us,
                    to_us: at_us,
                    replica: replica.name.clone(),
                    requests,
                });
            }
        }
        self.arrived.push((at_us, self.by_replica.iter().sum()));
    }

    /// Adds what was seen to what the log tells; attempts are those of the load.
    pub(super) fn tell(&self, told: &mut Told, beside: &Beside) {
        let of_load = |s: f64| self.arrived_by(s * 1e6) - beside.asked_by(s * 1e6);
        told.breakers.clone_from(&self.turns);
        told.replicas.clone_from(&self.replicas);
        told.reached_fine.clone_from(&self.reached);
        told.whole.attempts = self
            .arrived
            .last()
            .map_or(0, |(_, count)| count.saturating_sub(beside.0.len() as u64));
        for second in &mut told.seconds {
            let [from, to] = [second.second, second.second + 1].map(|s| of_load(s as f64));
            second.attempts = (to - from).round().max(0.0) as u64;
        }
        for window in &mut told.windows {
            let [from, to] = [window.from_s, window.to_s].map(of_load);
            // attempts are not told apart by what was asked for
            window.attempts = if window.ask.is_none() {
                (to - from).round().max(0.0) as u64
            } else {
                0
            };
        }
    }

    /// Requests that had reached the stubs by then, between two looks on a straight line.
    fn arrived_by(&self, at_us: f64) -> f64 {
        let after = self.arrived.partition_point(|(us, _)| (*us as f64) < at_us);
        let point = |place: usize| {
            self.arrived
                .get(place)
                .map(|(us, count)| (*us as f64, *count as f64))
        };
        match (after.checked_sub(1).and_then(point), point(after)) {
            (Some(before), Some(after)) => {
                let share = (at_us - before.0) / (after.0 - before.0);
                before.1 + share * (after.1 - before.1)
            }
            (Some((_, count)), None) => count,
            (None, _) => 0.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stand::simulated::Second;

    #[test]
    fn what_others_ask_is_no_attempt_of_the_load() {
        let arrived = [(0, 0), (1_000_000, 130), (2_000_000, 260)];
        let seen = Seen {
            arrived: arrived.to_vec(),
            ..Seen::default()
        };
        // thirty in the first second, and ten in the other
        let beside = (0..30).map(|_| 500_000).chain((0..10).map(|_| 1_500_000));
        let second = |second| Second {
            second,
            ..Second::default()
        };
        let mut told = Told {
            seconds: vec![second(0), second(1)],
            ..Told::default()
        };
        seen.tell(&mut told, &Beside(beside.collect()));
        let attempts: Vec<u64> = told.seconds.iter().map(|second| second.attempts).collect();
        assert_eq!(attempts, [100, 120]);
        assert_eq!(told.whole.attempts, 220);
    }

    #[test]
    fn between_two_looks_requests_arrive_evenly() {
        let seen = Seen {
            arrived: vec![(0, 0), (900_000, 90), (1_100_000, 130), (2_000_000, 130)],
            ..Seen::default()
        };
        let by = |s: f64| seen.arrived_by(s * 1e6).round();
        assert_eq!(
            [by(-1.0), by(0.5), by(1.0), by(1.5), by(9.0)],
            [0.0, 50.0, 110.0, 130.0, 130.0]
        );
    }
}
