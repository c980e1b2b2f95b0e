//! The telling: a section per simulation, written as soon as it has been read.

use super::context::{About, Findings, findings};
use super::legend::LEGEND;
use super::section::Section;
use super::stretch::{HEADINGS_MAX, SORTS_MAX, STRETCHES_MAX};
use super::tale;
use crate::judge::Verdict;
use crate::story::{FINDINGS_MAX, Judged, Scene, Source, StoryError, judge, words};
use crate::trace::Kind;
use std::io::Write;

/// The most requests whose stories can be asked for at once.
const REQUESTS_MAX: usize = 20;

/// The most lines that are told of one simulation, whatever happened in it.
pub const LINES_MAX: usize = HEADINGS_MAX
    + STRETCHES_MAX * (SORTS_MAX + 3)
    + (REQUESTS_MAX + FINDINGS_MAX) * (tale::LINES_MAX + 2 * FINDINGS_MAX)
    + 50;

/// What of a trace is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The timeline has only what happens in this time of each simulation, µs; the end excluded. Numbers of phases and
    /// stories of requests are of all of it.
    pub from_us: u64,
    pub to_us: u64,
    /// Requests whose whole story is wanted, by the clients' ids; the first twenty of them.
    pub requests: Vec<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            from_us: 0,
            to_us: u64::MAX,
            requests: Vec::new(),
        }
    }
}

/// Tells a trace. Lines are as long as their words; their number has a bound. A trace that breaks off, as a crash leaves
/// it, is told to where it does before that is an error.
pub fn narrate(source: &Source, options: &Options, out: &mut dyn Write) -> Result<(), StoryError> {
    let document = source.document()?;
    let judged = judge(source.open()?, document.as_ref())?;
    let findings = findings(source, &judged)?;
    let nothing = Findings::default();
    if let Some(document) = &document {
        writeln!(out, "the story of {}, seed {}", document.scenario, document.seed)?;
        writeln!(out, "again by: {}", document.command())?;
    }
    let mut scene = Scene::new(document);
    let mut section: Option<Section> = None;
    let mut broken = None;
    for record in source.open()? {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                broken = Some(error);
                break;
            }
        };
        if record.kind == Kind::Run
            && let Some(section) = section.take()
        {
            close(section, &scene, options, &judged, &findings, out)?;
        }
        scene.see(&record);
        if record.kind == Kind::Run {
            section = Some(Section::new(
                findings.get(scene.run()).unwrap_or(&nothing),
                &options.requests[..options.requests.len().min(REQUESTS_MAX)],
                (options.from_us, options.to_us),
            ));
        }
        if let Some(section) = &mut section {
            section.see(&scene, &record);
        }
    }
    if let Some(section) = section.take() {
        close(section, &scene, options, &judged, &findings, out)?;
    }
    write!(out, "\n{LEGEND}")?;
    broken.map_or(Ok(()), |error| Err(error.into()))
}

fn close(
    mut section: Section,
    scene: &Scene,
    options: &Options,
    judged: &[Judged],
    findings: &[Findings],
    out: &mut dyn Write,
) -> Result<(), StoryError> {
    section.finish();
    writeln!(out, "\n{}", scene.title())?;
    for line in cast(scene) {
        writeln!(out, "  {line}")?;
    }
    verdicts(judged.get(scene.run()), out)?;
    if options.requests.is_empty() {
        writeln!(out, "\ntimeline")?;
        for line in section.stretches.lines() {
            writeln!(out, "{line}")?;
        }
        writeln!(
            out,
            "\nnumbers of each phase: requests due, requests that ended in it, attempts per request due"
        )?;
        for line in section.numbers() {
            writeln!(out, "{}", line.trim_end())?;
        }
    }
    if !section.tales.is_empty() {
        writeln!(out, "\nrequests, hop by hop")?;
        let lines = section.tales.iter().flat_map(|tale| tale.lines());
        for line in lines {
            writeln!(out, "{line}")?;
        }
    }
    let about_events = findings
        .get(scene.run())
        .into_iter()
        .flat_map(|findings| &findings.all);
    for (finding, about) in about_events {
        if let About::Events(lines) = about {
            let at = words::moment(finding.at_us);
            writeln!(
                out,
                "\n{} at {at}: {}; the events around it",
                finding.oracle, finding.what
            )?;
            for line in lines {
                writeln!(out, "  {line}")?;
            }
        }
    }
    Ok(())
}

/// Who takes part.
fn cast(scene: &Scene) -> Vec<String> {
    let Some(scenario) = scene.scenario() else {
        let names: Vec<_> = scene.hosts().map(|host| scene.name(host)).collect();
        return vec![format!("hosts: {}", names.join(", "))];
    };
    let replicas: Vec<_> = scenario
        .replicas
        .iter()
        .map(|replica| replica.name.as_str())
        .collect();
    let load = &scenario.load;
    let asks: Vec<_> = load.asks.iter().map(words::ask).collect();
    let rate = match (load.arrivals.len(), &load.schedule) {
        (0, None) => format!("{} requests/s", load.rate),
        (0, Some(schedule)) => format!("requests/s by the schedule {schedule}"),
        (arrivals, _) => words::count(arrivals as u64, "request", "requests"),
    };
    let retries = scenario.configs.first().map(|config| {
        let of = config.upstreams.iter().map(|upstream| match upstream.retries {
            0 => format!("{} without retries", upstream.name),
            retries => format!("{} with {retries} retries at most", upstream.name),
        });
        of.collect::<Vec<_>>().join(", ")
    });
    vec![
        format!(
            "{} → gateway → {}",
            words::count(load.clients as u64, "client", "clients"),
            replicas.join(", ")
        ),
        format!(
            "{rate} for {}: {}",
            humantime::format_duration(load.duration),
            asks.join(", ")
        ),
        format!("upstreams: {}", retries.unwrap_or_default()),
    ]
}

fn verdicts(judged: Option<&Judged>, out: &mut dyn Write) -> Result<(), StoryError> {
    let Some(judged) = judged.filter(|judged| !judged.checks.is_empty()) else {
        return Ok(());
    };
    let bad: Vec<_> = judged
        .checks
        .iter()
        .filter(|check| check.verdict != Verdict::Holds)
        .collect();
    if bad.is_empty() {
        let checks = words::count(judged.checks.len() as u64, "check holds", "checks hold");
        writeln!(out, "\nverdict: {checks}")?;
    }
    for check in bad {
        writeln!(
            out,
            "\nverdict: {} — {}, {}\n  seen: {}",
            check.verdict.name().to_uppercase(),
            check.name,
            check.what,
            check.measured
        )?;
    }
    Ok(())
}
