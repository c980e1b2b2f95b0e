//! Mistakes on purpose: each is one that authors of gateways make, planted so that whoever judges the gateway can
//! show that he would see it.
//!
//! A site is one condition beside the line that it breaks, `planted(Bug::…)`. Without the feature `planted`
//! that is the constant `false` and nothing of a site is compiled. With it the bug in force is the thread's own,
//! so that simulations side by side do not disturb each other. No bug draws chance: a seed that shows one shows it again.
//!
//! Cargo unifies features, so a build of the whole workspace has this one in the gateway's binary too, where nobody
//! plants anything; what ships is built by its packages' names.
//!
//! Invariant: at most one bug is planted at a time, and none unless `plant` was called on this thread.

use std::fmt;
use std::str::FromStr;

#[cfg(feature = "planted")]
pub use switch::plant;
#[cfg(feature = "planted")]
pub(crate) use switch::{planted, read_shared_head, write_shared_head};

/// Whether this bug is in force.
#[cfg(not(feature = "planted"))]
pub(crate) const fn planted(_: Bug) -> bool {
    false
}

/// The value to go on with: `right`, or `wrong` where the bug is in force.
pub(crate) fn planted_or<T>(bug: Bug, wrong: T, right: T) -> T {
    if planted(bug) { wrong } else { right }
}

/// Drops what is held; never, where the bug is in force.
pub(crate) fn let_go_or_leak<T>(bug: Bug, held: T) {
    if planted(bug) {
        std::mem::forget(held);
    }
}

macro_rules! bugs {
    ($($bug:ident $name:literal $about:literal;)*) => {
        /// What can be planted. The table in the source is the reference.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Bug { $(#[doc = $about] $bug,)* }

        impl Bug {
            pub const ALL: &'static [Bug] = &[$(Bug::$bug,)*];

            /// In kebab case.
            pub const fn name(self) -> &'static str {
                match self { $(Bug::$bug => $name,)* }
            }

            /// What goes wrong, in one line.
            pub const fn about(self) -> &'static str {
                match self { $(Bug::$bug => $about,)* }
            }
        }
    };
}

