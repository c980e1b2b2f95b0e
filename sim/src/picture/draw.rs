//! From what was gathered to a drawing.

use super::lanes::{Gathered, Lane as Row, POINTS, Sort};
use super::survey::survey;
use crate::judge::{Check, Verdict};
use crate::story::words::span;
use crate::story::{FINDINGS_MAX, PER_ORACLE_MAX, Role, Scene, Source, StoryError, judge, violations};
use crate::trace::Kind;
use charts::{Axis, Lane, Lanes, Panel, Panels, Series, Shape, Span, Svg};

/// Colours of the theme, by what they stand for everywhere in the picture.
const BLUE: usize = 0;
const RED: usize = 1;
const GREEN: usize = 2;
const AMBER: usize = 4;

/// One simulation, drawn.
pub struct Picture {
    /// What the simulation is called.
    pub name: String,
    pub svg: Svg,
    pub checks: Vec<Check>,
}

/// Draws every simulation of a trace.
pub fn draw(source: &Source) -> Result<Vec<Picture>, StoryError> {
    let document = source.document()?;
    let mut judged = judge(source.open()?, document.as_ref())?.into_iter();
    let mut surveys = survey(source)?.into_iter();
    let mut scene = Scene::new(document);
    let mut gathered: Option<Gathered> = None;
    let mut pictures = Vec::new();
    let mut checks = || judged.next().map_or(Vec::new(), |judged| judged.checks);
    for record in source.open()? {
        let record = record?;
        if record.kind == Kind::Run {
            if let Some(gathered) = gathered.take() {
                pictures.push(picture(&scene, &gathered, checks())?);
            }
            gathered = surveys.next().map(Gathered::new);
        }
        scene.see(&record);
        if let Some(gathered) = &mut gathered {
            gathered.see(&scene, &record);
        }
    }
    if let Some(gathered) = gathered {
        pictures.push(picture(&scene, &gathered, checks())?);
    }
    Ok(pictures)
}

fn picture(scene: &Scene, gathered: &Gathered, checks: Vec<Check>) -> Result<Picture, StoryError> {
    let end = seconds(gathered.grid.end_us).max(1e-3);
    let title = match scene.document() {
        Some(document) => format!("{}, seed {}: {}", document.scenario, document.seed, scene.title()),
        None => scene.title(),
    };
    let mut drawing = Panels::new(title, Axis::new("time", "s"))
        .subtitle(subtitle(&checks))
        .panel(Panel::lanes(
            "hosts over time, as requests travel",
            lanes(scene, gathered, &checks, end),
        ))
        .panel(success(gathered, end))
        .panel(latency(gathered, end))
        .note(note(gathered));
    if let Some(at_us) = gathered.heal_us {
        drawing = drawing.span(Span::at("heal", seconds(at_us)));
    }
    Ok(Picture {
        name: scene.title(),
        svg: drawing.draw()?,
        checks,
    })
}

fn subtitle(checks: &[Check]) -> String {
    let bad: Vec<_> = checks
        .iter()
        .filter(|check| check.verdict != Verdict::Holds)
        .collect();
    let names: Vec<_> = bad
        .iter()
        .map(|check| format!("{}: {}", check.verdict.name(), check.name))
        .collect();
    match (checks.is_empty(), names.is_empty()) {
        (true, _) => "not judged".into(),
        (_, true) => "everything that was judged holds".into(),
        _ => names.join("; "),
    }
}

fn note(gathered: &Gathered) -> String {
    let column = span(gathered.grid.end_us / super::bins::COLUMNS as u64);
    let mut note = format!(
        "Bars count per {column}, each row by a scale of its own with its greatest count to the right; rows of few events \
         show each of them. Shaded: what was broken there, deeper while the program is gone or draining."
    );
    if gathered.slow_us < u64::MAX {
        note.push_str(&format!(
            " Slow: answered well, but after more than {}, four times the median of those.",
            span(gathered.slow_us)
        ));
    }
    if gathered.left_out > 0 {
        note.push_str(&format!(" {} found no room.", gathered.left_out));
    }
    note
}

