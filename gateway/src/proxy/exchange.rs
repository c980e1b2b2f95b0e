//! The account of one request, from its head to the end of its answer: metrics and access log.

use super::account::Account;
use super::client::Client;
use super::ledger::Ledger;
use super::traced::{Begun, Ended};
use crate::config::Sample;
use crate::config::defaults::upgrade;
use crate::error::Kind;
use crate::health::Fault;
use crate::observe::{AccessLog, Outcome, Record};
use crate::planted::{Bug, planted};
use crate::retry;
use crate::snapshot::Snapshot;
use crate::state::{Fired, RouteCells};
use crate::transform::ResponseEdits;
use http1::io::BodyError;
use http1::write::{FramedRequest, RequestHead};
use std::ops::{Deref, DerefMut};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Closed exactly once: by [`Exchange::finish`], or on drop as aborted by the client.
///
/// It goes from hand to hand with the answer, and so it is a few pointers: what is known is in the [`Account`].
pub(super) struct Exchange {
    snapshot: Arc<Snapshot>,
    ledger: Rc<Ledger>,
    client: Rc<Client>,
    /// Gone when it is closed.
    account: Option<Box<Account>>,
}

impl Deref for Exchange {
    type Target = Account;

    fn deref(&self) -> &Account {
        self.account.as_deref().expect(OPEN)
    }
}

impl DerefMut for Exchange {
    fn deref_mut(&mut self) -> &mut Account {
        self.account.as_deref_mut().expect(OPEN)
    }
}

const OPEN: &str = "an exchange is closed last of all";

impl Exchange {
    pub(super) fn new(snapshot: Arc<Snapshot>, ledger: Rc<Ledger>, client: Rc<Client>) -> Self {
        let start = Instant::now();
        ledger.last_seen.set(start);
        ledger.in_flight.set(ledger.in_flight.get() + 1);
        let account = Some(ledger.account(start, snapshot.no_route()));
        Self {
            snapshot,
            ledger,
            client,
            account,
        }
    }

    pub(super) fn is_logged(&self) -> bool {
        self.ledger.log.is_some()
    }

    /// Whether and how its route is traced; of a request without one, how the gateway is.
    pub(super) fn sample(&self) -> Option<Sample> {
        self.ledger.tracing.as_ref()?;
        let plan = &self.snapshot.plan;
        match plan.routes.get(self.route) {
            Some(route) => route.trace,
            None => plan.trace.as_ref().map(|trace| trace.sample),
        }
    }

    /// Makes it part of its trace.
    pub(super) fn begin_trace(&mut self, sample: Sample, begun: &Begun<'_>) {
        let tracing = self.ledger.tracing.as_ref();
        let traced = tracing.map(|tracing| tracing.begin(sample, begun));
        self.traced = traced;
    }

    /// Its upstream is told of it.
    #[inline(always)]
    pub(super) fn write_trace(&self, out: &mut RequestHead) {
        if let Some(traced) = &self.traced {
            let route = &self.snapshot.plan.routes[self.route];
            traced.write(out, route.headers.request.as_deref());
        }
    }

    /// An attempt begins: an upstream's replica is told of it in the head.
    pub(super) fn trace_attempt(&mut self, request: &mut FramedRequest, to: (usize, usize), start: Instant) {
        let Self { ledger, account, .. } = self;
        let traced = account.as_mut().and_then(|account| account.traced.as_mut());
        if let (Some(traced), Some(tracing)) = (traced, &ledger.tracing) {
            traced.attempt(&tracing.tracer.ids, request, to, start);
        }
    }

    /// And has ended.
    pub(super) fn trace_attempted(&mut self, outcome: retry::Outcome, why: Option<Kind>) {
        if let Some(traced) = &mut self.traced {
            traced.attempted(outcome, why);
        }
    }

    /// What the request's route does to answers; nothing if it has none.
    pub(super) fn response_edits(&self) -> Option<&ResponseEdits> {
        self.edits_of(&self.snapshot)
    }

