//! What the textbooks say: closed forms of sojourn times, in seconds.
//!
//! They are for the reader. What is judged is each run's own prediction, request by request: with 10 000 of them, a
//! p99 strays by some percent from its law by chance alone.
//!
//! Sources: Kleinrock, *Queueing Systems* I, for M/M/c (3.5; the sojourn is the convolution of wait and service) and
//! for G/M/1 (6.3, with constant arrivals); Erlang 1909 for M/D/1.

use libm::{exp, fabs, log, pow};
use std::time::Duration;

/// How sojourn times are distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Law {
    /// Constant arrivals for `run`; a pause, then everybody at once: L(q) = pause − (1 − q)·run.
    Stall {
        run: Duration,
        pause: Duration,
    },
    Mmc {
        lambda: f64,
        mu: f64,
        servers: u32,
    },
    Dm1 {
        lambda: f64,
        mu: f64,
    },
    Md1 {
        lambda: f64,
        service: Duration,
    },
    Delay(Duration),
    /// Constant arrivals faster than the server, cut at `until`: L(t) = t·(λ/μ − 1) + 1/μ.
    Line {
        lambda: f64,
        mu: f64,
        until: Duration,
    },
}

impl Law {
    /// The sojourn that a share `q` of the requests does not exceed.
    pub(super) fn quantile(&self, q: f64) -> f64 {
        match *self {
            Self::Stall { run, pause } => (pause.as_secs_f64() - (1.0 - q) * run.as_secs_f64()).max(0.0),
            Self::Delay(delay) => delay.as_secs_f64(),
            Self::Line { lambda, mu, .. } => q * self.last_answered() * (lambda / mu - 1.0) + 1.0 / mu,
            _ => self.inverted(1.0 - q),
        }
    }

    pub(super) fn mean(&self) -> f64 {
        match *self {
            Self::Stall { run, pause } => pow(pause.as_secs_f64(), 2.0) / (2.0 * run.as_secs_f64()),
            Self::Mmc { lambda, mu, servers } => {
                1.0 / mu + erlang_c(lambda / mu, servers) / (f64::from(servers) * mu - lambda)
            }
            Self::Dm1 { lambda, mu } => 1.0 / (mu * (1.0 - sigma(lambda / mu))),
            Self::Md1 { lambda, service } => {
                let (s, rho) = (service.as_secs_f64(), lambda * service.as_secs_f64());
                s + rho * s / (2.0 * (1.0 - rho))
            }
            Self::Delay(delay) => delay.as_secs_f64(),
            Self::Line { .. } => self.quantile(0.5),
        }
    }

    /// How much longer the answers take, per second of the run, by when they come; none where they don't.
    pub(super) fn slope(&self) -> Option<f64> {
        match *self {
            Self::Line { lambda, mu, .. } => Some(1.0 - mu / lambda),
            _ => None,
        }
    }

    /// When the last request came that is still answered.
    fn last_answered(&self) -> f64 {
        match *self {
            Self::Line { lambda, mu, until } => (until.as_secs_f64() - 1.0 / mu) * mu / lambda,
            _ => f64::INFINITY,
        }
    }

    /// P(sojourn > t).
    fn survival(&self, t: f64) -> f64 {
        match *self {
            Self::Mmc { lambda, mu, servers } => {
                let spare = f64::from(servers) - 1.0 - lambda / mu;
                let waited = match fabs(spare) < 1e-9 {
                    true => mu * t,
                    false => (1.0 - exp(-mu * t * spare)) / spare,
                };
                exp(-mu * t) * (1.0 + erlang_c(lambda / mu, servers) * waited)
            }
            Self::Dm1 { lambda, mu } => exp(-mu * (1.0 - sigma(lambda / mu)) * t),
            Self::Md1 { lambda, service } => {
                let s = service.as_secs_f64();
                1.0 - md1_waits_at_most(lambda * s, t / s - 1.0)
            }
            _ => 0.0,
        }
    }

    /// The time that is survived with this probability, by bisection below a second, a hundred times any p99 here.
    fn inverted(&self, survives: f64) -> f64 {
        let (mut low, mut high) = (0.0, 1.0);
        for _ in 0..60 {
            let middle = (low + high) / 2.0;
            match self.survival(middle) > survives {
                true => low = middle,
                false => high = middle,
            }
        }
        high
    }
}

/// The share of requests that wait, with `load` = λ/μ.
fn erlang_c(load: f64, servers: u32) -> f64 {
    let (mut term, mut below) = (1.0, 0.0);
    for k in 1..=servers {
        below += term;
        term *= load / f64::from(k);
    }
    let all_busy = term * f64::from(servers) / (f64::from(servers) - load);
    all_busy / (below + all_busy)
}

/// σ = e^(−(1 − σ)/ρ), by iteration, which contracts for every ρ below one.
fn sigma(rho: f64) -> f64 {
    (0..200).fold(0.5, |sigma, _| exp(-(1.0 - sigma) / rho))
}

