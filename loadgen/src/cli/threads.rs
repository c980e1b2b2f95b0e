//! One thread per shard, each with its own runtime and world, started at one instant.
//!
//! Threads first prepare (runtime, pinning, connections), report, and wait; the start lies a little after the
//! last of them is ready, so that no request is late before it begins.

use super::cpu;
use loadgen::{Job, Recording, Shard};
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use world::{NoProbe, RealWorld, Seed};

/// From the last thread's readiness to the start: far more than waking all threads takes.
const START_LEAD: Duration = Duration::from_millis(20);

/// What all threads share.
#[derive(Debug, Clone)]
pub(super) struct Crew {
    pub(super) job: Job,
    pub(super) seed: Seed,
    /// How long before each intended time a thread stops sleeping.
    pub(super) guard: Duration,
    pub(super) threads: usize,
    pub(super) cores: Vec<usize>,
}

/// What the threads tell.
enum News {
    Ready,
    Ended(Box<loadgen::Outcome>, Duration),
    Broken(String),
}

/// What came of all threads together.
pub(super) struct Outcome {
    pub(super) recording: Recording,
    pub(super) wall: Duration,
    /// CPU time of each thread without its spinning, in the order in which they ended.
    pub(super) worked: Vec<Duration>,
    /// What all threads spun.
    pub(super) spun: Duration,
}

/// Runs the job to its end, or until `stop` turns true. `started` is called at the start.
pub(super) async fn run(
    crew: &Crew,
    stop: watch::Receiver<bool>,
    started: impl FnOnce(Instant),
) -> Result<Outcome, String> {
    let (news, mut inbox) = mpsc::unbounded_channel();
    let (start, starts) = watch::channel(None);
    for index in 0..crew.threads {
        let (crew, news, starts, stop) = (crew.clone(), news.clone(), starts.clone(), stop.clone());
        let body = move || {
            let end = shard(&crew, index, &news, starts, stop).unwrap_or_else(News::Broken);
            // the receiver is gone only when the run was given up
            let _ = news.send(end);
        };
        let thread = std::thread::Builder::new()
            .name(format!("loadgen-{index}"))
            .spawn(body);
        thread.map_err(|e| format!("start thread {index}: {e}"))?;
    }
    drop(news);
    let mut outcome = Outcome {
        recording: Recording::new(&crew.job),
        wall: Duration::ZERO,
        worked: Vec::new(),
        spun: Duration::ZERO,
    };
    let (mut ready, mut ended, mut begin) = (0, 0, Instant::now());
    let mut started = Some(started);
    while ended < crew.threads {
        match inbox.recv().await {
            Some(News::Ready) => {
                ready += 1;
                if ready == crew.threads
                    && let Some(started) = started.take()
                {
                    begin = Instant::now() + START_LEAD;
                    start.send_replace(Some(begin));
                    started(begin);
                }
            }
            Some(News::Ended(shard, cpu)) => {
                ended += 1;
                outcome.recording.merge(&shard.recording);
                outcome.worked.push(cpu.saturating_sub(shard.spun));
                outcome.spun += shard.spun;
                outcome.wall = begin.elapsed();
            }
            Some(News::Broken(error)) => return Err(error),
            None => return Err("keep a thread alive: it panicked".into()),
        }
    }
    Ok(outcome)
}

fn shard(
    crew: &Crew,
    index: usize,
    news: &mpsc::UnboundedSender<News>,
    mut starts: watch::Receiver<Option<Instant>>,
    mut stop: watch::Receiver<bool>,
) -> Result<News, String> {
    if let Some(core) = crew.cores.get(index % crew.cores.len().max(1)) {
        cpu::pin(*core).map_err(|e| format!("pin thread {index} to core {core}: {e}"))?;
    }
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| format!("build the runtime of thread {index}: {e}"))?;
    runtime.block_on(async {
        let world = RealWorld::new(crew.seed, Duration::ZERO).map_err(|e| format!("make a timerfd: {e}"))?;
        let shard = Shard::prepare(world, NoProbe, &crew.job, index, crew.threads)
            .await
            .guard(crew.guard);
        let _ = news.send(News::Ready);
        let start = starts
            .wait_for(Option::is_some)
            .await
            .ok()
            .and_then(|start| *start);
        let start = start.ok_or("start: another thread failed first")?;
        let before = cpu::of_thread();
        let stopped = async {
            // an error says that the sender is gone, and with it the run
            let _ = stop.wait_for(|stop| *stop).await;
        };
        let outcome = shard.run(start, stopped).await;
        Ok(News::Ended(
            Box::new(outcome),
            cpu::of_thread().saturating_sub(before),
        ))
    })
}
