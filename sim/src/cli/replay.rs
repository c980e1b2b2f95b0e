//! `sim replay`: the same run again.

use super::common::{EXIT_CODES, Failure, distinct, failed, print, run_failed};
use super::situation;
use super::subject::{Subject, SubjectArgs, subject};
use serde_json::json;
use sim::document::{Document, Outcome};
use sim::replay::{Differs, Replayed, replay};
use sim::report;
use sim::trace::{Reader, Recorder};
use std::fmt::Write as _;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(super) const ABOUT: &str = "\
Plays a run once more, from what its file says and nothing else, and holds it against the first time: a trace record by
record while it runs, a replay file by the hash of its records. A scenario is played twice.

The exit code is the run's own where it is the same again, so a run that failed fails again; where it is not, it is 3.
Stopped by --until it is 0. A file that is none or is broken is 1, one that is not there 2.";

#[derive(clap::Args)]
#[command(after_help = EXIT_CODES, long_about = ABOUT)]
pub(super) struct Args {
    #[command(flatten)]
    subject: SubjectArgs,
    /// Stop each variant at this simulated time, such as 2.5s, and print where things stand
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    until: Option<Duration>,
    /// Write the new trace to this file
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// How the run compares with the first time.
enum Compared {
    Same(&'static str),
    /// There was nothing to compare with.
    Alone(&'static str),
    Differs(Differs),
    /// What came of it is something else.
    Other {
        was: Outcome,
    },
}

pub(super) fn run(args: &Args) -> Result<u8, Failure> {
    let subject = subject(&args.subject)?;
    let file = subject.file.as_deref();
    distinct(&[
        ("the run that is replayed", file),
        ("--trace", args.trace.as_deref()),
    ])?;
    // the first time of a scenario is now
    let first = match &subject.file {
        Some(_) => None,
        None => Some(first_run(&subject.document, args.until)?),
    };
    let against = match (&first, &subject.file) {
        (Some(first), _) => Some(first.path()),
        (None, Some(file)) if subject.is_trace => Some(file.as_path()),
        _ => None,
    };
    let reader = against.map(open).transpose()?;
    let recorder = match &args.trace {
        Some(path) => Recorder::to_file(path, &subject.document.json())
            .map_err(|error| failed(format!("write the trace to {}: {error}", path.display())))?,
        None => Recorder::hash_only(),
    };
    let is_compared = reader.is_some();
    let replayed = replay(subject.document.clone(), args.until, recorder, reader).map_err(run_failed)?;
    let compared = compare(&subject, &replayed, is_compared, args.until);
    let again = again(&subject);
    if args.json {
        print(&format!(
            "{:#}\n",
            json_report(&replayed, &compared, &again, args.until)
        ))?;
    } else {
        print(&text_report(&replayed, &compared, &again, args.until))?;
    }
    Ok(match compared {
        Compared::Differs(_) | Compared::Other { .. } => 3,
        _ if args.until.is_some() => 0,
        _ => replayed.run.verdict().exit_code(),
    })
}

fn first_run(document: &Document, until: Option<Duration>) -> Result<tempfile::NamedTempFile, Failure> {
    let kept = |error: std::io::Error| failed(format!("keep the first run's trace: {error}"));
    let file = tempfile::NamedTempFile::new().map_err(kept)?;
    let recorder = Recorder::to_file(file.path(), &document.json()).map_err(kept)?;
    sim::run::play(document.clone(), until, recorder).map_err(run_failed)?;
    Ok(file)
}

fn open(path: &Path) -> Result<Reader<BufReader<File>>, Failure> {
    let file = File::open(path).map_err(|error| failed(format!("read {}: {error}", path.display())))?;
    Reader::new(BufReader::new(file)).map_err(failed)
}

fn compare(subject: &Subject, replayed: &Replayed, is_compared: bool, until: Option<Duration>) -> Compared {
    if let Some(differs) = &replayed.differs {
        return Compared::Differs(differs.clone());
    }
    match &subject.document.outcome {
        _ if is_compared && subject.file.is_some() => Compared::Same("every record is that of the trace"),
        _ if is_compared => Compared::Same("two runs, record by record"),
        None => Compared::Alone("the file does not say what came of it"),
        Some(_) if until.is_some() => Compared::Alone("stopped on the way, there is no hash to compare"),
        Some(was) if *was == replayed.run.outcome() => {
            Compared::Same("hash and verdict are those of the file")
        }
        Some(was) => Compared::Other { was: was.clone() },
    }
}

/// The command that does it once more.
fn again(subject: &Subject) -> String {
    match &subject.file {
        Some(file) => format!("sim replay {}", file.display()),
        None => subject.document.command(),
    }
}

fn text_report(replayed: &Replayed, compared: &Compared, again: &str, until: Option<Duration>) -> String {
    let mut out = match until {
        // half a run is not judged
        Some(_) => situation::text(replayed),
        None => report::text_of(&replayed.run, again),
    };
    // a string takes everything
    let _ = match compared {
        Compared::Same(how) => writeln!(out, "again     the same: {how}"),
        Compared::Alone(why) => writeln!(out, "again     not compared: {why}"),
        Compared::Differs(differs) => write!(out, "{}", differs_text(differs)),
        Compared::Other { was } => writeln!(
            out,
            "again     NOT THE SAME: it was {}, sha256 {}, {} events",
            was.verdict, was.sha256, was.events
        ),
    };
    out
}

fn differs_text(differs: &Differs) -> String {
    let end = "(it ends)";
    let mut out = format!("again     NOT THE SAME after {} equal events\n", differs.same);
    for line in &differs.before {
        out.push_str(&format!("         {line}\n"));
    }
    for (which, line) in [("now  ", &differs.now), ("then ", &differs.then)] {
        out.push_str(&format!("    {which}{}\n", line.as_deref().unwrap_or(end)));
    }
    out
}

fn json_report(
    replayed: &Replayed,
    compared: &Compared,
    again: &str,
    until: Option<Duration>,
) -> serde_json::Value {
    let compared = match compared {
        Compared::Same(how) => json!({ "same": true, "how": how }),
        Compared::Alone(why) => json!({ "same": null, "why": why }),
        Compared::Differs(differs) => json!({
            "same": false, "equal_events": differs.same, "before": differs.before,
            "now": differs.now, "then": differs.then,
        }),
        Compared::Other { was } => json!({ "same": false, "was": was }),
    };
    let mut report = match until {
        Some(_) => json!({ "stopped": situation::json(replayed) }),
        None => report::json(&replayed.run),
    };
    report["again"] = compared;
    report["replay"] = json!(again);
    report
}
