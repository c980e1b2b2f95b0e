//! Judges a simulation while it runs: every oracle, every expectation of the scenario, and what was covered.

use crate::account::{Account, Sums};
use crate::coverage::{Coverage, Visits};
use crate::fleet::{Fleet, Spread};
use crate::oracles::{Finding, ORACLES, Oracle, Row};
use crate::trace::{Kind, Record, Watch};
use crate::veil::Veil;
use scenarios::{Expectation, Fault, Scenario};

/// How a run came out, best first. The worst of all checks is the run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Holds,
    /// The run did not show what it was to show: nothing was judged.
    Invalid,
    /// Nothing was violated, but it did not recover in time.
    LivenessLost,
    Violated,
}

impl Verdict {
    pub const ALL: [Self; 4] = [Self::Holds, Self::Invalid, Self::LivenessLost, Self::Violated];

    /// As documented in `sim run --help`.
    pub fn exit_code(self) -> u8 {
        match self {
            Verdict::Holds => 0,
            Verdict::Violated => 3,
            Verdict::Invalid => 4,
            Verdict::LivenessLost => 5,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::LivenessLost => "liveness lost",
            Verdict::Invalid => "invalid",
            Verdict::Violated => "violated",
        }
    }
}

/// One thing that was judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Check {
    pub verdict: Verdict,
    /// An oracle's name, or `expectation`.
    pub name: &'static str,
    /// What must hold.
    pub what: String,
    /// What was seen.
    pub measured: String,
    /// As a number, where it is one.
    pub value: Option<f64>,
    /// What an oracle found.
    pub finding: Option<Finding>,
}

/// What came of a simulation.
pub struct Judgement {
    pub checks: Vec<Check>,
    pub account: Account,
    pub visits: Visits,
}

impl Judgement {
    /// The worst of all checks.
    pub fn verdict(&self) -> Verdict {
        worst(&self.checks)
    }
}

/// Records that are judged in one go. One oracle after the other goes through all of them, with its code and what it knows
/// at hand: that costs half of what changing oracles with every record does. 256 of them are 24 KiB.
const BATCH: usize = 256;

/// Sees every record of a simulation.
pub struct Judge {
    seats: Vec<Seat>,
    /// Not yet judged.
    batch: Vec<Record>,
    veil: Veil,
    fleet: Fleet,
    expectations: Vec<Expectation>,
    account: Account,
    coverage: Coverage,
}

/// An oracle at work.
struct Seat {
    row: &'static Row,
    oracle: Box<dyn Oracle>,
    finding: Finding,
    /// By a kind's code, whether it wants to see such records.
    wants: Vec<bool>,
}

impl Seat {
    fn new(row: &'static Row, scenario: &Scenario) -> Self {
        let oracle = (row.build)(scenario);
        let codes = Kind::ALL.iter().map(|kind| kind.code()).max().unwrap_or_default();
        let mut wants = vec![false; codes as usize + 1];
        for kind in oracle.kinds() {
            wants[kind.code() as usize] = true;
        }
        Self {
            row,
            oracle,
            finding: Finding::default(),
            wants,
        }
    }
}

impl Judge {
    pub fn new(scenario: &Scenario) -> Self {
        let asks = scenario.load.arrivals.iter().map(|arrival| arrival.ask).collect();
        Self {
            seats: ORACLES
                .iter()
                .filter(|row| row.several || scenario.behind.is_none())
                .map(|row| Seat::new(row, scenario))
                .collect(),
            batch: Vec::with_capacity(BATCH),
            veil: Veil::new(scenario),
            fleet: Fleet::new(scenario),
            account: Account::new(scenario.expectations.iter().filter_map(Expectation::window))
                .with_asks(asks)
                .around(scenario.faults.iter().map(Fault::end).min()),
            expectations: scenario.expectations.clone(),
            coverage: Coverage::new(scenario),
        }
    }

    fn see_batch(&mut self) {
        for Seat {
            oracle,
            finding,
            wants,
            ..
        } in &mut self.seats
        {
            for record in &self.batch {
                if wants[record.kind.code() as usize] {
                    oracle.see(record, finding);
                }
            }
        }
        for record in &self.batch {
            self.account.see(record);
            self.coverage.see(record);
            self.fleet.see(record);
        }
        self.batch.clear();
    }

    /// The simulation has ended.
    pub fn finish(mut self) -> Judgement {
        self.see_batch();
        self.account.close();
        let mut checks = Vec::new();
        for mut seat in self.seats {
            seat.oracle.end(&mut seat.finding);
            checks.push(check(seat.row, seat.finding));
        }
        let mut windows = self.account.windows.iter();
        let mut spreads = self.fleet.spreads.iter();
        for expectation in &self.expectations {
            if is_of_fleet(expectation) {
                checks.extend(spreads.next().map(spread));
            }
            let sums = expectation.window().and_then(|_| windows.next());
            checks.extend(expect(expectation, sums.map(|(_, sums)| sums), &self.account));
        }
        Judgement {
            checks,
            account: self.account,
            visits: self.coverage.finish(),
        }
    }
}

impl Watch for Judge {
    fn see(&mut self, record: &Record) {
        if self.veil.hides(record) {
            return;
        }
        self.batch.push(*record);
        if self.batch.len() == BATCH {
            self.see_batch();
        }
    }
}

/// The worst of them.
pub fn worst(checks: &[Check]) -> Verdict {
    let worst = checks.iter().map(|check| check.verdict).max();
    worst.unwrap_or(Verdict::Invalid)
}