bugs! {
    RetryPost "retry-post" "a retry does not ask whether the request is idempotent";
    OneRetryTooMany "one-retry-too-many" "a request is sent once more than its route's retries allow";
    BudgetAfterBackoff "budget-not-counted-in-backoff" "a retry is entered in its budget when it is sent, and not when it is decided";
    BudgetPerWorker "budget-per-worker" "each worker may retry as much as all of them together";
    BackoffWithoutJitter "backoff-without-jitter" "a request waits for all of its backoff's bound before it is sent again";
    RetryAfterIgnored "retry-after-ignored" "a request is sent again before its upstream's Retry-After is over";
    WaitBeyondDeadline "wait-beyond-deadline" "a request waits to be sent again though its time will be over by then";
    ReplayPartialBody "replay-partial-body" "of a body that is too long to be kept the part that was is sent again";
    DeadlineLengthens "deadline-lengthens" "a client's deadline goes before its route's timeout, longer or not";
    DeadlineIgnored "deadline-ignored" "a request has its route's timeout, whatever its client says of how long he waits";
    DeadlineNotRenewed "deadline-not-renewed" "a retry tells its upstream how much time there was at first, and not what is left";
    FirstByteForgotten "first-byte-forgotten" "a replica may take as long to begin its answer as the request has";
    TimeoutMisnamed "timeout-misnamed" "the time of one attempt is told as that of the route";
    SameReplicaAgain "same-replica-again" "a retry forgets which replicas were tried already";
    ReloadForgotten "reload-forgotten" "a worker goes on with the config that it started with";
    RemovedReplicaUsed "removed-replica-used" "a reload changes routes, but upstreams keep their old replicas";
    TruncatedAsComplete "truncated-as-complete" "an answer in chunks that breaks off is ended as if it were whole";
    AnswerByteTwice "answer-byte-twice" "the last byte of a piece of an answer's body is sent again with the next";
    UploadByteTwice "upload-byte-twice" "the last byte of a piece of a request's body is sent again with the next";
    ConnectionsMaxIgnored "connections-max-ignored" "connections to an upstream are counted and not bounded";
    InFlightMaxIgnored "in-flight-max-ignored" "requests in flight to an upstream are counted and not bounded";
    SlotLeakedOnCancel "slot-leaked-on-cancel" "a client that goes away leaves its request counted as in flight";
    ConnectionSlotLeaked "connection-slot-leaked" "a failed dial or a broken connection stays counted as open";
    TimeoutForgotten "timeout-forgotten" "the route's timeout is not enforced";
    TryTimeoutForgotten "try-timeout-forgotten" "an attempt may take as long as its request";
    StreamCutAtReload "stream-cut-at-reload" "an answer that still streams is broken off when another config has come into force";
    PiecesHeld "pieces-held" "a piece of an answer waits for a while for more before it is sent";
    IdleTimeoutForgotten "idle-timeout-forgotten" "an answer whose body stands still is waited for without end";
    AnswerSwallowed "answer-swallowed" "where an upstream broke, the client is cut off instead of answered 502";
    UploadResent "upload-resent" "a request is sent again with what is left of its body";
    StaleConnectionKept "stale-connection-kept" "a pooled connection that has died is no reason to dial anew";
    RequestsMixed "requests-mixed" "a dial later, the head that is sent is the one written last, whosever it is";
    FieldsDropped "fields-dropped" "header fields that the gateway does not know are not passed on";
    ResentUntold "resent-untold" "on a pooled connection that breaks, a request is sent again as if nothing of it had been sent";
    OneDialAtATime "one-dial-at-a-time" "while a connection to an upstream is being made, requests that need one are refused";
    NeverForgiven "never-forgiven" "a replica that could not be connected to once gets no more requests";
    PendingMaxIgnored "pending-max-ignored" "requests that wait for a connection are counted and not bounded";
    WaiterLost "waiter-lost" "a connection or a slot that is freed wakes none of the requests that wait for one";
    EjectedUsed "ejected-used" "a replica that health has ejected gets requests like any other";
    EjectionShareIgnored "ejection-share-ignored" "health ejects replicas without asking how many are out";
    NeverReturned "never-returned" "a replica that was ejected stays out when its cooldown is over";
    ProbeThresholdIgnored "probe-threshold-ignored" "the first failed probe takes a replica out";
    UpTooSoon "up-too-soon" "the first good probe brings a replica back";
    ProbeStatusIgnored "probe-status-ignored" "a probe that is answered is a good one, whatever the answer says";
    ProbeTimeoutForgotten "probe-timeout-forgotten" "a probe is waited for without end";
    DownUsed "down-used" "a replica that its probes have taken out gets requests like any other";
    OverflowEjects "overflow-ejects" "a request that finds its upstream full counts against its replica";
    ClientFaultEjects "client-fault-ejects" "an answer of 4xx counts as an error of its replica";
    CooldownNeverGrows "cooldown-never-grows" "a replica that is ejected again stays out no longer than the first time";
    ErrorsNeverReset "errors-never-reset" "a good answer does not end a row of errors";
    PanicIgnored "panic-ignored" "without a usable replica the answer is 503, whatever the config says";
    OverrideIgnored "override-ignored" "a split draws for clients that choose a branch, too";
    FirstBranchAlways "first-branch-always" "a split sends all that it draws to its first branch";
    RewriteLosesQuery "rewrite-loses-query" "a path that is rewritten goes upstream without its query";
    MethodsIgnored "methods-ignored" "a rule takes requests of other methods than its own";
    ShortPrefixFirst "short-prefix-first" "of prefixes that take a path the shortest goes first";
    HeadersIgnored "headers-ignored" "conditions on headers hold for every request";
    HostIgnored "host-ignored" "rules of a host are forgotten: every request is for any host";
    RedirectLosesQuery "redirect-loses-query" "a redirect leads to its path without the query";
    HopByHopPassed "hop-by-hop-passed" "fields that belong to the client's connection reach replicas";
    EditsForgotten "edits-forgotten" "requests go upstream without their route's edits";
    MirrorShareIgnored "mirror-share-ignored" "every request of a route that is mirrored is copied";
    MirrorUnbounded "mirror-unbounded" "copies under way are counted and not bounded";
    MirrorAwaited "mirror-awaited" "the answer to a request that was copied waits for the copy";
    RequestsMaxIgnored "requests-max-ignored" "a connection to a replica carries requests without end";
    AgeMaxIgnored "age-max-ignored" "a connection to a replica is used however old it is";
    PoolIdleTimeoutIgnored "pool-idle-timeout-ignored" "idle connections to replicas are kept for as long as these keep them";
    IdleMaxIgnored "idle-max-ignored" "every connection that is done with its request is kept idle";
    PendingTimeoutIgnored "pending-timeout-ignored" "a request waits for a connection for as long as its route lets it";
    BoundPerWorker "bound-per-worker" "each worker may have as many connections to an upstream as all of them together";
    YoungestFirst "youngest-first" "of the requests that wait for a connection the one that came last is served first";
    NameLookedUpOnce "name-looked-up-once" "a name that was looked up with success is never looked up again";
    NameLost "name-lost" "a lookup that fails leaves an upstream without replicas";
    DrainCutShort "drain-cut-short" "a gateway that is stopped does not wait for the requests in flight";
    SnapshotReadTwice "snapshot-read-twice" "an answer gets the edits of the config in force when it comes, not of its request's";
    ReloadHalfApplied "reload-half-applied" "a worker that takes a new config keeps the replicas, bounds and pools of the old one";
    RemovedPoolKept "removed-pool-kept" "connections to an upstream that a reload has taken away stay open";
    ReadinessForgotten "readiness-forgotten" "a gateway that is stopping says that it is ready";
    IdleClosedInLead "idle-closed-in-lead" "a gateway that is stopping closes connections that wait for a request while it is still sent some";
    ListenerClosedWithBacklog "listener-closed-with-backlog" "a gateway that stops listening resets the connections that it has not accepted yet";
    WeightsIgnored "weights-ignored" "every replica counts as of weight 1";
    TurnStuck "turn-stuck" "round-robin does not move on to the next replica";
    LoadUnseen "load-unseen" "balancing takes every replica for idle";
    LeastConnReversed "least-conn-reversed" "least connections picks who has the most";
    InFlightLeaked "in-flight-leaked" "an attempt that breaks stays counted as in its replica's hands";
    TwoChoicesWorse "two-choices-worse" "of two replicas drawn at random the more loaded one is picked";
    OneChoice "one-choice" "of two replicas drawn at random the first is picked, whatever their load";
    RandomFirst "random-first" "random balancing picks the first replica";
    RingKeyIgnored "ring-key-ignored" "requests with a key fall on the ring by chance, like those without";
    RingRehashed "ring-rehashed" "keys are dealt by their remainder: when a replica goes, most of them move";
    BoundedLoadIgnored "bounded-load-ignored" "a ring's load factor is read and not heeded";
    StickyIgnored "sticky-ignored" "clients are given cookies that nobody reads";
    StickyToDead "sticky-to-dead" "a client's cookie goes before the ejection of its replica";
    StickyForGood "sticky-for-good" "a client with a cookie is given no other when another replica answers, nor when it gets old";
    UpgradeUninvited "upgrade-uninvited" "a request that asks to be switched to another protocol may be, on routes that do not say so too";
    SwitchUnchecked "switch-unchecked" "a 101 is passed on whatever it switches to";
    TunnelBytesLost "tunnel-bytes-lost" "what had come with the heads before a tunnel began is not carried";
    TunnelHalfCloseForgotten "tunnel-half-close-forgotten" "a tunnel ends when either side has said all";
    TunnelSlotLeaked "tunnel-slot-leaked" "a tunnel that has ended stays counted as in flight";
    TunnelIdleForgotten "tunnel-idle-forgotten" "a tunnel in which nothing moves is kept without end";
    BreakerProbesIgnored "breaker-probes-ignored" "a breaker that is half-open lets everybody through";
    BreakerWindowOffByOne "breaker-window-off-by-one" "a breaker's window goes back by one bucket more than it is long";
    BreakerPermitLeaked "breaker-permit-leaked" "a probe whose client goes away is never given back to its breaker";
    BreakerNeverCloses "breaker-never-closes" "a breaker stays half-open when its probes were good";
    BreakerHalfOpenSkipped "breaker-half-open-skipped" "a breaker whose open time is over closes without a probe";
    BreakerCountsClientFaults "breaker-counts-client-faults" "an answer of 4xx, or a body that a client breaks off, counts as an error for breakers";
    SlowStartIgnored "slow-start-ignored" "a replica that comes back gets all of its share at once";
    ShedHighFirst "shed-high-first" "where an upstream's limit is near, the most important requests are refused first";
    ConcurrencySlotLeaked "concurrency-slot-leaked" "a request whose attempts failed stays counted against its upstream's limit";
    LimitNeverGrows "limit-never-grows" "an adaptive limit falls when answers take long, and stays there";
    LimitNeverFalls "limit-never-falls" "an adaptive limit grows, however long answers take";
    LimitPerWorker "limit-per-worker" "each worker may have as many requests under way as an adaptive limit allows all of them";
    StarvedClass "starved-class" "requests of a lower class get nothing for as long as those of higher ones fill the limit";
    TraceSampledIgnored "trace-sampled-ignored" "requests are recorded whether their caller samples the trace or not";
    TraceOneSpanForRetries "trace-one-span-for-retries" "every attempt of a request names the same span as its parent";
    HedgeNotCancelled "hedge-not-cancelled" "of two attempts under way the one that comes second goes on";
    HedgeOutsideBudget "hedge-outside-budget" "hedges are neither counted by the retry budget nor held to it";
    HedgePost "hedge-post" "a hedge does not ask whether the request is idempotent";
    HedgeSameReplica "hedge-same-replica" "a hedge goes to the replica that is slow already";
    HedgeAtOnce "hedge-at-once" "a hedge does not wait";
    FallbackForPost "fallback-for-post" "a fallback upstream is asked for what may have been done already";
    FallbackTwice "fallback-twice" "a fallback upstream that fails is asked once more";
    FallbackForAnswers "fallback-for-answers" "an answer of 5xx is taken for a failure by routes that fall back on something, whatever they say of statuses";
    FallbackNotForTimeouts "fallback-not-for-timeouts" "a route falls back on nothing for what took too long";
    TraceBlocksShutdown "trace-blocks-shutdown" "a process that ends waits for its collector without end";
}

