//! The resolvers of a plan: a task for each name among the replicas of each upstream.
//!
//! Each name has its own schedule, so that one whose server is silent delays no other. An answer that says something new
//! is entered into its upstream's state, and a snapshot of the same plan is put in force with the replicas that
//! there are now. Answers that come together make one snapshot.

use super::lookup::{again, judge, scattered};
use crate::config::Plan;
use crate::planted::{Bug, planted, planted_or};
use crate::snapshot::{Current, Snapshot};
use rand::Rng;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Notify, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use world::{Resolved, World};

/// How long a lookup may take. Resolvers have a deadline of their own, mostly 5 s for each of their servers; this one is
/// for those that have none.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(10);

/// Lookups under way at once, over all upstreams; more wait their turn. Each is a thread of the operating system's
/// resolver.
const AT_ONCE_MAX: usize = 32;

/// From one snapshot to the next, at least: each costs the pools of the upstreams that it changes.
const GAP: Duration = Duration::from_millis(100);

/// How long a gateway that starts waits for the first answers, before it serves those upstreams that have theirs.
pub(crate) const FIRST_MOST: Duration = Duration::from_secs(2);

/// Those of the plan in force. Dropping them ends them.
pub(crate) struct Resolvers<W> {
    world: W,
    current: Arc<Current>,
    version: Option<u64>,
    plan: Option<Arc<Plan>>,
    running: JoinSet<()>,
    /// Names that have not been looked up once.
    first: watch::Sender<usize>,
}

impl<W: World> Resolvers<W> {
    pub(crate) fn new(world: W, current: Arc<Current>) -> Self {
        Self {
            world,
            current,
            version: None,
            plan: None,
            running: JoinSet::new(),
            first: watch::Sender::new(0),
        }
    }

    /// Ends the resolvers of a plan that is no longer in force, and starts those of the one that is. To be called now and
    /// then, inside a `LocalRuntime` or `LocalSet`.
    pub(crate) fn look(&mut self) {
        if self.version == Some(self.current.version()) {
            return;
        }
        let snapshot = self.current.load();
        self.version = Some(snapshot.version);
        // a snapshot of the same plan is our own work
        if self
            .plan
            .as_ref()
            .is_some_and(|plan| Arc::ptr_eq(plan, &snapshot.plan))
        {
            return;
        }
        self.plan = Some(Arc::clone(&snapshot.plan));
        // dropped, which aborts them
        self.running = JoinSet::new();
        self.first = watch::Sender::new(0);
        let news = Rc::new(Notify::new());
        let at_once = Rc::new(Semaphore::new(AT_ONCE_MAX));
        for (upstream, plan) in snapshot.plan.upstreams.iter().enumerate() {
            for name in plan.names() {
                self.first.send_modify(|names| *names += 1);
                let resolver = Resolver {
                    world: self.world.clone(),
                    snapshot: Arc::clone(&snapshot),
                    upstream,
                    name: name.to_owned(),
                    news: Rc::clone(&news),
                    at_once: Rc::clone(&at_once),
                    first: Some(self.first.clone()),
                };
                self.running.spawn_local(resolver.run());
            }
        }
        if !self.running.is_empty() {
            self.running
                .spawn_local(publish_news(Arc::clone(&self.current), news));
        }
    }

    /// Waits until each name has been looked up once, well or not, for as long as a start may take. Not at all where there
    /// are no names.
    pub(crate) async fn first(&self) {
        if *self.first.borrow() == 0 {
            return;
        }
        let mut first = self.first.subscribe();
        // what is not there in time comes later, and until then its upstream is unavailable
        let _ = timeout(FIRST_MOST, first.wait_for(|names| *names == 0)).await;
        publish(&self.current);
    }
}

/// Puts in force what names stand for now, if that is something new.
fn publish(current: &Current) {
    // `Err` is: nothing is new
    let _ = current.update(|old| old.resolved().ok_or(()));
}

async fn publish_news(current: Arc<Current>, news: Rc<Notify>) {
    loop {
        news.notified().await;
        publish(&current);
        sleep(GAP).await;
    }
}

struct Resolver<W> {
    world: W,
    snapshot: Arc<Snapshot>,
    upstream: usize,
    name: String,
    news: Rc<Notify>,
    at_once: Rc<Semaphore>,
    first: Option<watch::Sender<usize>>,
}

impl<W: World> Resolver<W> {
    /// Looks up the name again and again until it is dropped.
    async fn run(mut self) {
        let plan = &self.snapshot.plan.upstreams[self.upstream];
        let state = &self.snapshot.upstreams[self.upstream];
        // they run on the first worker
        let cells = state.cells.of(0);
        let seed = self.world.seed().child(&format!("resolve/{}", plan.name));
        let mut words = seed.child(&self.name).rng();
        let mut failures = 0_u32;
        loop {
            let answer = self.look_up().await;
            let wait = match judge(answer, &self.snapshot.plan.listen, plan.resolve_every) {
                Ok((addrs, valid_for)) => {
                    failures = 0;
                    cells.resolutions.add(1);
                    if state.answers.put(&self.name, addrs) {
                        self.news.notify_one();
                    }
                    planted_or(Bug::NameLookedUpOnce, Duration::MAX, valid_for)
                }
                Err(useless) => {
                    if planted(Bug::NameLost) && state.answers.put(&self.name, Vec::new()) {
                        self.news.notify_one();
                    }
                    state.answers.fail(&self.name, useless.to_string());
                    failures = failures.saturating_add(1);
                    cells.resolution_failures.add(1);
                    again(failures)
                }
            };
            if let Some(first) = self.first.take() {
                first.send_modify(|names| *names -= 1);
            }
            sleep(scattered(wait, words.next_u64())).await;
        }
    }

    async fn look_up(&self) -> io::Result<Resolved> {
        // never closed: it lives as long as any of us
        let _permit = self.at_once.acquire().await;
        let lookup = timeout(LOOKUP_TIMEOUT, self.world.resolve(&self.name)).await;
        lookup.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
    }
}
