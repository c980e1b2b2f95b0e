//! One measurement: threads run the job, the coordinator watches, and a document comes of it.
//!
//! The coordinator has a thread of its own kind: it draws, listens for signals and keys, and touches no request.

use super::args::Pacer;
use super::cpu;
use super::exit::{COULD_NOT_RUN, INTERRUPTED, Refusal};
use super::gate::Gate;
use super::live::{self, Command, Kind, Setup, View};
use super::plan::Plan;
use super::request_log::RequestLog;
use super::threads::{self, Crew, News, Outcome};
use super::title::headline;
use loadgen::{Counts, Document, Generator, Job, PlanCheck, Run};
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;
use world::{RealWorld, World};

/// How long before each intended time the hybrid pacer stops sleeping: the kernel's timer is that late at worst
/// on an idle machine.
const GUARD: Duration = Duration::from_micros(50);
/// Ticks that wait for the coordinator; a terminal that does not take them must not hold up a thread.
const TICKS_MAX: usize = 256;
/// Points that stand for an offered rate which changes: one a pixel or two.
const OFFERED_POINTS: u32 = 400;

/// How a run came to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    AsPlanned,
    /// A service level was broken for too long.
    Aborted,
    /// By a signal or a key.
    Interrupted,
}

pub(super) async fn measure(
    world: &RealWorld,
    plan: &Plan,
    job: &Job,
    command: String,
    log: Option<RequestLog>,
) -> Result<(Document, Ended), Refusal> {
    let seed = world.seed();
    let fit = job.fit(seed).map(|fit| PlanCheck {
        text: fit.to_string(),
        passes: fit.passes(),
    });
    let crew = Crew {
        job: job.clone(),
        seed,
        guard: match plan.validity.pacer {
            Pacer::Hybrid => GUARD,
            Pacer::Timerfd => Duration::ZERO,
            Pacer::Spin => Duration::MAX,
        },
        threads: plan.load.threads,
        shard: plan.load.shard,
        cores: plan.load.cores.clone(),
        unix: plan.place.unix.clone(),
        log,
        start: start(world, plan)?,
    };
    let title = headline(plan, job.spec());
    let offered = offered(job);
    let before = cpu::of_process();
    let (outcome, started, ended) = watched(world, plan, &crew, &title, &offered).await?;
    let after = cpu::of_process();
    let wall = outcome.wall.as_secs_f64().max(1e-9);
    let run = Run {
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        title,
        command,
        seed: seed.0,
        started_unix_s: started.as_secs_f64(),
        interrupted: ended != Ended::AsPlanned,
        closed: job.spec().closed,
        plan: fit,
        offered,
        limits: plan.validity.limits.clone(),
        job: serde_json::to_value(job.spec()).map_err(|e| Refusal::failed("write the job as JSON", e))?,
    };
    let generator = Generator {
        shard: plan.load.shard.name(),
        threads: plan.load.threads,
        pacer: format!("{:?}", plan.validity.pacer).to_lowercase(),
        wall_seconds: outcome.wall.as_secs_f64(),
        user_seconds: after.0 - before.0,
        system_seconds: after.1 - before.1,
        spun_seconds: outcome.spun.as_secs_f64(),
        busy: outcome
            .worked
            .iter()
            .map(|cpu| cpu.as_secs_f64() / wall)
            .collect(),
    };
    let document = Document::new(run, outcome.recording, vec![generator], &plan.validity.slos);
    Ok((document, ended))
}

/// The moment to start at, where one was asked for.
fn start(world: &RealWorld, plan: &Plan) -> Result<Option<Instant>, Refusal> {
    let Some(at) = plan.load.start_at else {
        return Ok(None);
    };
    let (now, wall) = (Instant::now(), world.unix_now());
    let wait = at.checked_sub(wall).ok_or_else(|| {
        let late = humantime::format_duration(Duration::from_millis((wall - at).as_millis() as u64));
        Refusal::usage(&[format!("--start-at: that was {late} ago")])
    })?;
    Ok(Some(now + wait))
}