impl fmt::Display for Bug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Bug {
    type Err = UnknownBug;

    fn from_str(text: &str) -> Result<Bug, UnknownBug> {
        let named = Bug::ALL.iter().find(|bug| bug.name() == text);
        named.copied().ok_or_else(|| UnknownBug {
            text: text.to_owned(),
        })
    }
}

/// A name that is no [`Bug`]; says which there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownBug {
    text: String,
}

impl fmt::Display for UnknownBug {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = Bug::ALL.iter().map(|bug| bug.name()).collect();
        write!(
            f,
            "no bug is called `{}`: known are {}",
            self.text,
            names.join(", ")
        )
    }
}

impl std::error::Error for UnknownBug {}

#[cfg(feature = "planted")]
mod switch {
    use super::Bug;
    use http1::write::FramedRequest;
    use std::cell::{Cell, RefCell};

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
        /// Of [`Bug::RequestsMixed`]: the buffer that all heads of the thread are written to.
        static HEAD: RefCell<Option<FramedRequest>> = const { RefCell::new(None) };
    }

    /// Plants a bug on this thread in place of the one before, or none.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
        HEAD.take();
    }

    /// Whether this bug is in force.
    pub(crate) fn planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }

    pub(crate) fn write_shared_head(head: &FramedRequest) {
        HEAD.replace(Some(head.clone()));
    }

    /// Whatever was written last.
    pub(crate) fn read_shared_head(head: &mut FramedRequest) {
        HEAD.with_borrow(|last| last.iter().for_each(|last| head.clone_from(last)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bug_is_found_by_its_name_and_says_what_it_is() {
        for (place, bug) in Bug::ALL.iter().enumerate() {
            assert_eq!(bug.to_string().parse(), Ok(*bug));
            assert!(!bug.about().is_empty() && !bug.about().contains('\n'));
            let kebab = |b: u8| b.is_ascii_lowercase() || b == b'-';
            assert!(bug.name().bytes().all(kebab), "{bug}");
            assert!(Bug::ALL[..place].iter().all(|other| other.name() != bug.name()));
        }
        let error = "retry-posts".parse::<Bug>().unwrap_err().to_string();
        assert!(
            error.starts_with("no bug is called `retry-posts`: known are retry-post, "),
            "{error}"
        );
    }

    #[test]
    fn nothing_is_planted_by_itself() {
        assert!(Bug::ALL.iter().all(|bug| !planted(*bug)));
    }
}