/// Findings, then clients, gateway and replicas, as requests travel.
fn lanes(scene: &Scene, gathered: &Gathered, checks: &[Check], end: f64) -> Lanes {
    let mut all = Lanes::new(0.0, end);
    if let Some(lane) = findings(checks) {
        all = all.lane(lane);
    }
    for wanted in [Role::Client, Role::Gateway, Role::Replica, Role::Driver] {
        for (host, lane) in &gathered.lanes {
            let is_empty = lane.rows.is_empty() && lane.shades.is_empty();
            if scene.role(*host) != wanted || (wanted == Role::Driver && is_empty) {
                continue;
            }
            let name = match wanted {
                Role::Driver => "everywhere".into(),
                _ => scene.name(*host),
            };
            let mut drawn = shaded(Lane::new(name), lane, end);
            if wanted == Role::Gateway {
                let bars = gathered.in_flight.peaks();
                drawn = drawn.row(charts::Row::bars("in flight", bars).colour(BLUE));
            }
            all = all.lane(rows(drawn, lane, wanted));
        }
    }
    all
}

fn findings(checks: &[Check]) -> Option<Lane> {
    let mut found = violations(checks, PER_ORACLE_MAX).take(FINDINGS_MAX).peekable();
    found.peek()?;
    Some(found.fold(Lane::new("findings"), |lane, (check, violation)| {
        let label = format!("{}: {}", check.name, violation.what);
        lane.flag(label, seconds(violation.at_us))
    }))
}

fn shaded(drawn: Lane, lane: &Row, end: f64) -> Lane {
    lane.shades.iter().fold(drawn, |drawn, shade| {
        let from = seconds(shade.from_us);
        let to = shade.to_us.map_or(end, seconds).max(from);
        drawn.shade(shade.label.as_str(), from, to)
    })
}

/// Every part has its first row, so that an idle one is seen to be idle.
fn rows(mut drawn: Lane, lane: &Row, role: Role) -> Lane {
    let first = match role {
        Role::Client => Some(Sort::Ok),
        Role::Replica => Some(Sort::Requests),
        Role::Gateway | Role::Driver => None,
    };
    if let Some(first) = first.filter(|first| !lane.rows.contains_key(first)) {
        drawn = drawn.row(charts::Row::bars(looks(first).0, [0]));
    }
    for (sort, bins) in &lane.rows {
        let (name, colour, shape) = looks(*sort);
        let row = match bins.marks() {
            Some(marks) => charts::Row::marks(name, marks.iter().cloned()),
            None => charts::Row::bars(name, bins.counts().iter().copied()),
        };
        drawn = drawn.row(row.colour(colour).shape(shape));
    }
    drawn
}

fn looks(sort: Sort) -> (&'static str, usize, Shape) {
    match sort {
        Sort::Ok => ("ok", GREEN, Shape::Dot),
        Sort::Slow => ("slow", AMBER, Shape::Triangle),
        Sort::Failed => ("failed", RED, Shape::Cross),
        Sort::Resent => ("sent again", AMBER, Shape::Triangle),
        Sort::Retries => ("retries", AMBER, Shape::Triangle),
        Sort::FailedAttempts => ("failed tries", RED, Shape::Cross),
        Sort::Requests => ("requests", BLUE, Shape::Dot),
        Sort::Errors => ("errors", RED, Shape::Cross),
    }
}

/// What ended well, in percent; nothing where nothing ended.
fn success(gathered: &Gathered, end: f64) -> Panel {
    let share = |at: usize| {
        let tally = &gathered.points[at];
        (tally.ends() > 0).then(|| 100.0 * tally.ok as f64 / tally.ends() as f64)
    };
    let series = curve("ended well", share, end).colour(GREEN);
    Panel::new(Axis::new("requests that end well", "%").range(0.0, 105.0))
        .series(series)
        .height(100.0)
}

fn latency(gathered: &Gathered, end: f64) -> Panel {
    let quantile = |q: f64| {
        move |at: usize| {
            gathered.points[at]
                .quantile_us(q)
                .map(|us| us.max(1) as f64 / 1e3)
        }
    };
    Panel::new(Axis::new("response time of what was answered", "ms").log())
        .series(curve("p99", quantile(0.99), end).colour(RED))
        .series(curve("p50", quantile(0.5), end).colour(BLUE))
        .height(120.0)
}

/// A point in the middle of each part of time; a gap where there is no value.
fn curve(name: &str, value: impl Fn(usize) -> Option<f64>, end: f64) -> Series {
    let x = |at: usize| (at as f64 + 0.5) / POINTS as f64 * end;
    let points: Vec<_> = (0..POINTS).map(|at| value(at).map(|y| (x(at), y))).collect();
    let mut runs = points
        .split(Option::is_none)
        .filter(|run| !run.is_empty())
        .map(|run| run.iter().copied().flatten().collect::<Vec<_>>());
    let series = Series::new(name, runs.next().unwrap_or_default());
    runs.fold(series, Series::then)
}

fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}
