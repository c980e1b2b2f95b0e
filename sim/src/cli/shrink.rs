//! `sim shrink`: the smallest run that still fails.

use super::common::{Failure, Jobs, distinct, failed, print, run_failed, usage};
use super::subject::{SubjectArgs, subject};
use scenarios::Scenario;
use sim::narrate::{Options, narrate};
use sim::report::fault_words;
use sim::run;
use sim::shrink::{Limits, ShrinkError, Shrunk, Size, shrink};
use sim::source::save;
use sim::story::Source;
use sim::story::words::{ask, count};
use sim::trace::Recorder;
use sim::world::caught;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

const ABOUT: &str = "\
Looks for the fewest faults, requests and hosts and the shortest time in which a run still fails in the same way: the
same oracle, the same expectation, or a panic at the same place. What it finds is written as a replay file.

Exit codes:
  0    the replay file was written
  1    it could not run, read or write
  2    wrong usage, or the run does not fail";

/// Requests that are listed.
const REQUESTS_MAX: usize = 10;

#[derive(clap::Args)]
#[command(long_about = ABOUT)]
pub(super) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// Where the replay file goes [default: SCENARIO-SEED.json]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The most runs
    #[arg(long, value_name = "MAX", default_value = "400")]
    runs: NonZeroUsize,
    /// The most time, such as 5m; where that ends it, the result depends on the machine
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    time: Option<Duration>,
    #[command(flatten)]
    jobs: Jobs,
    /// Shrink this variant; the first that fails if not given
    #[arg(long, value_name = "NAME")]
    variant: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let subject = subject(&args.subject)?;
    let document = &subject.document;
    let default = || PathBuf::from(format!("{}-{}.json", document.scenario, document.seed));
    let out = args.out.clone().unwrap_or_else(default);
    let trace = subject.file.as_deref().filter(|_| subject.is_trace);
    distinct(&[("the trace", trace), ("--out", Some(&out))])?;
    let not_written = |error: io::Error| failed(format!("write {}: {error}", out.display()));
    writable(&out).map_err(not_written)?;
    let limits = Limits {
        runs: args.runs.get(),
        jobs: args.jobs.get(),
        time: args.time,
    };
    let mut tell = |line: &str| eprintln!("{line}");
    let shrunk =
        shrink(document, args.variant.as_deref(), limits, &mut tell).map_err(|error| match error {
            ShrinkError::Run(error) => failed(error),
            other => usage(other.to_string()),
        })?;
    save(&shrunk.document, &out).map_err(not_written)?;
    print(&report(&shrunk, &out)?)?;
    Ok(0)
}

/// Looked at first: hundreds of runs must not end at a file that can't be written. Nothing is changed.
fn writable(path: &Path) -> io::Result<()> {
    match OpenOptions::new().append(true).open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            OpenOptions::new().write(true).create_new(true).open(path)?;
            fs::remove_file(path)
        }
        opened => opened.map(drop),
    }
}

fn report(shrunk: &Shrunk, out: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let (before, after) = (&shrunk.before, &shrunk.after);
    // a string takes everything
    let _ = writeln!(text, "shrunk    {}; {} runs", sizes(before, after), shrunk.runs);
    if let Some(what) = shrunk.exhausted {
        let _ = writeln!(
            text,
            "          the {what} were used up: there may be a smaller one"
        );
    }
    if let Some(variant) = shrunk.document.variants.first() {
        let _ = writeln!(text, "variant   {}", variant.name);
        scenario(&mut text, &variant.scenario);
    }
    let at = shrunk
        .seen
        .shows
        .at_us
        .map_or(String::new(), |us| format!(" at {:.3} s", us as f64 / 1e6));
    let _ = writeln!(
        text,
        "fails     {}{at}: {}",
        shrunk.target, shrunk.seen.shows.what
    );
    let _ = writeln!(text, "\n{}", story(shrunk)?.trim_end());
    let _ = writeln!(text, "\nwritten   {}", out.display());
    let _ = writeln!(text, "replay    sim replay {}", out.display());
    Ok(text)
}

fn sizes(before: &Size, after: &Size) -> String {
    let seconds = |us: Option<u64>| us.map(|us| us as f64 / 1e6);
    let mut parts = vec![format!(
        "{} → {}",
        count(before.faults as u64, "fault", "faults"),
        after.faults
    )];
    if let (Some(before), Some(after)) = (before.requests, after.requests) {
        parts.push(format!("{} → {after}", count(before, "request", "requests")));
    }
    if let (Some(before), Some(after)) = (seconds(before.end_us), seconds(after.end_us)) {
        parts.push(format!("{before:.3} s → {after:.3} s"));
    }
    parts.push(format!(
        "{} → {}",
        count(before.hosts as u64, "host", "hosts"),
        after.hosts
    ));
    parts.join(", ")
}

/// What is left, in words.
fn scenario(text: &mut String, scenario: &Scenario) {
    let faults = scenario.faults.iter().map(fault_words).collect();
    lines(text, "faults", faults, "none is needed");
    let load = &scenario.load;
    let mut requests: Vec<String> = load
        .arrivals
        .iter()
        .take(REQUESTS_MAX)
        .map(|arrival| {
            let asked = load.asks.get(arrival.ask).map_or(String::new(), ask);
            format!("{:.3} s {asked}", arrival.at_us as f64 / 1e6)
        })
        .collect();
    let more = load.arrivals.len().saturating_sub(REQUESTS_MAX);
    if more > 0 {
        requests.push(format!("and {more} more"));
    }
    let rate = match &load.schedule {
        Some(schedule) => format!("by the schedule {schedule}"),
        None => format!("{} per second for {:?}", load.rate, load.duration),
    };
    lines(text, "requests", requests, &rate);
    let replicas = scenario.replicas.iter().map(|replica| {
        let script = match replica.script.as_str() {
            "" => String::new(),
            script => format!(", script {script}"),
        };
        format!("{} {}{script}", replica.name, replica.behaviour)
            .trim_end()
            .to_owned()
    });
    lines(text, "replicas", replicas.collect(), "none");
}

fn lines(text: &mut String, title: &str, lines: Vec<String>, none: &str) {
    let lines = if lines.is_empty() {
        vec![none.to_owned()]
    } else {
        lines
    };
    for (index, line) in lines.iter().enumerate() {
        let title = if index == 0 { title } else { "" };
        let _ = writeln!(text, "{title:<9} {line}");
    }
}

/// What happens in it, as its trace tells it.
fn story(shrunk: &Shrunk) -> Result<String, Failure> {
    let kept = |error: io::Error| failed(format!("keep the trace: {error}"));
    let document = shrunk.document.clone();
    let file = tempfile::NamedTempFile::new().map_err(kept)?;
    let recorder = Recorder::to_file(file.path(), &document.json()).map_err(kept)?;
    // one that panics leaves no trace that is whole
    let Ok(run) = caught(|| run::play(document, None, recorder)) else {
        return Ok(String::new());
    };
    run.map_err(run_failed)?;
    let mut told = Vec::new();
    narrate(
        &Source::File(file.path().to_owned()),
        &Options::default(),
        &mut told,
    )
    .map_err(failed)?;
    Ok(String::from_utf8_lossy(&told).into_owned())
}