    pub(super) fn edits_of<'a>(&self, snapshot: &'a Snapshot) -> Option<&'a ResponseEdits> {
        let route = snapshot.plan.routes.get(self.route)?;
        route.headers.response.as_deref()
    }

    /// Whether its client is told what took the time.
    pub(super) fn is_timed(&self) -> bool {
        let route = self.snapshot.plan.routes.get(self.route);
        route.is_some_and(|route| route.server_timing)
    }

    /// Whether another config has come into force since it began.
    pub(super) fn is_outdated(&self) -> bool {
        self.snapshot.version < self.ledger.version.get()
    }

    pub(super) fn idle_timeout(&self) -> Duration {
        self.snapshot.plan.routes[self.route].idle_timeout
    }

    pub(super) fn tunnel_idle_timeout(&self) -> Duration {
        let upgrade = self.snapshot.plan.routes[self.route].upgrade.as_ref();
        upgrade.map_or(upgrade::IDLE_TIMEOUT, |upgrade| upgrade.idle_timeout)
    }

    /// The answer is a 101: how long it took is known, and what follows is a tunnel.
    pub(super) fn switched(&mut self) {
        let taken = Instant::now().saturating_duration_since(self.start);
        let cells = self.cells();
        cells.durations.record(taken);
        cells.tunnels.opened.add(1);
        self.bytes_up = Some(0);
    }

    /// So many bytes have gone up and down in all; whether any has since the last time.
    pub(super) fn moved(&mut self, up: u64, down: u64) -> bool {
        let (more_up, more_down) = (up - self.bytes_up.unwrap_or(0), down - self.bytes);
        if more_up + more_down == 0 {
            return false;
        }
        let tunnels = &self.cells().tunnels;
        tunnels.bytes_up.add(more_up);
        tunnels.bytes_down.add(more_down);
        (self.bytes_up, self.bytes) = (Some(up), down);
        true
    }

    pub(super) fn cells(&self) -> &RouteCells {
        self.snapshot.routes[self.route].cells.of(self.ledger.worker)
    }

    /// The answer's body broke off, on the upstream's side.
    pub(super) fn broke(&self, error: &BodyError, now: Instant) {
        // silence is nobody's: it may be the client that is waited for
        if !matches!(error, BodyError::Io(_) | BodyError::Refused(_)) {
            return;
        }
        if let Some(attempt) = self.watched {
            self.ledger
                .blame
                .failed(&self.snapshot, attempt, Fault::Broken, now);
        }
        if let Some(counted) = self.counted {
            self.ledger.breaking.broke(&self.snapshot, counted, now);
        }
    }

    /// Ready when the request's copy is done with, if there is one.
    pub(super) async fn followed(&mut self) {
        if let Some(mirrored) = &mut self.mirrored {
            mirrored.followed().await;
        }
    }

    /// The answer's body stood still for too long.
    pub(super) fn stood_still(&mut self) {
        let cells = self.snapshot.upstreams[self.upstream]
            .cells
            .of(self.ledger.worker);
        cells.timeouts.count(Fired::Idle);
        self.timeout = Some(Fired::Idle);
    }

    /// The answer is complete, or its body broke off.
    pub(super) fn finish(mut self, outcome: Outcome, now: Instant) {
        self.ledger.last_seen.set(now);
        self.close(outcome);
    }

    fn close(&mut self, outcome: Outcome) {
        let Some(mut account) = self.account.take() else {
            return;
        };
        self.ledger.in_flight.set(self.ledger.in_flight.get() - 1);
        let now = self.ledger.last_seen.get();
        let taken = now.saturating_duration_since(account.start);
        if let Some(mirrored) = account.mirrored.take() {
            mirrored.close((outcome == Outcome::Complete).then_some(account.bytes));
        }
        let cells = self.snapshot.routes[account.route].cells.of(self.ledger.worker);
        match outcome {
            Outcome::Aborted => cells.aborted.add(1),
            Outcome::Broken => cells.broken.add(1),
            Outcome::Complete => {}
        }
        cells.statuses.count(account.status);
        match account.bytes_up {
            None => cells.durations.record(taken),
            // its answer was long ago
            Some(_) => cells.tunnels.closed.add(1),
        }
        if let Some(log) = &self.ledger.log {
            self.log(log, &account, taken, outcome);
        }
        if let (Some(traced), Some(tracing)) = (account.traced.take(), &self.ledger.tracing) {
            tracing.end(traced, &self.ended(&account, taken, outcome));
        }
        self.ledger.keep_account(account);
    }

    /// For its trace.
    fn ended(&self, account: &Account, taken: Duration, outcome: Outcome) -> Ended<'_> {
        Ended {
            snapshot: &self.snapshot,
            start: account.start,
            taken,
            route: account.route,
            client: account.behind.unwrap_or(self.client.ip),
            peer: self.client.ip,
            status: account.status,
            bytes: account.bytes,
            error: account.error,
            outcome,
        }
    }

    fn log(&self, log: &AccessLog, account: &Account, taken: Duration, outcome: Outcome) {
        let (method, target, id) = account.texts();
        let behind = account.behind.map(|ip| ip.to_string());
        let client = behind.as_ref().map_or(self.client.ip_bytes(), |ip| ip.as_bytes());
        let upstream = account.replica.map_or(&[][..], |replica| {
            let replicas = &self.snapshot.replicas[account.upstream];
            replicas[usize::from(replica)].name.as_bytes()
        });
        log.push(&Record {
            at: account.at,
            taken,
            id,
            trace: account.traced.as_ref().map_or(&[], |traced| traced.id()),
            client,
            method,
            target,
            route: &self.snapshot.route_texts[account.route],
            status: account.status,
            bytes: account.bytes,
            bytes_up: account.bytes_up,
            upstream,
            attempts: account.attempts,
            outcome,
            timeout: account.timeout.map(Fired::label),
            fell_back: account.fell_back,
            error: account.error,
            detail: account.detail,
        });
    }
}

impl Drop for Exchange {
    /// The connection's task dropped the request: the client is gone, or is sent away. The time is the last one this worker
    /// has seen, because a drop reads no clock.
    fn drop(&mut self) {
        if let Some(account) = &mut self.account {
            account.detail = self.client.is_cut_off().or(account.detail);
            let leaks = planted(Bug::SlotLeakedOnCancel) && account.attempts > 0;
            let upstream = account.upstream;
            self.close(Outcome::Aborted);
            if leaks {
                std::mem::forget(self.snapshot.upstreams[upstream].in_flight.try_hold(usize::MAX));
            }
        }
    }
}