fn check(row: &Row, finding: Finding) -> Check {
    let mut measured = format!("{} looked at", finding.looked_at);
    for violation in &finding.violations {
        measured.push_str(&format!("; {violation}"));
    }
    if finding.more > 0 {
        measured.push_str(&format!("; and {} more", finding.more));
    }
    let verdict = match (finding.holds(), row.liveness) {
        (true, _) => Verdict::Holds,
        (false, true) => Verdict::LivenessLost,
        (false, false) => Verdict::Violated,
    };
    Check {
        verdict,
        name: row.name,
        what: format!("never {}", row.never),
        measured,
        value: None,
        finding: Some(finding),
    }
}

fn is_of_fleet(expectation: &Expectation) -> bool {
    matches!(
        expectation,
        Expectation::Shares { .. } | Expectation::Gap { .. } | Expectation::KeysMoved { .. }
    )
}

fn spread(spread: &Spread) -> Check {
    let (what, measured) = spread.judged();
    Check {
        verdict: match measured.as_ref().map(|measured| measured.holds) {
            None => Verdict::Invalid,
            Some(true) => Verdict::Holds,
            Some(false) => Verdict::Violated,
        },
        name: "expectation",
        what,
        value: measured.as_ref().map(|measured| measured.value),
        measured: measured.map_or("nothing there to judge".into(), |measured| measured.measured),
        finding: None,
    }
}

/// `None` for what is of the fleet.
fn expect(expectation: &Expectation, sums: Option<&Sums>, account: &Account) -> Option<Check> {
    let none = Sums::default();
    let sums = sums.unwrap_or(&none);
    let check = match expectation {
        Expectation::InFlightAtCrash { host, at_least } => {
            let crash = account.crashes.iter().find(|crash| crash.host == *host);
            let in_hand = crash.map(|crash| crash.in_hand);
            let enough = in_hand.is_some_and(|in_hand| in_hand >= *at_least);
            Check {
                verdict: if enough { Verdict::Holds } else { Verdict::Invalid },
                name: "expectation",
                what: format!("at least {at_least} requests in {host}'s hands when it is killed"),
                measured: in_hand.map_or("never killed".into(), |in_hand| in_hand.to_string()),
                value: in_hand.map(|in_hand| in_hand as f64),
                finding: None,
            }
        }
        Expectation::Amplification {
            window,
            at_least,
            at_most,
        } => between(
            format!("{window}, attempts per request"),
            Verdict::Violated,
            sums.amplification(),
            (*at_least, *at_most),
        ),
        Expectation::Success {
            window,
            at_least,
            at_most,
        } => between(
            format!("{window}, share of successes"),
            Verdict::Violated,
            sums.success(),
            (*at_least, *at_most),
        ),
        Expectation::Recovers { window, at_least } => between(
            format!("recovered: {window}, share of successes"),
            Verdict::LivenessLost,
            sums.success(),
            (*at_least, 1.0),
        ),
        Expectation::P99 {
            window,
            at_least_ms,
            at_most_ms,
        } => between(
            format!("{window}, p99 of response times in ms"),
            Verdict::Violated,
            sums.p99_us().map(|us| us as f64 / 1e3),
            (*at_least_ms as f64, *at_most_ms as f64),
        ),
        Expectation::Shares { .. } | Expectation::Gap { .. } | Expectation::KeysMoved { .. } => return None,
    };
    Some(check)
}

fn between(what: String, otherwise: Verdict, value: Option<f64>, (low, high): (f64, f64)) -> Check {
    let verdict = match value {
        None => Verdict::Invalid,
        Some(value) if (low..=high).contains(&value) => Verdict::Holds,
        Some(_) => otherwise,
    };
    let range = if low == high {
        format!("exactly {low}")
    } else {
        format!("from {low} to {high}")
    };
    Check {
        verdict,
        name: "expectation",
        what: format!("{what}, {range}"),
        measured: value.map_or("nothing there to judge".into(), |value| format!("{value:.4}")),
        value,
        finding: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(value: Option<f64>, range: (f64, f64)) -> Verdict {
        between(String::new(), Verdict::Violated, value, range).verdict
    }

    #[test]
    fn ranges_hold_at_their_ends_and_nothing_seen_is_invalid() {
        assert_eq!(verdict(Some(1.0), (1.0, 1.0)), Verdict::Holds);
        assert_eq!(verdict(Some(1.01), (1.0, 1.0)), Verdict::Violated);
        assert_eq!(verdict(Some(0.9), (1.0, 2.0)), Verdict::Violated);
        assert_eq!(verdict(None, (0.0, 1.0)), Verdict::Invalid);
    }

    #[test]
    fn worst_check_is_the_verdict() {
        let check = |verdict| Check {
            verdict,
            ..between(String::new(), verdict, Some(2.0), (0.0, 1.0))
        };
        assert_eq!(
            worst(&[check(Verdict::Holds), check(Verdict::LivenessLost)]),
            Verdict::LivenessLost
        );
        assert_eq!(
            worst(&[check(Verdict::Violated), check(Verdict::Invalid)]),
            Verdict::Violated
        );
        // as a sweep ranks them: what was seen to go wrong is worse than what was not seen
        assert_eq!(
            worst(&[check(Verdict::LivenessLost), check(Verdict::Invalid)]),
            Verdict::LivenessLost
        );
        assert_eq!(worst(&[]), Verdict::Invalid, "judging nothing is not holding");
    }
}
