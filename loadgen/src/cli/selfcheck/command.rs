//! The course of a check: the machine's own round trip, its floor, then case by case; printed; an exit code.

use super::args::{Args, FLOOR, Form, Settings};
use super::case::{self, Case, NAMES};
use super::check::checks;
use super::findings::{Finding, Findings, exit_code};
use super::floor;
use super::judge::{Verdict, judge};
use super::predict::predict;
use super::report;
use super::stage::Stage;
use crate::cli::exit::{COULD_NOT_RUN, Refusal};
use hdrhistogram::Histogram;
use loadgen::Latency;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::{IsTerminal, Write};
use std::time::Duration;
use world::{RealWorld, Seed};

/// A noisy machine has quiet moments; one that has none in three tries is not the place to measure.
const TRIES: u32 = 3;

pub(in crate::cli) fn run(args: Args) -> Result<u8, Refusal> {
    let settings = Settings::new(args, &NAMES).map_err(|errors| Refusal::usage(&errors))?;
    raise_descriptors();
    let seed = match settings.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|e| Refusal::failed("get a seed from the system", e))?,
    };
    let findings = find(&settings, seed).map_err(|error| Refusal::new(COULD_NOT_RUN, vec![error]))?;
    let body = match settings.format {
        Form::Text => report::text(&findings),
        Form::Json => serde_json::to_string_pretty(&findings)
            .map(|json| json + "\n")
            .map_err(|e| Refusal::failed("write what was found as JSON", e))?,
    };
    std::io::stdout()
        .write_all(body.as_bytes())
        .map_err(|e| Refusal::failed("write to standard output", e))?;
    Ok(exit_code(&findings))
}

fn find(settings: &Settings, seed: Seed) -> Result<Findings, String> {
    let stage = Stage {
        cores: settings.cores,
        seed,
        awake: false,
    };
    let talkative = std::io::stderr().is_terminal();
    let tell = |what: &str| {
        if talkative {
            eprintln!("  {what} …");
        }
    };
    let bare = floor::bare(&stage)?;
    let mut machine = None;
    if settings.wants(FLOOR) {
        tell(FLOOR);
        machine = Some(floor::measure(&stage, settings.scale)?);
    }
    let stage = Stage { awake: true, ..stage };
    let mut cases = Vec::new();
    for case in case::all(settings.scale, seed) {
        if settings.wants(case.name) {
            tell(case.name);
            cases.push(prove(&stage, &case, &bare)?);
        }
    }
    Ok(Findings {
        tool: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
        seed: seed.0,
        cores: settings.cores,
        bare_us: Latency::new(&bare),
        machine,
        cases,
    })
}

/// Plays the case until it shows something, at most [`TRIES`] times.
fn prove(stage: &Stage, case: &Case, bare: &Histogram<u64>) -> Result<Finding, String> {
    let mut tries = 0;
    loop {
        tries += 1;
        let finding = once(stage, case, bare, tries)?;
        if tries == TRIES || !matches!(finding.verdict, Verdict::NotShown(_)) {
            return Ok(finding);
        }
    }
}

fn once(stage: &Stage, case: &Case, bare: &Histogram<u64>, tries: u32) -> Result<Finding, String> {
    let predicted = predict(case, stage.seed);
    let load = case.clone();
    let take = stage.load(case.behaviour, move |target| load.job(target))?;
    let recording = &take.outcome.recording;
    let seen = [bare.max(), recording.send_lag.max(), take.seen.lateness.max()];
    let lateness = take.taken_away + seen.into_iter().map(Duration::from_nanos).sum::<Duration>();
    let checks = checks(case, &predicted, recording, &recording.response, &take.seen);
    Ok(Finding {
        name: case.name,
        about: case.about.clone(),
        tries,
        verdict: judge(&checks, &take.outcome.invalid(), lateness),
        lateness_ms: lateness.as_secs_f64() * 1e3,
        checks,
    })
}

/// Both ends of a thousand connections are in this process: as many descriptors as are allowed. Where that is too few,
/// the run says so itself.
fn raise_descriptors() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit);
}
