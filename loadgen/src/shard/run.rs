//! The life of a shard: connect if asked to, release everything that is due, drain, cut.

use super::dial::dial;
use super::places;
use super::state::State;
use super::watch::{Tick, watch};
use super::worker::hire;
use crate::event::Event;
use crate::job::Job;
use crate::record::Recording;
use std::future::{Future, pending};
use std::pin::pin;
use std::rc::Rc;
use std::time::Duration;
use tokio::time::{Instant, timeout};
use workload::Due;
use world::{Probe, World};

/// A look at the pacer's idle spinning that took longer was interrupted: that time was not spun.
const SPIN_STEP_MAX: Duration = Duration::from_micros(20);

/// A pacer that is behind releases this many requests before it lets sockets be served: few enough to hold
/// them up by some tens of microseconds only, enough to make the detour cheap.
const BURST_MAX: usize = 64;

/// Runs shard `index` of `of` until every request has its outcome. Must be called inside a `LocalRuntime` or
/// `LocalSet`. The intended times count from `start`; all shards of a job are given the same one.
pub async fn run_shard<W: World, P: Probe<Event>>(
    world: W,
    probe: P,
    job: &Job,
    index: usize,
    of: usize,
    start: Instant,
) -> Recording {
    run_shard_until(world, probe, job, index, of, start, pending()).await
}

/// As [`run_shard`]; when `stop` completes, what was not released is not planned and what has no outcome is
/// unfinished.
pub async fn run_shard_until<W: World, P: Probe<Event>>(
    world: W,
    probe: P,
    job: &Job,
    index: usize,
    of: usize,
    start: Instant,
    stop: impl Future<Output = ()>,
) -> Recording {
    Shard::prepare(world, probe, job, index, of)
        .await
        .run(start, stop)
        .await
        .recording
}

/// A shard that has made its connections, if the job asks for that, and waits for its start.
pub struct Shard<W: World, P: Probe<Event>> {
    state: Rc<State<W, P>>,
    index: u64,
    of: u64,
    guard: Duration,
    watcher: Option<Box<dyn FnMut(Tick)>>,
}

/// What a shard has recorded, and what keeping time has cost.
#[derive(Debug)]
pub struct Finished {
    pub recording: Recording,
    /// Time that the pacer spun with nothing else to do.
    pub spun: Duration,
}

impl<W: World, P: Probe<Event>> Shard<W, P> {
    /// Connects, where the job says `preconnect`, one connection after the other. The first that cannot be
    /// made ends it: requests will find out for themselves what is wrong.
    pub async fn prepare(world: W, probe: P, job: &Job, index: usize, of: usize) -> Self {
        let state = Rc::new(State::new(world, probe, job, index, of));
        if job.spec().preconnect {
            connect(&state).await;
        }
        Self {
            state,
            index: index as u64,
            of: of.max(1) as u64,
            guard: Duration::ZERO,
            watcher: None,
        }
    }

    /// Tells `to` at the end of every interval of the job's series.
    pub fn watched(self, to: impl FnMut(Tick) + 'static) -> Self {
        Self {
            watcher: Some(Box::new(to)),
            ..self
        }
    }

    /// How long before each intended time the pacer stops sleeping and lets sockets be served until it has come. For
    /// real worlds alone: simulated time does not pass meanwhile.
    pub fn guard(self, guard: Duration) -> Self {
        Self { guard, ..self }
    }

    /// Runs to the end, or until `stop` completes.
    pub async fn run(self, start: Instant, stop: impl Future<Output = ()>) -> Finished {
        let mut stop = pin!(stop);
        let state = self.state;
        let spec = state.job.spec();
        state.start.set(start);
        let watching = self
            .watcher
            .map(|to| tokio::task::spawn_local(watch(Rc::clone(&state), to)));
        let mut spun = Duration::ZERO;
        let stopped = tokio::select! {
            biased;
            () = stop.as_mut() => true,
            () = release(&state, self.index, self.of, self.guard, &mut spun) => false,
        };
        state.end_loop();
        let released_for = match (stopped, spec.requests) {
            (false, None) => spec.duration,
            _ => state.since_start(Instant::now()).min(spec.duration),
        };
        if !stopped {
            let cut_at = Instant::now().max(start + released_for) + spec.drain;
            tokio::select! {
                biased;
                () = state.all_settled() => {}
                () = stop => {}
                () = state.world.sleep_until(cut_at) => {}
            }
        }
        state.cut().await;
        if let Some(watching) = watching {
            watching.abort();
        }
        let mut recording = state.recording.replace(Recording::new(&state.job));
        recording.close(released_for);
        Finished { recording, spun }
    }
}

