//! Which oracle must catch which planted bug, as a table: the gateway's bugs, one row each.
//!
//! A bug that no oracle catches within [`super::SEEDS_MAX`] seeds is a hole in the oracles or in the swarm, never in the
//! table. `seed` is the first that showed it when the row was written: where to look, and what a quick check plays.

use gateway::planted::Bug;

/// The scenario that shows most of them.
const SWARM: &str = "swarm";

/// In place of an oracle's name: what its scenario expects.
const EXPECTATION: &str = "expectation";

/// One row.
#[derive(Debug, Clone, Copy)]
pub struct Planted {
    pub bug: Bug,
    pub scenario: &'static str,
    /// By name.
    pub oracle: &'static str,
    pub seed: u64,
}

/// Every planted bug but those that are [`UNSEEN`].
pub static PLANTED: &[Planted] = &[
    row(Bug::RetryPost, "at-most-once", 34),
    row(Bug::OneRetryTooMany, "amplification", 13),
    row(Bug::BudgetAfterBackoff, "amplification", 41),
    row(Bug::BudgetPerWorker, "amplification", 34),
    row(Bug::BackoffWithoutJitter, "backoff", 41),
    row(Bug::RetryAfterIgnored, "backoff", 16),
    row(Bug::WaitBeyondDeadline, "backoff", 125),
    row(Bug::DeadlineIgnored, "timeouts", 2),
    row(Bug::DeadlineLengthens, "timeouts", 2),
    row(Bug::DeadlineNotRenewed, "timeouts", 2),
    row(Bug::TimeoutMisnamed, "timeouts", 3),
    row(Bug::FirstByteForgotten, "answer", 27),
    row(Bug::HedgeNotCancelled, "reach", 9),
    row(Bug::HedgeOutsideBudget, "amplification", 26),
    row(Bug::HedgePost, "at-most-once", 9),
    row(Bug::HedgeSameReplica, "hedge", 0),
    row(Bug::HedgeAtOnce, "hedge", 0),
    row(Bug::FallbackTwice, "fallback", 41),
    row(Bug::FallbackForPost, "at-most-once", 39),
    row(Bug::FallbackForAnswers, "degraded", 16),
    row(Bug::FallbackNotForTimeouts, "degraded", 3),
    row(Bug::ReplayPartialBody, "integrity", 10),
    row(Bug::SameReplicaAgain, "ejection", 0),
    row(Bug::ReloadForgotten, "ejection", 0),
    row(Bug::RemovedReplicaUsed, "ejection", 0),
    row(Bug::TruncatedAsComplete, "integrity", 2),
    row(Bug::AnswerByteTwice, "integrity", 2),
    row(Bug::UploadByteTwice, "integrity", 0),
    row(Bug::ConnectionsMaxIgnored, "bulkhead", 7),
    row(Bug::InFlightMaxIgnored, "bulkhead", 19),
    row(Bug::SlotLeakedOnCancel, "reach", 246),
    row(Bug::ConnectionSlotLeaked, "reach", 3),
    row(Bug::TimeoutForgotten, "answer", 56),
    row(Bug::TryTimeoutForgotten, "answer", 7),
    row(Bug::IdleTimeoutForgotten, "answer", 43),
    row(Bug::AnswerSwallowed, "answer", 1),
    row(Bug::UploadResent, "integrity", 0),
    row(Bug::StaleConnectionKept, "reach", 25),
    row(Bug::RequestsMixed, "integrity", 0),
    row(Bug::FieldsDropped, "conservation", 0),
    row(Bug::ResentUntold, "truth", 10),
    row(Bug::OneDialAtATime, "calm", 3),
    row(Bug::NeverForgiven, "liveness", 1),
    row(Bug::WaiterLost, "reach", 7),
    row(Bug::EjectedUsed, "ejection", 0),
    row(Bug::EjectionShareIgnored, "ejection", 5),
    row(Bug::NeverReturned, "ejection", 7),
    row(Bug::ProbeThresholdIgnored, "health", 8),
    row(Bug::UpTooSoon, "health", 2),
    row(Bug::ProbeStatusIgnored, "health", 2),
    row(Bug::ProbeTimeoutForgotten, "health", 10),
    row(Bug::DownUsed, "ejection", 2),
    row(Bug::OverflowEjects, "health", 14),
    row(Bug::ClientFaultEjects, "health", 7),
    row(Bug::CooldownNeverGrows, "health", 2),
    row(Bug::ErrorsNeverReset, "health", 4),
    row(Bug::PanicIgnored, "ejection", 7),
    row(Bug::OverrideIgnored, "routing", 1),
    row(Bug::FirstBranchAlways, "routing", 1),
    row(Bug::RewriteLosesQuery, "routing", 0),
    row(Bug::MethodsIgnored, "routing", 0),
    row(Bug::ShortPrefixFirst, "routing", 0),
    row(Bug::HeadersIgnored, "routing", 0),
    row(Bug::HostIgnored, "routing", 0),
    row(Bug::RedirectLosesQuery, "routing", 1),
    row(Bug::HopByHopPassed, "headers", 0),
    row(Bug::EditsForgotten, "headers", 0),
    row(Bug::MirrorShareIgnored, "mirror", 0),
    row(Bug::MirrorUnbounded, "mirror", 0),
    row(Bug::MirrorAwaited, "mirror", 0),
    row(Bug::RequestsMaxIgnored, "connections", 0),
    row(Bug::AgeMaxIgnored, "connections", 2),
    row(Bug::PoolIdleTimeoutIgnored, "connections", 3),
    row(Bug::IdleMaxIgnored, "connections", 1),
    row(Bug::PendingTimeoutIgnored, "pending", 10),
    row(Bug::BoundPerWorker, "bulkhead", 7),
    row(Bug::YoungestFirst, "pending", 7),
    row(Bug::NameLookedUpOnce, "names", 3),
    row(Bug::NameLost, "names", 99),
    row(Bug::DrainCutShort, "drain", 9),
    row(Bug::WeightsIgnored, "balance", 2),
    row(Bug::TurnStuck, "balance", 16),
    row(Bug::LoadUnseen, "balance", 2),
    row(Bug::LeastConnReversed, "balance", 26),
    row(Bug::InFlightLeaked, "balance", 21),
    row(Bug::TwoChoicesWorse, "balance", 2),
    row(Bug::OneChoice, "balance", 2),
    row(Bug::RandomFirst, "balance", 12),
    row(Bug::RingKeyIgnored, "balance", 6),
    row(Bug::RingRehashed, "balance", 21),
    row(Bug::BoundedLoadIgnored, "balance", 21),
    row(Bug::StickyIgnored, "balance", 2),
    row(Bug::StickyToDead, "ejection", 2),
    row(Bug::StickyForGood, "balance", 2),
    row(Bug::BreakerProbesIgnored, "breaker", 2),
    row(Bug::BreakerWindowOffByOne, "breaker", 16),
    row(Bug::BreakerPermitLeaked, "breaker", 7),
    row(Bug::BreakerNeverCloses, "breaker", 2),
    row(Bug::BreakerHalfOpenSkipped, "breaker", 2),
    row(Bug::BreakerCountsClientFaults, "breaker", 4),
    row(Bug::SlowStartIgnored, "balance", 14),
    row(Bug::SnapshotReadTwice, "snapshot", 1),
    row(Bug::ReloadHalfApplied, "ejection", 0),
    row(Bug::RemovedPoolKept, "connections", 14),
    row(Bug::UpgradeUninvited, "tunnels", 4),
    row(Bug::SwitchUnchecked, "tunnels", 4),
    row(Bug::TunnelBytesLost, "tunnels", 4),
    row(Bug::TunnelHalfCloseForgotten, "tunnels", 4),
    row(Bug::TunnelSlotLeaked, "tunnels", 7),
    row(Bug::TunnelIdleForgotten, "tunnels", 4),
    Planted {
        scenario: "reload",
        ..row(Bug::StreamCutAtReload, "tunnels", 0)
    },
    Planted {
        scenario: "reload",
        ..row(Bug::PiecesHeld, "tunnels", 0)
    },
    Planted {
        scenario: "overload",
        ..row(Bug::ShedHighFirst, "overload", 1)
    },
    Planted {
        scenario: "overload",
        ..row(Bug::LimitNeverGrows, EXPECTATION, 1)
    },
    Planted {
        scenario: "drain",
        ..row(Bug::ReadinessForgotten, EXPECTATION, 0)
    },
    // the seed that showed it before it was mended
    Planted {
        scenario: "drain",
        ..row(Bug::IdleClosedInLead, EXPECTATION, 9)
    },
];

