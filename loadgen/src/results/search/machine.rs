//! What to measure next: doubling until a rate fails, then bisection between what held and what did not.
//!
//! Both steps are geometric, because rates are compared as ratios. A run may fail by chance (a neighbour, a pause), so
//! a rate fails only by the majority of its runs; and it may hold by chance, so the rate that is reported in the end
//! holds by majority too. Rates that held on the way are run once: a higher one that holds, or the end, confirms them.
//!
//! Everything is derived from the runs so far, so there is no state that could disagree with them. It is assumed that
//! load that a target cannot carry is a lower bound of other such loads; where it is not so, the lowest rate that fails
//! is what counts.

/// Doubling from one request per second to ten million takes 24; the rest is for bisection and repeats. A search that
/// takes more is stuck in noise.
const RUNS_MAX: usize = 120;
/// More repeats measure the machine's mood for an hour.
const REPEATS_MAX: usize = 15;
/// As the job has it.
const RATE_MAX: f64 = 10_000_000.0;
const GROWTH: f64 = 2.0;
/// Rates are rounded to so many digits: more than any precision that can be asked for, and short to read.
const DIGITS: i32 = 5;
const PRECISION: std::ops::RangeInclusive<f64> = 0.001..=1.0;

/// How to search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SearchSpec {
    /// The first rate, per second.
    pub from: f64,
    /// The highest rate to try.
    pub max: f64,
    /// The rate that fails is at most so much above the one that holds, as a share.
    pub precision: f64,
    /// Runs that decide about a rate.
    pub repeats: usize,
}

/// How a run went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Valid, and every service level was kept.
    Held,
    /// Valid, and a service level was broken.
    Broken,
    /// The generator did not do what it planned.
    Invalid,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Run at this rate and record what came of it.
    Measure(f64),
    Done,
}

/// A search under way.
#[derive(Debug, Clone)]
pub struct Search {
    spec: SearchSpec,
    /// Ascending by rate.
    rates: Vec<Rate>,
}

/// What is known of one rate.
#[derive(Debug, Clone)]
struct Rate {
    rate: f64,
    outcomes: Vec<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Holds,
    Fails,
    /// Every run held so far, and they are too few to decide.
    Seems,
    /// Some run failed, and they are too few to decide.
    Contested,
}

impl SearchSpec {
    /// Every error at once.
    fn errors(&self) -> Vec<String> {
        let mut errors = Vec::new();
        if !(self.from > 0.0 && self.from <= RATE_MAX) {
            errors.push(format!(
                "--from: must be above 0 and at most {RATE_MAX}, not {}",
                self.from
            ));
        }
        if !(self.max >= self.from && self.max <= RATE_MAX) {
            errors.push(format!(
                "--max-rate: must be at least --from and at most {RATE_MAX}, not {}",
                self.max
            ));
        }
        if !PRECISION.contains(&self.precision) {
            errors.push("--precision: must be 0.1% to 100%".into());
        }
        if !(1..=REPEATS_MAX).contains(&self.repeats) {
            errors.push(format!(
                "--repeats: must be 1 to {REPEATS_MAX}, not {}",
                self.repeats
            ));
        }
        errors
    }
}

impl Search {
    pub fn new(spec: SearchSpec) -> Result<Self, Vec<String>> {
        let errors = spec.errors();
        match errors.is_empty() {
            true => Ok(Self {
                spec,
                rates: Vec::new(),
            }),
            false => Err(errors),
        }
    }

    pub fn spec(&self) -> &SearchSpec {
        &self.spec
    }

    /// What a run at this rate came to.
    pub fn record(&mut self, rate: f64, outcome: Outcome) {
        let at = self.rates.partition_point(|known| known.rate < rate);
        match self.rates.get_mut(at).filter(|known| known.rate == rate) {
            Some(known) => known.outcomes.push(outcome),
            None => self.rates.insert(
                at,
                Rate {
                    rate,
                    outcomes: vec![outcome],
                },
            ),
        }
    }

    pub fn next(&self) -> Step {
        if self.runs() >= RUNS_MAX {
            return Step::Done;
        }
        let contested = self
            .rates
            .iter()
            .find(|rate| self.verdict(rate) == Verdict::Contested);
        if let Some(contested) = contested {
            return Step::Measure(contested.rate);
        }
        let Some(best) = self.best() else {
            return match self.rates.is_empty() {
                true => Step::Measure(self.spec.from),
                false => Step::Done,
            };
        };
        let between = match self.lowest_failing() {
            Some(failing) if failing / best.rate <= 1.0 + self.spec.precision => None,
            Some(failing) => Some(rounded(libm::sqrt(failing * best.rate))),
            None if best.rate < self.spec.max => Some((best.rate * GROWTH).min(self.spec.max)),
            None => None,
        };
        let between = between.filter(|rate| self.rates.iter().all(|known| known.rate != *rate));
        match between {
            Some(rate) => Step::Measure(rate),
            None if self.verdict(best) == Verdict::Seems => Step::Measure(best.rate),
            None => Step::Done,
        }
    }

    pub fn runs(&self) -> usize {
        self.rates.iter().map(|rate| rate.outcomes.len()).sum()
    }

    /// The highest rate below all failing ones that held, as far as is known, and whether it did so by majority.
    pub fn highest_holding(&self) -> Option<(f64, bool)> {
        self.best()
            .map(|best| (best.rate, self.verdict(best) == Verdict::Holds))
    }

    pub fn lowest_failing(&self) -> Option<f64> {
        let mut failing = self
            .rates
            .iter()
            .filter(|rate| self.verdict(rate) == Verdict::Fails);
        failing.next().map(|rate| rate.rate)
    }

    /// How a rate came out as a whole: by majority, or as far as is known.
    pub fn outcome(&self, rate: f64) -> Option<Outcome> {
        let known = self.rates.iter().find(|known| known.rate == rate)?;
        if matches!(self.verdict(known), Verdict::Holds | Verdict::Seems) {
            return Some(Outcome::Held);
        }
        let count = |outcome| known.outcomes.iter().filter(|o| **o == outcome).count();
        Some(match count(Outcome::Invalid) >= count(Outcome::Broken) {
            true => Outcome::Invalid,
            false => Outcome::Broken,
        })
    }

    fn best(&self) -> Option<&Rate> {
        let failing = self.lowest_failing().unwrap_or(f64::INFINITY);
        let holds = |rate: &&Rate| {
            rate.rate < failing && matches!(self.verdict(rate), Verdict::Holds | Verdict::Seems)
        };
        self.rates.iter().rev().find(holds)
    }

    fn verdict(&self, rate: &Rate) -> Verdict {
        let majority = self.spec.repeats / 2 + 1;
        let held = rate.outcomes.iter().filter(|o| **o == Outcome::Held).count();
        let failed = rate.outcomes.len() - held;
        if held >= majority {
            Verdict::Holds
        } else if failed >= majority || rate.outcomes.len() >= self.spec.repeats {
            Verdict::Fails
        } else if failed == 0 {
            Verdict::Seems
        } else {
            Verdict::Contested
        }
    }
}

fn rounded(rate: f64) -> f64 {
    let digits = DIGITS - 1 - libm::floor(libm::log10(rate)) as i32;
    let unit = libm::pow(10.0, f64::from(digits));
    libm::round(rate * unit) / unit
}

#[cfg(test)]
mod tests;
