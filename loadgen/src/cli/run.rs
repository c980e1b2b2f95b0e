//! The course of one run: check, look up, measure, write, exit.

use super::args::{Args, Pacer};
use super::exit::{COULD_NOT_RUN, INTERRUPTED, INVALID, Refusal};
use super::output::Outputs;
use super::plan::Plan;
use super::threads::Crew;
use super::{cpu, threads};
use loadgen::{Arrival, Document, Generator, Job, JobSpec, Run};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use world::{RealWorld, Seed, World};

/// How long before each intended time the hybrid pacer stops sleeping: the kernel's timer is that late at worst
/// on an idle machine.
const GUARD: Duration = Duration::from_micros(50);

/// Looking for an address of a name that answers; then the first is taken.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// `typed` is the command line without the program's and the command's name.
pub(super) fn run(args: Args, typed: &[OsString]) -> Result<u8, Refusal> {
    let mut plan = Plan::new(args).map_err(|errors| Refusal::usage(&errors))?;
    let outputs = Outputs::open(&plan).map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
    let seed = match plan.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|e| Refusal::failed("get a seed from the system", e))?,
    };
    let again = command_line(typed.iter(), seed, plan.seed.is_some());
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| Refusal::failed("build a runtime", e))?;
    runtime.block_on(async {
        let world = RealWorld::new(seed, Duration::ZERO).map_err(|e| Refusal::failed("make a timerfd", e))?;
        plan.job.target = target(&world, &plan.name).await?;
        let job = plan
            .job
            .clone()
            .build()
            .map_err(|errors| Refusal::usage(&errors.0))?;
        let document = measure(&world, &plan, &job, again).await?;
        outputs
            .write(&document)
            .map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
        Ok(
            match (
                document.run.interrupted,
                document.report.valid || plan.allow_invalid,
            ) {
                (true, _) => INTERRUPTED,
                (false, false) => INVALID,
                (false, true) => 0,
            },
        )
    })
}

async fn measure(world: &RealWorld, plan: &Plan, job: &Job, command: String) -> Result<Document, Refusal> {
    let guard = match plan.pacer {
        Pacer::Hybrid => GUARD,
        Pacer::Timerfd => Duration::ZERO,
        Pacer::Spin => Duration::MAX,
    };
    let crew = Crew {
        job: job.clone(),
        seed: world.seed(),
        guard,
        threads: plan.threads,
        cores: plan.cores.clone(),
    };
    let talkative = std::io::stderr().is_terminal();
    let (stop, stopped) = watch::channel(false);
    let before = cpu::of_process();
    let started = world.unix_now();
    let begin = std::cell::Cell::new(None);
    let outcome = tokio::select! {
        outcome = threads::run(&crew, stopped, |at| begin.set(Some(at))) => {
            outcome.map_err(|error| Refusal::new(COULD_NOT_RUN, vec![error]))
        }
        refusal = attend(&stop, talkative.then_some((&begin, job.spec().duration))) => Err(refusal),
    };
    let outcome = outcome?;
    let after = cpu::of_process();
    let wall = outcome.wall.as_secs_f64().max(1e-9);
    let run = Run {
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        title: headline(job.spec(), plan.threads),
        command,
        seed: world.seed().0,
        started_unix_s: started.as_secs_f64(),
        interrupted: *stop.borrow(),
        closed: job.spec().closed,
        plan: None,
        offered: Vec::new(),
        limits: plan.limits.clone(),
        job: serde_json::to_value(job.spec()).map_err(|e| Refusal::failed("write the job as JSON", e))?,
    };
    let generator = Generator {
        shard: None,
        threads: plan.threads,
        pacer: format!("{:?}", plan.pacer).to_lowercase(),
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
    Ok(Document::new(run, outcome.recording, vec![generator], &[]))
}

/// Passes the first signal on to the threads, and ends with the second; shows the time on a terminal.
async fn attend(
    stop: &watch::Sender<bool>,
    progress: Option<(&std::cell::Cell<Option<Instant>>, Duration)>,
) -> Refusal {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return Refusal::new(COULD_NOT_RUN, vec!["listen for signals".into()]);
    };
    let second = Duration::from_secs(1);
    let mut ticks = interval_at(Instant::now() + second, second);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = ticks.tick() => {
                if let Some((begin, duration)) = progress && let Some(begin) = begin.get() {
                    eprint!("\r  {} s of {} \r", begin.elapsed().as_secs(), humantime::format_duration(duration));
                    // a terminal that cannot be written to has no reader
                    let _ = std::io::stderr().flush();
                }
                continue;
            }
        }
        if stop.send_replace(true) {
            return Refusal::new(
                INTERRUPTED,
                vec!["finish: interrupted twice, nothing was written".into()],
            );
        }
    }
}

/// The address to send to. Of several, the first that takes a connection; if none does, the first.
async fn target(world: &RealWorld, name: &str) -> Result<SocketAddr, Refusal> {
    let found = world
        .resolve(name)
        .await
        .map_err(|e| Refusal::failed(&format!("look up {name}"), e))?;
    if let [only] = found.addrs[..] {
        return Ok(only);
    }
    for addr in &found.addrs {
        if matches!(timeout(PROBE_TIMEOUT, world.connect(*addr)).await, Ok(Ok(_))) {
            return Ok(*addr);
        }
    }
    found
        .addrs
        .first()
        .copied()
        .ok_or_else(|| Refusal::failed(&format!("look up {name}"), "no address"))
}

fn headline(spec: &JobSpec, threads: usize) -> String {
    let arrival = match spec.arrival {
        Arrival::Constant => "evenly spaced",
        Arrival::Poisson => "Poisson",
    };
    let length = match spec.requests {
        Some(count) => format!("{count} requests"),
        None => humantime::format_duration(spec.duration).to_string(),
    };
    format!(
        "{} http://{}{} ({}): {} {arrival} arrivals/s, {length}, at most {} connections, {threads} thread{}",
        spec.method,
        spec.host,
        spec.path,
        spec.target,
        spec.rate,
        spec.connections,
        if threads == 1 { "" } else { "s" },
    )
}

/// A command that repeats this run in a shell.
fn command_line<'a>(arguments: impl Iterator<Item = &'a OsString>, seed: Seed, seeded: bool) -> String {
    let mut words = vec!["loadgen".to_owned(), "run".to_owned()];
    words.extend(arguments.map(|word| quoted(&word.to_string_lossy())));
    if !seeded {
        words.extend(["--seed".into(), seed.to_string()]);
    }
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
