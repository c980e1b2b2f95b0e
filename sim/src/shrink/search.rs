//! The order of the search: what makes runs cheap comes first, what makes them readable last, and again from the
//! beginning until nothing helps.

use super::prober::{Ended, Prober, Seen, play, seen, verdict};
use super::target::{self, Target};
use super::{ddmin, faults, load, routes, surroundings, time};
use crate::document::Document;
use crate::judge::Verdict;
use crate::run::{RunError, clock};
use crate::story::words::count;
use rustix::time::ClockId;
use scenarios::{Scenario, Variant};
use std::fmt;
use std::time::Duration;

/// What a search may cost.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Runs, the first ones included.
    pub runs: usize,
    /// Runs at once. The result does not depend on it.
    pub jobs: usize,
    /// The result depends on the machine where this is what ends it.
    pub time: Option<Duration>,
}

/// Runs after which ddmin over one list pauses; where halves and quarters help it comes to its end sooner.
const PAUSE: usize = 40;

/// How large a failing run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    pub faults: usize,
    pub requests: Option<u64>,
    /// Simulated time.
    pub end_us: Option<u64>,
    pub hosts: usize,
}

/// A failing run that was made small.
#[derive(Debug, Clone)]
pub struct Shrunk {
    /// With what came of it: a replay file as it is.
    pub document: Document,
    pub target: Target,
    pub seen: Seen,
    pub before: Size,
    pub after: Size,
    pub runs: usize,
    /// What ended the search before it found nothing more.
    pub exhausted: Option<&'static str>,
}

/// Shrinks the first variant that fails, or the one of that name. `tell` hears of each step that helped.
pub fn shrink(
    document: &Document,
    variant: Option<&str>,
    limits: Limits,
    tell: &mut dyn FnMut(&str),
) -> Result<Shrunk, ShrinkError> {
    let start = clock(ClockId::Monotonic);
    let (variant, target, seen, runs) = failing(document, variant)?;
    tell(&format!("{} fails: {target}: {}", variant.name, seen.shows.what));
    let mut prober = Prober::new(document, &variant.name, target, runs, limits.jobs);
    prober.runs_max = limits.runs;
    prober.until = limits.time.map(|time| start.saturating_add(time));
    let before = size(&variant.scenario, &seen);
    let mut search = Search {
        best: prober.target.alone(&variant.scenario),
        seen,
        prober,
        tell,
    };
    search.run();
    let after = size(&search.best, &search.seen);
    let document = Document {
        outcome: search.seen.outcome.clone(),
        ..search.prober.document(&search.best)
    };
    Ok(Shrunk {
        document,
        before,
        after,
        runs: search.prober.runs,
        exhausted: search.prober.exhausted(),
        target: search.prober.target,
        seen: search.seen,
    })
}

/// The first variant that fails, how, and how many runs it took to find it.
fn failing<'a>(
    document: &'a Document,
    name: Option<&str>,
) -> Result<(&'a Variant, Target, Seen, usize), ShrinkError> {
    let chosen = |variant: &&Variant| name.is_none_or(|name| name == variant.name);
    let mut verdicts = Vec::new();
    for (runs, variant) in (1..).zip(document.variants.iter().filter(chosen)) {
        let alone = Document {
            variants: vec![variant.clone()],
            ..document.clone()
        };
        let ended = play(alone).map_err(ShrinkError::Run)?;
        let target = match &ended {
            Ended::Ran(run) => run.variants.first().and_then(target::of),
            Ended::Panicked(panicked) => Some(Target::of_panic(panicked)),
        };
        if let Some(target) = target
            && let Some(seen) = seen(&target, &ended)
        {
            return Ok((variant, target, seen, runs));
        }
        verdicts.push((variant.name.clone(), verdict(&ended)));
    }
    if verdicts.is_empty() {
        let known = document.variants.iter().map(|variant| variant.name.clone());
        return Err(ShrinkError::NoSuchVariant(known.collect()));
    }
    Err(ShrinkError::DoesNotFail(verdicts))
}

fn size(scenario: &Scenario, seen: &Seen) -> Size {
    Size {
        faults: scenario.faults.len(),
        requests: seen.requests,
        end_us: seen.end_us,
        hosts: scenario.host_names().count(),
    }
}

struct Search<'a> {
    /// The smallest so far, and what it showed.
    best: Scenario,
    seen: Seen,
    prober: Prober,
    tell: &'a mut dyn FnMut(&str),
}

