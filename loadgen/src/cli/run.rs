//! The course of one invocation: parse, check, look up, run, write, exit.

use super::args::{Args, Pacer};
use super::output::Outputs;
use super::plan::Plan;
use super::threads::{Crew, Outcome};
use super::{cpu, threads};
use clap::Parser;
use loadgen::{Arrival, Document, Generator, Job, JobSpec, Report, SeriesTable};
use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};
use world::{RealWorld, Seed, World};

/// Documented in `--help`; clap's own code for wrong usage is 2 too.
const COULD_NOT_RUN: u8 = 1;
const USAGE: u8 = 2;
const INVALID: u8 = 4;
const INTERRUPTED: u8 = 130;

/// How long before each intended time the hybrid pacer stops sleeping: the kernel's timer is that late at worst
/// on an idle machine.
const SPIN: Duration = Duration::from_micros(50);

/// Looking for an address of a name that answers; then the first is taken.
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

/// Errors, and the exit code that goes with them.
type Refusal = (u8, Vec<String>);

pub(crate) fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err((code, errors)) => {
            for error in errors {
                eprintln!("loadgen: failed to {error}");
            }
            ExitCode::from(code)
        }
    }
}

fn run(arguments: &[OsString]) -> Result<u8, Refusal> {
    let command = arguments.iter().skip(1).position(|argument| argument == "run") == Some(0);
    let typed = arguments
        .iter()
        .enumerate()
        .filter(|(i, _)| !(command && *i == 1))
        .map(|(_, a)| a);
    let args = Args::parse_from(typed.clone());
    let mut plan = Plan::new(args).map_err(misunderstood)?;
    let outputs = Outputs::open(&plan).map_err(|errors| (COULD_NOT_RUN, errors))?;
    let seed = match plan.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|e| failed("get a seed from the system", e))?,
    };
    let again = command_line(typed.skip(1), seed, plan.seed.is_some());
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| failed("build a runtime", e))?;
    runtime.block_on(async {
        let world = RealWorld::new(seed, Duration::ZERO).map_err(|e| failed("make a timerfd", e))?;
        plan.job.target = target(&world, &plan.name).await?;
        let job = plan
            .job
            .clone()
            .build()
            .map_err(|errors| misunderstood(errors.0))?;
        let (document, outcome) = measure(&world, &plan, &job, again).await?;
        outputs
            .write(&document, &outcome.recording)
            .map_err(|errors| (COULD_NOT_RUN, errors))?;
        Ok(
            match (document.interrupted, document.report.valid || plan.allow_invalid) {
                (true, _) => INTERRUPTED,
                (false, false) => INVALID,
                (false, true) => 0,
            },
        )
    })
}

async fn measure(
    world: &RealWorld,
    plan: &Plan,
    job: &Job,
    command: String,
) -> Result<(Document, Outcome), Refusal> {
    let spin = match plan.pacer {
        Pacer::Hybrid => SPIN,
        Pacer::Timerfd => Duration::ZERO,
    };
    let crew = Crew {
        job: job.clone(),
        seed: world.seed(),
        spin,
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
            outcome.map_err(|error| (COULD_NOT_RUN, vec![error]))
        }
        refusal = attend(&stop, talkative.then_some((&begin, job.spec().duration))) => Err(refusal),
    };
    let outcome = outcome?;
    let after = cpu::of_process();
    let document = Document {
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).into(),
        title: headline(job.spec(), plan.threads),
        command,
        seed: world.seed().0,
        started_unix_s: started.as_secs_f64(),
        interrupted: *stop.borrow(),
        job: serde_json::to_value(job.spec()).map_err(|e| failed("write the job as JSON", e))?,
        report: Report::new(job, &outcome.recording),
        generator: Generator {
            threads: plan.threads,
            pacer: format!("{:?}", plan.pacer).to_lowercase(),
            wall_seconds: outcome.wall.as_secs_f64(),
            user_seconds: after.0 - before.0,
            system_seconds: after.1 - before.1,
            busiest_thread: outcome.busiest.as_secs_f64() / outcome.wall.as_secs_f64().max(1e-9),
        },
        series: SeriesTable::new(&outcome.recording),
    };
    Ok((document, outcome))
}

/// Passes the first signal on to the threads, and ends with the second; shows the time on a terminal.
async fn attend(
    stop: &watch::Sender<bool>,
    progress: Option<(&std::cell::Cell<Option<Instant>>, Duration)>,
) -> Refusal {
    let (Ok(mut interrupt), Ok(mut terminate)) =
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return (COULD_NOT_RUN, vec!["listen for signals".into()]);
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
            return (
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
        .map_err(|e| failed(&format!("look up {name}"), e))?;
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
        .ok_or_else(|| (COULD_NOT_RUN, vec![format!("look up {name}: no address")]))
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

fn misunderstood(errors: Vec<String>) -> Refusal {
    let list = errors.join("\n  ");
    (
        USAGE,
        vec![format!(
            "understand the command line:\n  {list}\nloadgen --help tells more"
        )],
    )
}

fn failed(what: &str, error: impl std::fmt::Display) -> Refusal {
    (COULD_NOT_RUN, vec![format!("{what}: {error}")])
}