/// Bugs that no simulation shows, and why; their scenes on sockets are in `gateway/tests/proxy`.
pub static UNSEEN: &[(Bug, &str)] = &[
    (
        Bug::ListenerClosedWithBacklog,
        "a simulated gateway accepts at the moment at which a connection comes",
    ),
    (
        Bug::PendingMaxIgnored,
        "queues of the swarm are hardly ever full: none of 200 seeds shows it",
    ),
    (Bug::TraceSampledIgnored, TRACES),
    (Bug::TraceOneSpanForRetries, TRACES),
    (Bug::TraceBlocksShutdown, TRACES),
    (Bug::ConcurrencySlotLeaked, OVERLOAD),
    (Bug::LimitPerWorker, OVERLOAD),
    (Bug::LimitNeverFalls, OVERLOAD),
    (Bug::StarvedClass, OVERLOAD),
];

const OVERLOAD: &str =
    "the swarm's adaptive limits are hardly ever reached; the scenario `overload` is where they are felt";
const TRACES: &str = "spans go out by a thread, which the simulator has none of";

const fn row(bug: Bug, oracle: &'static str, seed: u64) -> Planted {
    Planted {
        bug,
        scenario: SWARM,
        oracle,
        seed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oracles::ORACLES;
    use scenarios;

    #[test]
    fn every_oracle_has_a_bug_that_it_must_catch() {
        for oracle in ORACLES {
            let rows = PLANTED.iter().filter(|row| row.oracle == oracle.name);
            assert_ne!(rows.count(), 0, "{}", oracle.name);
        }
    }

    #[test]
    fn every_bug_has_one_row_and_names_what_is_there() {
        for bug in Bug::ALL {
            let rows = PLANTED.iter().filter(|row| row.bug == *bug).count();
            let unseen = UNSEEN.iter().filter(|(unseen, _)| unseen == bug).count();
            assert_eq!(rows + unseen, 1, "{bug}");
        }
        for row in PLANTED {
            assert!(
                row.oracle == EXPECTATION || ORACLES.iter().any(|oracle| oracle.name == row.oracle),
                "{}",
                row.oracle
            );
            assert!(scenarios::find(row.scenario).is_some(), "{}", row.bug);
        }
    }
}
