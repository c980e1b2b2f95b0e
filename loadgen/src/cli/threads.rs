//! One thread per shard, each with its own runtime and world, started at one instant.
//!
//! Threads first prepare (runtime, pinning, connections), report, and wait; the start lies a little after the
//! last of them is ready, so that no request is late before it begins.

use super::cpu;
use super::request_log::{LogProbe, RequestLog};
use super::runtime;
use loadgen::{Event, Job, Net, Recording, Shard, ShardOf, Tick};
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use world::{NoProbe, Probe, RealWorld, Seed};

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
    pub(super) shard: ShardOf,
    /// A socket that is dialled instead of any address.
    pub(super) unix: Option<PathBuf>,
    /// When to start; soon, if nothing is said.
    pub(super) start: Option<Instant>,
    pub(super) cores: Vec<usize>,
    /// Where each request is told of.
    pub(super) log: Option<RequestLog>,
}

/// What is told while the run goes on.
#[derive(Debug)]
pub(super) enum News {
    Began(Instant),
    Tick(usize, Tick),
}

/// What a thread tells of itself.
enum Word {
    Ready,
    Ended(Box<loadgen::Finished>, Duration),
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

/// Runs the job to its end, or until `stop` turns true. News that nobody takes in time is lost.
pub(super) async fn run(
    crew: &Crew,
    stop: watch::Receiver<bool>,
    public: mpsc::Sender<News>,
) -> Result<Outcome, String> {
    // bounded by three words a thread
    let (news, mut inbox) = mpsc::unbounded_channel();
    let (start, starts) = watch::channel(None);
    for index in 0..crew.threads {
        let (crew, news, starts, stop) = (crew.clone(), news.clone(), starts.clone(), stop.clone());
        let public = public.clone();
        let body = move || {
            let end = shard(&crew, index, &news, public, starts, stop).unwrap_or_else(Word::Broken);
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
    while ended < crew.threads {
        match inbox.recv().await {
            Some(Word::Ready) => {
                ready += 1;
                if ready == crew.threads {
                    let soon = Instant::now() + START_LEAD;
                    begin = crew.start.unwrap_or(soon);
                    if begin < soon - START_LEAD {
                        return Err("start in time: --start-at passed while connections were made".into());
                    }
                    start.send_replace(Some(begin));
                    // whoever does not listen has ended
                    let _ = public.try_send(News::Began(begin));
                }
            }
            Some(Word::Ended(shard, cpu)) => {
                ended += 1;
                outcome.recording.merge(&shard.recording);
                outcome.worked.push(cpu.saturating_sub(shard.spun));
                outcome.spun += shard.spun;
                outcome.wall = begin.elapsed();
            }
            Some(Word::Broken(error)) => return Err(error),
            None => return Err("keep a thread alive: it panicked".into()),
        }
    }
    Ok(outcome)
}

fn shard(
    crew: &Crew,
    index: usize,
    news: &mpsc::UnboundedSender<Word>,
    public: mpsc::Sender<News>,
    starts: watch::Receiver<Option<Instant>>,
    stop: watch::Receiver<bool>,
) -> Result<Word, String> {
    if let Some(core) = crew.cores.get(index % crew.cores.len().max(1)) {
        cpu::pin(*core).map_err(|e| format!("pin thread {index} to core {core}: {e}"))?;
    }
    let runtime = runtime::carrying(!crew.job.spec().closed);
    let runtime = runtime.map_err(|e| format!("build the runtime of thread {index}: {e}"))?;
    let told = Told {
        index,
        news,
        public,
        starts,
        stop,
    };
    runtime.block_on(async {
        match &crew.log {
            None => carry(crew, NoProbe, |_| (), told).await,
            Some(log) => {
                let probe = LogProbe::new(log.clone(), &crew.job);
                carry(crew, probe.clone(), |at| probe.begin(at), told).await
            }
        }
    })
}

/// What a thread is told and tells.
struct Told<'a> {
    index: usize,
    news: &'a mpsc::UnboundedSender<Word>,
    public: mpsc::Sender<News>,
    starts: watch::Receiver<Option<Instant>>,
    stop: watch::Receiver<bool>,
}

/// A shard from its connections to its end; `begins` is told when that is.
async fn carry<P: Probe<Event>>(
    crew: &Crew,
    probe: P,
    begins: impl Fn(Instant),
    told: Told<'_>,
) -> Result<Word, String> {
    let Told {
        index,
        news,
        public,
        mut starts,
        mut stop,
    } = told;
    let world = RealWorld::new(crew.seed, Duration::ZERO).map_err(|e| format!("make a timerfd: {e}"))?;
    let world = Net::new(world, crew.unix.clone());
    let ShardOf { index: shard, of } = crew.shard;
    // whatever the number of threads, a shard has the streams that are its own
    let (part, parts) = (shard + of * index, of * crew.threads);
    let shard = Shard::prepare(world, probe, &crew.job, part, parts)
        .await
        .guard(crew.guard)
        .watched(move |tick| {
            // a coordinator that is behind loses a picture, never a thread its time
            let _ = public.try_send(News::Tick(index, tick));
        });
    let _ = news.send(Word::Ready);
    let start = starts.wait_for(Option::is_some).await;
    let start = start.ok().and_then(|start| *start);
    let start = start.ok_or("start: another thread failed first")?;
    begins(start);
    let before = cpu::of_thread();
    let stopped = async {
        // an error says that the sender is gone, and with it the run
        let _ = stop.wait_for(|stop| *stop).await;
    };
    let outcome = shard.run(start, stopped).await;
    Ok(Word::Ended(
        Box::new(outcome),
        cpu::of_thread().saturating_sub(before),
    ))
}