/// (seconds, arrivals per second), so close together that lines between them show every ramp and step.
fn offered(job: &Job) -> Vec<(f64, f64)> {
    let Some(profile) = job.profile() else {
        return Vec::new();
    };
    let points = if profile.is_constant() { 1 } else { OFFERED_POINTS };
    let at = |k: u32| job.spec().duration * k / points;
    (0..=points)
        .map(|k| (at(k).as_secs_f64(), profile.rate_at(at(k))))
        .collect()
}

/// Runs the crew with somebody watching. Gives what came of it, when it started by the wall clock, and how it ended.
async fn watched(
    world: &RealWorld,
    plan: &Plan,
    crew: &Crew,
    title: &str,
    offered: &[(f64, f64)],
) -> Result<(Outcome, Duration, Ended), Refusal> {
    let mut signals = Signals::new()?;
    let mut view = view(plan, crew, title, offered);
    let mut gate = plan
        .validity
        .abort_on_fail
        .then(|| Gate::new(&plan.validity.slos, &crew.job, crew.threads));
    let (stop, stopped) = watch::channel(false);
    let (news, mut inbox) = mpsc::channel(TICKS_MAX);
    let mut running = std::pin::pin!(threads::run(crew, stopped, news));
    let mut known = vec![Counts::default(); crew.threads];
    let mut ended = Ended::AsPlanned;
    let mut started = world.unix_now();
    let outcome = loop {
        let stops = tokio::select! {
            outcome = running.as_mut() => break outcome,
            Some(news) = inbox.recv() => match news {
                News::Began(at) => {
                    started = world.unix_now() + at.saturating_duration_since(Instant::now());
                    view.begin(at);
                    continue;
                }
                News::Tick(thread, tick) => {
                    if let Some(known) = known.get_mut(thread) {
                        live::Tick::each(thread, &tick, known, |tick| view.tick(&tick));
                    }
                    if !gate.as_mut().is_some_and(|gate| gate.tick(thread, &tick)) {
                        continue;
                    }
                    gate = None;
                    Ended::Aborted
                }
            },
            Some(Command::Stop) = view.step() => Ended::Interrupted,
            () = signals.next() => Ended::Interrupted,
        };
        let again = stop.send_replace(true);
        if again && stops == Ended::Interrupted && ended == Ended::Interrupted {
            return Err(Refusal::new(
                INTERRUPTED,
                vec!["finish: interrupted twice, nothing was written".into()],
            ));
        }
        view.stopping();
        ended = stops;
    };
    view.close();
    let outcome = outcome.map_err(|error| Refusal::new(COULD_NOT_RUN, vec![error]))?;
    Ok((outcome, started, ended))
}

fn view(plan: &Plan, crew: &Crew, title: &str, offered: &[(f64, f64)]) -> View {
    let spec = crew.job.spec();
    let setup = || Setup {
        title: title.to_owned(),
        duration: spec.duration,
        warmup: spec.warmup,
        requests: spec.requests,
        interval: spec.interval.unwrap_or(Duration::from_secs(1)),
        threads: crew.threads,
        offered: offered.to_vec(),
        closed: spec.closed,
        lag_limits: plan.validity.limits.send_lag.clone(),
    };
    let kind = Kind::choose(plan.output.no_tui, plan.output.quiet);
    // a terminal that cannot be drawn on can still be written to
    View::open(kind, setup())
        .or_else(|_| View::open(Kind::Lines, setup()))
        .unwrap_or(View::Quiet)
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn new() -> Result<Self, Refusal> {
        let listen = |kind| signal(kind).map_err(|e| Refusal::failed("listen for signals", e));
        Ok(Self {
            interrupt: listen(SignalKind::interrupt())?,
            terminate: listen(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