/// Makes as many connections as there may be, as long as that succeeds.
async fn connect<W: World, P: Probe<Event>>(state: &Rc<State<W, P>>) {
    let patience = state.job.spec().timeout;
    // counted, because a peer may end idle connections as fast as they are made
    for _ in 0..state.connections_max {
        if state.job.is_http2() {
            match timeout(patience, places::open(state)).await {
                Ok(Ok(())) => continue,
                _ => break,
            }
        }
        if !state.pool.borrow_mut().grow() {
            break;
        }
        let Ok(Ok((line, _))) = timeout(patience, dial(state)).await else {
            state.pool.borrow_mut().shrink();
            break;
        };
        hire(state, Some(line), None);
        // it parks before there is anything to hand out
        tokio::task::yield_now().await;
    }
}

/// Everything that this shard has to release: by plan, or on as many connections as it may have.
async fn release<W: World, P: Probe<Event>>(
    state: &Rc<State<W, P>>,
    index: u64,
    of: u64,
    guard: Duration,
    spun: &mut Duration,
) {
    let spec = state.job.spec();
    if !spec.closed {
        return pace(state, arrivals(state, index, of), guard, spun).await;
    }
    state.world.sleep_until(state.start.get()).await;
    while let Some(ticket) = state.begin_loop() {
        hire(state, None, Some(ticket));
    }
    tokio::select! {
        () = state.loop_done() => {}
        () = state.world.sleep_until(state.start.get() + spec.duration) => {}
    }
}

/// What this shard has to release. A limit on the number of requests is one on the whole schedule, so every
/// shard counts along over all streams and keeps its own.
fn arrivals<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    index: u64,
    of: u64,
) -> Box<dyn Iterator<Item = Due>> {
    let spec = state.job.spec();
    let schedule = state.job.schedule(state.world.seed());
    let duration = spec.duration;
    let in_time = move |due: &Due| due.at < duration;
    match spec.requests.and_then(|count| usize::try_from(count).ok()) {
        None => Box::new(schedule.shard(index, of).take_while(in_time)),
        Some(count) => {
            let first = schedule.shard(0, 1).take(count).take_while(in_time);
            Box::new(first.filter(move |due| due.stream() % of == index))
        }
    }
}

/// Releases every arrival at its intended time or, when that has passed, as soon as possible.
async fn pace<W: World, P: Probe<Event>>(
    state: &Rc<State<W, P>>,
    arrivals: impl Iterator<Item = Due>,
    guard: Duration,
    spun: &mut Duration,
) {
    let start = state.start.get();
    let mut burst = 0;
    let mut now = Instant::now();
    for due in arrivals {
        let at = start + due.at;
        if at > now {
            (now, burst) = (wait(state, at, guard, spun).await, 0);
        } else if burst == BURST_MAX {
            tokio::task::yield_now().await;
            (now, burst) = (Instant::now(), 0);
        }
        burst += 1;
        if let Some(ticket) = state.release(due, now) {
            hire(state, None, Some(ticket));
        }
    }
}

/// Returns the time when `at` has come. Within the guard it only steps aside, so that sockets are served meanwhile;
/// steps in which nobody had anything to do are added to `spun`.
async fn wait<W: World, P: Probe<Event>>(
    state: &State<W, P>,
    at: Instant,
    guard: Duration,
    spun: &mut Duration,
) -> Instant {
    let mut now = Instant::now();
    if at.saturating_duration_since(now) > guard {
        state.world.sleep_until(at - guard).await;
        now = Instant::now();
    }
    while now < at {
        let work = state.work.get();
        tokio::task::yield_now().await;
        let before = std::mem::replace(&mut now, Instant::now());
        let step = now.saturating_duration_since(before);
        if state.work.get() == work && step < SPIN_STEP_MAX {
            *spun += step;
        }
    }
    now
}