impl Search<'_> {
    fn run(&mut self) {
        // a long search in one list is put off while something else helps: it may make that list short
        let mut patient = false;
        while self.prober.exhausted().is_none() {
            let before = self.best.clone();
            self.round(patient);
            if self.best != before {
                continue;
            }
            if patient {
                return;
            }
            patient = true;
        }
    }

    fn round(&mut self, patient: bool) {
        self.step("network and replicas", |search| search.all(surroundings::calm));
        self.step("time", Self::cut);
        self.step("faults", |search| search.fewer_faults(patient));
        self.step("what faults do", |search| search.each(faults::simpler));
        self.step("hosts and configs", |search| search.each(surroundings::fewer));
        self.step("routes", |search| search.each(routes::fewer));
        self.step("requests", |search| search.fewer_requests(patient));
        self.step("what requests are", |search| search.each(load::simpler));
        self.step("time between", |search| search.each(time::shorter));
    }

    fn step(&mut self, what: &str, step: impl FnOnce(&mut Self)) {
        let (before, runs) = (self.best.clone(), self.prober.runs);
        step(self);
        if self.best != before {
            let size = size(&self.best, &self.seen);
            (self.tell)(&format!("{what}: {size} ({} runs)", self.prober.runs - runs));
        }
    }

    /// Takes the first candidate that still fails.
    fn take(&mut self, candidates: &[Scenario]) -> bool {
        let found = self
            .prober
            .first(candidates.len(), &|index| candidates[index].clone());
        let Some((_, scenario, seen)) = found else {
            return false;
        };
        (self.best, self.seen) = (scenario, seen);
        true
    }

    /// Tries each change on its own, and keeps those that help.
    fn all(&mut self, changes: fn(&Scenario) -> Vec<Scenario>) {
        while self.take(&changes(&self.best)) {}
    }

    /// Goes over the places of a scenario and makes each simpler for as long as that helps.
    fn each(&mut self, simpler: fn(&Scenario, usize) -> Option<Vec<Scenario>>) {
        let mut place = 0;
        while let Some(candidates) = simpler(&self.best, place) {
            if !self.take(&candidates) {
                place += 1;
            }
        }
    }

    fn cut(&mut self) {
        let candidates = time::cut(&self.best, self.seen.shows.at_us, self.prober.target.needs_heal());
        self.take(&candidates);
    }

    fn fewer_faults(&mut self, patient: bool) {
        let items = self.best.faults.clone();
        // not seldom none is needed, and then everything else is quick
        self.take(&[faults::with(&self.best, Vec::new())]);
        if !self.best.faults.is_empty() {
            self.least(items, faults::with, patient);
        }
    }

    fn fewer_requests(&mut self, patient: bool) {
        if self.best.load.arrivals.is_empty() {
            if self.prober.exhausted().is_some() {
                return;
            }
            // to see what is planned it is played
            self.prober.runs += 1;
            let Some(planned) = load::planned(self.prober.document(&self.best)) else {
                return;
            };
            self.take(&load::written_out(&self.best, &planned));
        }
        let items = self.best.load.arrivals.clone();
        self.least(items, load::with, patient);
    }

    /// ddmin over a list of the scenario.
    fn least<T: Clone + Sync>(
        &mut self,
        items: Vec<T>,
        with: fn(&Scenario, Vec<T>) -> Scenario,
        patient: bool,
    ) {
        if !patient {
            self.prober.pause_at = self.prober.runs + PAUSE;
        }
        ddmin(items, |count, candidate| {
            let best = &self.best;
            let found = self.prober.first(count, &|index| with(best, candidate(index)));
            let (index, scenario, seen) = found?;
            (self.best, self.seen) = (scenario, seen);
            Some(index)
        });
        self.prober.pause_at = usize::MAX;
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&count(self.faults as u64, "fault", "faults"))?;
        if let (Some(requests), Some(end_us)) = (self.requests, self.end_us) {
            write!(
                f,
                ", {}, {:.3} s",
                count(requests, "request", "requests"),
                end_us as f64 / 1e6
            )?;
        }
        write!(f, ", {}", count(self.hosts as u64, "host", "hosts"))
    }
}

/// Why there is nothing to shrink.
#[derive(Debug)]
pub enum ShrinkError {
    Run(RunError),
    /// No variant has that name; these there are.
    NoSuchVariant(Vec<String>),
    DoesNotFail(Vec<(String, Verdict)>),
}

impl fmt::Display for ShrinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(error) => error.fmt(f),
            Self::NoSuchVariant(known) => {
                write!(f, "no variant of that name; there are: {}", known.join(", "))
            }
            Self::DoesNotFail(verdicts) => {
                let told = verdicts
                    .iter()
                    .map(|(name, verdict)| format!("{name}: {}", verdict.name()));
                write!(
                    f,
                    "the run does not fail, so there is nothing to shrink: {}",
                    told.collect::<Vec<_>>().join("; ")
                )
            }
        }
    }
}

impl std::error::Error for ShrinkError {}

#[cfg(test)]
mod tests {
    use super::super::target::Shows;
    use super::*;
    use scenarios::find;
    use world::Seed;

    /// Runs that it takes to write the requests out, of at most so many, where nothing shows what is looked for.
    fn runs(runs_max: usize) -> usize {
        let entry = find("crash").expect("registered");
        let mut document = Document::of(entry, Seed(1), &[]).expect("nothing set");
        let mut scenario = document.variants.remove(0).scenario;
        scenario.load.duration = Duration::from_millis(50);
        scenario.load.clients = 2;
        scenario.faults.clear();
        scenario.heal.at = Duration::from_millis(50);
        let target = Target::Panic {
            place: "nowhere".into(),
        };
        let mut prober = Prober::new(&document, "only", target, 0, 1);
        prober.runs_max = runs_max;
        let seen = Seen {
            shows: Shows {
                at_us: None,
                what: String::new(),
            },
            requests: None,
            end_us: None,
            outcome: None,
        };
        let mut search = Search {
            best: scenario,
            seen,
            prober,
            tell: &mut |_| {},
        };
        search.fewer_requests(true);
        search.prober.runs
    }

    #[test]
    fn the_run_that_shows_what_is_planned_counts_as_one() {
        // that one, from one client, and from both
        assert_eq!(runs(10), 3);
        assert_eq!(runs(1), 1);
        assert_eq!(runs(0), 0);
    }
}
