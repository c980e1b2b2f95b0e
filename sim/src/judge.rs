//! What a scenario expects, held against what the trace shows.
//!
//! Conservation and the truth of the attempts are judged on every run, whatever the scenario asks for.

use crate::account::{Account, Sums};
use crate::oracles::{self, Finding};
use crate::scenarios::{Expectation, GATEWAY, Scenario, Window};
use crate::trace::Record;
use std::time::Duration;

/// How a run came out, best first. The worst of all checks is the run's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Holds,
    /// Nothing was violated, but it did not recover in time.
    LivenessLost,
    /// The run did not show what it was to show: nothing was judged.
    Invalid,
    Violated,
}

impl Verdict {
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
    /// What must hold.
    pub what: String,
    /// What was seen.
    pub measured: String,
}

/// Judges one simulation.
pub fn judge(scenario: &Scenario, records: &[Record], account: &Account) -> Vec<Check> {
    let conservation = oracle(
        "every request has exactly one outcome",
        oracles::conservation(records),
    );
    let gateway = account.host(GATEWAY).unwrap_or_default();
    let attempts = oracle(
        "replicas and wire saw the attempts that the gateway tells of",
        oracles::attempts(records, gateway),
    );
    let expected = scenario
        .expectations
        .iter()
        .filter_map(|expectation| expect(expectation, account));
    [conservation, attempts].into_iter().chain(expected).collect()
}

/// The worst of them.
pub fn worst(checks: &[Check]) -> Verdict {
    checks
        .iter()
        .map(|check| check.verdict)
        .max()
        .unwrap_or(Verdict::Invalid)
}

fn oracle(what: &str, finding: Finding) -> Check {
    let verdict = match (finding.holds(), finding.looked_at) {
        (false, _) => Verdict::Violated,
        (true, 0) => Verdict::Invalid,
        (true, _) => Verdict::Holds,
    };
    let mut measured = format!("{} looked at", finding.looked_at);
    for violation in &finding.violations {
        measured.push_str(&format!("; {violation}"));
    }
    if finding.more > 0 {
        measured.push_str(&format!("; and {} more", finding.more));
    }
    Check {
        verdict,
        what: what.into(),
        measured,
    }
}

fn expect(expectation: &Expectation, account: &Account) -> Option<Check> {
    let check = match expectation {
        // judged always
        Expectation::Conservation => return None,
        Expectation::InFlightAtCrash { host, at_least } => {
            let in_hand = account
                .crashes
                .iter()
                .find(|crash| crash.host == *host)
                .map(|crash| crash.in_hand);
            let enough = in_hand.is_some_and(|in_hand| in_hand >= *at_least);
            Check {
                verdict: if enough { Verdict::Holds } else { Verdict::Invalid },
                what: format!("at least {at_least} requests in {host}'s hands when it is killed"),
                measured: in_hand.map_or("never killed".into(), |in_hand| in_hand.to_string()),
            }
        }
        Expectation::Amplification {
            window,
            at_least,
            at_most,
        } => {
            let what = format!("{window}, attempts per request {}", range(*at_least, *at_most));
            share(
                what,
                Verdict::Violated,
                sums(account, window).amplification(),
                *at_least,
                *at_most,
            )
        }
        Expectation::Success {
            window,
            at_least,
            at_most,
        } => {
            let what = format!("{window}, share of successes {}", range(*at_least, *at_most));
            share(
                what,
                Verdict::Violated,
                sums(account, window).success(),
                *at_least,
                *at_most,
            )
        }
        Expectation::Recovers { window, at_least } => {
            let what = format!(
                "recovered: {window}, share of successes {}",
                range(*at_least, 1.0)
            );
            share(
                what,
                Verdict::LivenessLost,
                sums(account, window).success(),
                *at_least,
                1.0,
            )
        }
    };
    Some(check)
}