/// P(wait ≤ t) of M/D/1 by Erlang's sum, t in units of the service time. Its terms alternate and grow, so it is good
/// for waits of some tens of services; a p99.9 at 70 % takes ten.
fn md1_waits_at_most(rho: f64, t: f64) -> f64 {
    if t < 0.0 {
        return 0.0;
    }
    // beyond this the sum loses its digits, and the tail is exponential with a rate that solves ρ(e^θ − 1) = θ
    const SUM_MAX: f64 = 12.0;
    if t > SUM_MAX {
        let theta = (0..200).fold(1.0, |theta, _| log(1.0 + theta / rho));
        return 1.0 - (1.0 - md1_waits_at_most(rho, SUM_MAX)) * exp(-theta * (t - SUM_MAX));
    }
    let (mut sum, mut factorial) = (0.0, 1.0);
    for k in 0..=(t as u32) {
        factorial *= f64::from(k.max(1));
        let x = rho * (f64::from(k) - t);
        sum += pow(x, f64::from(k)) / factorial * exp(-x);
    }
    (1.0 - rho) * sum
}

#[cfg(test)]
mod unit {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// (law, mean, quantiles), in ms, to the digits that the tables give.
    fn check(law: Law, mean: f64, quantiles: &[(f64, f64)]) {
        let near = |what: &str, found: f64, expected: f64| {
            let off = fabs(found * 1e3 - expected);
            assert!(
                off <= 1e-3 * expected + 1e-9,
                "{law:?}: {what} is {found} s, not {expected} ms"
            );
        };
        near("the mean", law.mean(), mean);
        for (q, expected) in quantiles {
            near(&format!("quantile {q}"), law.quantile(*q), *expected);
        }
    }

    #[test]
    fn laws_are_the_textbooks() {
        let (lambda, mu) = (700.0, 1_000.0);
        let stall = Law::Stall {
            run: 10_000 * MS,
            pause: 1_000 * MS,
        };
        check(
            stall,
            50.0,
            &[
                (0.5, 0.0),
                (0.9, 0.0),
                (0.95, 500.0),
                (0.99, 900.0),
                (0.999, 990.0),
            ],
        );
        let servers = 1;
        check(
            Law::Mmc { lambda, mu, servers },
            10.0 / 3.0,
            &[(0.5, 2.3105), (0.99, 15.351)],
        );
        check(Law::Dm1 { lambda, mu }, 1.0 / (1.0 - 0.4670), &[(0.99, 8.64)]);
        let quantiles = [(0.5, 1.730), (0.9, 4.077), (0.99, 7.485)];
        check(Law::Md1 { lambda, service: MS }, 2.1667, &quantiles);
        let (lambda, servers) = (3_000.0, 4);
        check(Law::Mmc { lambda, mu, servers }, 1.5094, &[]);
        check(Law::Delay(5 * MS), 5.0, &[(0.5, 5.0), (0.999, 5.0)]);
    }

    /// P(wait > t) = C·e^(−(cμ − λ)t): the table's p99 of waiting, and the sojourn of four servers is between it and
    /// it plus a service.
    #[test]
    fn four_servers() {
        assert!(fabs(erlang_c(3.0, 4) - 0.5094) < 5e-5);
        assert!(fabs(erlang_c(0.7, 1) - 0.7) < 1e-12, "one server: the share is ρ");
        assert!(fabs(log(erlang_c(3.0, 4) / 0.01) - 3.93) < 5e-3);
        let law = Law::Mmc {
            lambda: 3_000.0,
            mu: 1_000.0,
            servers: 4,
        };
        let p99 = law.quantile(0.99);
        assert!((4.6e-3..8.6e-3).contains(&p99), "{p99}");
        assert!(fabs(law.survival(p99) - 0.01) < 1e-9);
    }

    #[test]
    fn the_tail_of_m_d_1_goes_on_where_the_sum_ends() {
        let (before, after) = (md1_waits_at_most(0.7, 11.999), md1_waits_at_most(0.7, 12.001));
        assert!(after >= before && after - before < 1e-6, "{before} {after}");
        assert!(md1_waits_at_most(0.7, 100.0) > 1.0 - 1e-12);
    }

    /// 1 200/s at 1 000/s, cut after 4.5 s: the last answer is the 4 499th or so, and took a sixth of the run.
    #[test]
    fn overload_is_a_line() {
        let law = Law::Line {
            lambda: 1_200.0,
            mu: 1_000.0,
            until: 4_500 * MS,
        };
        check(law, 375.9, &[(0.0, 1.0), (1.0, 750.8)]);
        assert!(law.slope().is_some_and(|slope| fabs(slope - 1.0 / 6.0) < 1e-12));
        assert_eq!(Law::Delay(MS).slope(), None);
    }
}
