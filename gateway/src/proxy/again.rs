//! Whether a request whose attempt has ended is sent again, and when.
//!
//! In this order, the cheapest first: is it safe, and within its number (`retry::Params::decide`); does the wait before it fit
//! into the request's time; is it affordable. A retry that is decided is entered in its upstream's budget at once, and stays
//! there whatever becomes of it. While it waits it holds nothing of the upstream's.

use super::account::Account;
use super::attempt::{Attempts, Repeatable, Sent};
use super::limit;
use crate::event::Event;
use crate::message::Upload;
use crate::planted::{Bug, planted};
use crate::pool::Outgoing;
use crate::retry::{self, Decision, Outcome};
use crate::state::{Denied, Fired};
use std::future::pending;
use std::pin::pin;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

impl<W: World, P: Probe<Event>> Attempts<'_, W, P> {
    /// The first attempt begins: it counts for the budget of those that may follow.
    pub(super) fn counted(&self, number: u8, start: Instant) {
        if number == 1 && self.route.retry.budget.is_some() {
            let upstream = &self.view.snapshot.upstreams[self.upstream];
            upstream.retry_budget.count(self.worker.ledger.worker, start);
        }
    }

    /// Something was waited for in vain.
    pub(super) fn fired(&self, fired: Fired) {
        let fired = match fired {
            Fired::Try if planted(Bug::TimeoutMisnamed) => Fired::Route,
            fired => fired,
        };
        self.view.upstreams[self.upstream].cells().timeouts.count(fired);
        self.fired.set(Some(fired));
        let (id, timeout) = (self.id, fired.label());
        self.worker.probe.emit_with(|| Event::TimedOut { id, timeout });
    }

    /// An attempt that began then has ended.
    pub(super) fn ended(&self, began: Instant) {
        if self.route.server_timing {
            self.asked.set(self.asked.get() + began.elapsed());
        }
    }

    /// Enters what was learnt of the request's time.
    pub(super) fn tell(&self, account: &mut Account) {
        (account.timeout, account.asked) = (self.fired.get(), self.asked.get());
    }

    /// When the request is to be sent again; `None` if the client is answered with what there is.
    pub(super) fn again(
        &self,
        number: u8,
        outcome: Outcome,
        sent: &Sent<W::Stream>,
        outgoing: &Outgoing<W::Stream>,
    ) -> Option<Instant> {
        if self.decide(number, outcome, outgoing) == Decision::Stop || !self.would_admit() {
            return None;
        }
        let now = Instant::now();
        let deny = |why| {
            self.view.upstreams[self.upstream]
                .cells()
                .retries_denied
                .count(why);
            None
        };
        let backoff = self.route.retry.backoff;
        let mut wait = backoff.map_or(Duration::ZERO, |backoff| {
            backoff.wait(number, &mut *self.worker.backoff.borrow_mut())
        });
        let mut why = Denied::Deadline;
        if let Some(after) = self.told_to_wait(sent).filter(|after| *after > wait) {
            (wait, why) = (after, Denied::RetryAfter);
        }
        let at = now + wait;
        if !wait.is_zero() && at >= self.deadline && !planted(Bug::WaitBeyondDeadline) {
            return deny(why);
        }
        let upstream = &self.view.snapshot.upstreams[self.upstream];
        match &self.route.retry.budget {
            Some(budget) if !upstream.retry_budget.take(budget, now) => deny(Denied::Budget),
            _ => Some(at),
        }
    }

    /// Waits until then, and tells when it is: the next attempt's start.
    pub(super) async fn wait(&self, at: Instant) -> Instant {
        let mut now = Instant::now();
        if at > now {
            self.client.deadline.guard(at, pin!(pending::<()>())).await;
            now = Instant::now();
        }
        if self.route.retry.budget.is_some() {
            self.view.snapshot.upstreams[self.upstream].retry_budget.sent(now);
        }
        now
    }

    fn decide(&self, number: u8, outcome: Outcome, outgoing: &Outgoing<W::Stream>) -> Decision {
        let Repeatable { idempotent, keyed } = self.repeatable;
        let untouched = self.upload.is_none() || outcome == Outcome::ConnectFailed;
        let replayable = untouched || planted(Bug::UploadResent) || self.is_kept(outgoing);
        self.route
            .retry
            .decide(number, idempotent, keyed, outcome, replayable)
    }

    /// Whether all that was taken of the request's body is still there.
    pub(super) fn is_kept(&self, outgoing: &Outgoing<W::Stream>) -> bool {
        match (&outgoing.upload, &self.upload) {
            (Some(upload), _) => upload.is_kept(),
            (None, Some(progress)) => progress.kept.borrow().is_some(),
            (None, None) => true,
        }
    }

    /// For another attempt: the body from its beginning, and what is left of the time.
    pub(super) fn renew(&self, outgoing: &mut Outgoing<W::Stream>, now: Instant) {
        let renewed = self.route.deadline_header.as_deref();
        if let Some(name) = renewed.filter(|_| !planted(Bug::DeadlineNotRenewed)) {
            let left = limit::text(name, self.deadline.saturating_duration_since(now));
            outgoing.request.overwrite(name, left.as_bytes());
        }
        if let Some(upload) = &mut outgoing.upload {
            upload.rewind();
        } else if let Some(progress) = &self.upload {
            outgoing.upload = Upload::kept(progress);
        }
    }

    /// How long the upstream wants to be left alone.
    fn told_to_wait(&self, sent: &Sent<W::Stream>) -> Option<Duration> {
        let answer = sent.as_ref().ok()?.receiving.head()?;
        if !retry::may_say_when(answer.status) {
            return None;
        }
        let value = answer.fields.find("retry-after")?;
        retry::retry_after(value.bytes(), self.worker.world.unix_now())
    }
}