fn share(what: String, otherwise: Verdict, value: Option<f64>, at_least: f64, at_most: f64) -> Check {
    let verdict = match value {
        Some(value) if (at_least..=at_most).contains(&value) => Verdict::Holds,
        Some(_) => otherwise,
        None => Verdict::Invalid,
    };
    let measured = value.map_or("no requests".into(), |value| format!("{value:.4}"));
    Check {
        verdict,
        what,
        measured,
    }
}

fn range(at_least: f64, at_most: f64) -> String {
    if at_least == at_most {
        format!("= {at_least}")
    } else {
        format!("in {at_least} … {at_most}")
    }
}

fn sums(account: &Account, window: &Window) -> Sums {
    let micros = |at: Duration| u64::try_from(at.as_micros()).unwrap_or(u64::MAX);
    account.window(micros(window.from)..micros(window.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::account::{Crash, Outcome, Request};

    /// 100 requests in the first 100 ms, of which the last `failing` fail, and as many attempts as told.
    fn account(failing: u64, attempts: usize) -> Account {
        let mut account = Account {
            attempts_us: vec![5; attempts],
            ..Account::default()
        };
        for id in 0..100 {
            let outcome = if id >= 100 - failing {
                Outcome::Failed(0)
            } else {
                Outcome::Status(200)
            };
            account.requests.insert(
                (1, id),
                Request {
                    intended_us: id * 1_000,
                    end: Some((200_000, outcome)),
                },
            );
        }
        account
    }

    fn verdict(expectation: Expectation, account: &Account) -> Verdict {
        expect(&expectation, account).expect("judged").verdict
    }

    #[test]
    fn each_expectation_can_fail_in_its_own_way() {
        let window = Window::new(Duration::ZERO, Duration::from_secs(1));
        let amplification = |at_most| Expectation::Amplification {
            window,
            at_least: 1.0,
            at_most,
        };
        assert_eq!(verdict(amplification(1.0), &account(0, 100)), Verdict::Holds);
        assert_eq!(verdict(amplification(1.0), &account(0, 101)), Verdict::Violated);
        assert_eq!(verdict(amplification(1.0), &account(0, 99)), Verdict::Violated);
        let success = Expectation::Success {
            window,
            at_least: 0.9,
            at_most: 1.0,
        };
        assert_eq!(verdict(success.clone(), &account(10, 0)), Verdict::Holds);
        assert_eq!(verdict(success, &account(11, 0)), Verdict::Violated);
        let recovers = Expectation::Recovers {
            window,
            at_least: 0.999,
        };
        assert_eq!(verdict(recovers.clone(), &account(1, 0)), Verdict::LivenessLost);
        assert_eq!(verdict(recovers, &Account::default()), Verdict::Invalid);
    }

    #[test]
    fn crash_with_empty_hands_makes_the_run_invalid() {
        let expectation = Expectation::InFlightAtCrash {
            host: "r1".into(),
            at_least: 1,
        };
        let crashed = |in_hand| Account {
            crashes: vec![Crash {
                host: "r1".into(),
                at_us: 0,
                in_hand,
            }],
            ..Account::default()
        };
        assert_eq!(verdict(expectation.clone(), &crashed(1)), Verdict::Holds);
        assert_eq!(verdict(expectation.clone(), &crashed(0)), Verdict::Invalid);
        assert_eq!(verdict(expectation, &Account::default()), Verdict::Invalid);
    }

    #[test]
    fn worst_check_is_the_verdict() {
        let check = |verdict| Check {
            verdict,
            what: String::new(),
            measured: String::new(),
        };
        assert_eq!(
            worst(&[check(Verdict::Holds), check(Verdict::LivenessLost)]),
            Verdict::LivenessLost
        );
        assert_eq!(
            worst(&[check(Verdict::Violated), check(Verdict::Invalid)]),
            Verdict::Violated
        );
        assert_eq!(worst(&[]), Verdict::Invalid, "judging nothing is not holding");
    }
}
