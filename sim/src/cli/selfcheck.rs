//! `sim selfcheck`.

use super::common::{Failure, Jobs, failed, find, print};
use scenarios::{Entry, SCENARIOS};
use sim::selfcheck::{self, Build, Checked, PLANTED, Planted, SEEDS_MAX};
use std::collections::BTreeSet;
use std::path::PathBuf;
use world::Seed;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The scenario whose determinism is checked; all of them if not given
    #[arg(long)]
    scenario: Option<String>,
    /// How many seeds of each, from 1 on
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,
    /// Another build of this program to compare with; otherwise the debug build beside this one, or the release one
    #[arg(long, value_name = "FILE")]
    other: Option<PathBuf>,
    /// Of each planted bug, play the seed that is known to show it, and no others
    #[arg(long)]
    quick: bool,
    /// Check this planted bug, and nothing else; may be given several times
    #[arg(long, value_name = "BUG", value_parser = planted_bug)]
    bug: Vec<&'static Planted>,
    #[command(flatten)]
    jobs: Jobs,
}

fn planted_bug(name: &str) -> Result<&'static Planted, String> {
    PLANTED.iter().find(|row| row.bug.name() == name).ok_or_else(|| {
        let known: Vec<_> = PLANTED.iter().map(|row| row.bug.name()).collect();
        format!("there is no such bug; there are: {}", known.join(", "))
    })
}

pub(super) fn selfcheck(args: &Args) -> Result<u8, Failure> {
    let mut good = true;
    if args.bug.is_empty() {
        good &= determinism(args)?;
    }
    good &= planted(args)?;
    print(if good {
        "selfcheck: good\n"
    } else {
        "selfcheck: FAILED\n"
    })?;
    Ok(if good { 0 } else { 3 })
}

fn determinism(args: &Args) -> Result<bool, Failure> {
    let this =
        std::env::current_exe().map_err(|error| failed(format!("find this program's file: {error}")))?;
    let mut builds = vec![Build {
        name: "in another process".into(),
        file: this.clone(),
    }];
    let mut found = Found {
        same: true,
        complete: true,
        crashed: 0,
    };
    let other = args.other.as_ref().map(|file| Build {
        name: format!("in {}", file.display()),
        file: file.clone(),
    });
    match other.or_else(|| selfcheck::other_build(&this)) {
        Some(other) => builds.push(other),
        None => {
            // where everything that can be checked must be, a skip is a failure
            found.complete = std::env::var_os("CI").is_none();
            print(
                "SKIPPED: there is no build of the other profile beside this one; `cargo build -p sim` makes one\n",
            )?;
        }
    }
    let chosen = args.scenario.as_deref().map(find).transpose()?;
    for entry in SCENARIOS
        .iter()
        .filter(|entry| chosen.is_none_or(|chosen| chosen.name == entry.name))
    {
        let mut hashes = BTreeSet::new();
        for seed in (1..=args.seeds).map(Seed) {
            let checked = selfcheck::check(entry, seed, &builds).map_err(failed)?;
            print(&checked_line(entry, &checked))?;
            found.same &= checked.differences.is_empty();
            found.crashed += checked.crashed_in_flight;
            if !hashes.insert(checked.hash) {
                print(&format!(
                    "{} seed {seed}: same trace as another seed's\n",
                    entry.name
                ))?;
                found.same = false;
            }
        }
    }
    print(&found.text(&builds))?;
    Ok(found.is_good())
}

/// What came of all seeds.
struct Found {
    /// Every seed gave a trace of its own, and the same one everywhere.
    same: bool,
    /// Nothing was skipped that must not be.
    complete: bool,
    /// Hosts that were killed with requests in hand.
    crashed: usize,
}

impl Found {
    fn is_good(&self) -> bool {
        self.same && self.complete && self.crashed > 0
    }

    fn text(&self, builds: &[Build]) -> String {
        let how = if self.same {
            "every seed gave one trace"
        } else {
            "NOT deterministic"
        };
        let names: Vec<_> = builds.iter().map(|build| build.name.as_str()).collect();
        let mut text = format!(
            "{how}: again in this process, {}; {} hosts were killed with requests in hand\n",
            names.join(", "),
            self.crashed
        );
        if !self.complete {
            text.push_str("NOT COMPLETE: with CI set every build must be there\n");
        }
        if self.crashed == 0 {
            text.push_str("NOTHING SHOWN: in no run a host was killed with requests in hand\n");
        }
        text
    }
}

fn checked_line(entry: &Entry, checked: &Checked) -> String {
    let mut line = format!(
        "{} seed {}: sha256 {}, {} events, run {}, {:.0} simulated requests per CPU-second\n",
        entry.name,
        checked.seed,
        checked.hash,
        checked.events,
        checked.verdict.name(),
        checked.requests_per_cpu_second
    );
    for (which, difference) in &checked.differences {
        line.push_str(&format!("DIFFERS {which}: {difference}\n"));
    }
    line
}

fn planted(args: &Args) -> Result<bool, Failure> {
    let rows: Vec<&Planted> = PLANTED
        .iter()
        .filter(|row| args.bug.is_empty() || args.bug.iter().any(|chosen| chosen.bug == row.bug))
        .collect();
    let mut missed = 0;
    print(&format!(
        "{:<24}  {:<13}  {:>5}  first violation\n",
        "planted bug", "oracle", "seeds"
    ))?;
    for row in &rows {
        let seeds = if args.quick {
            row.seed..row.seed + 1
        } else {
            0..SEEDS_MAX
        };
        let caught = selfcheck::seek(row, seeds, args.jobs.get()).map_err(failed)?;
        let (count, what) = match caught.seed {
            Some(_) => (caught.played.to_string(), caught.violation),
            None => {
                missed += 1;
                let others = match caught.others.is_empty() {
                    true => "nobody else spoke".to_owned(),
                    false => format!("others spoke: {}", caught.others.join(", ")),
                };
                (
                    "-".into(),
                    format!("NOT CAUGHT in {} seeds; {others}", caught.played),
                )
            }
        };
        print(&format!(
            "{:<24}  {:<13}  {count:>5}  {what}\n",
            row.bug.name(),
            row.oracle
        ))?;
    }
    print(&format!(
        "{} of {} planted bugs were caught\n",
        rows.len() - missed,
        rows.len()
    ))?;
    Ok(missed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: Found, good: bool, parts: [bool; 4]) {
        let text = found.text(&[]);
        assert_eq!(found.is_good(), good, "{text}");
        let titles = [
            "every seed gave one trace",
            "NOT deterministic",
            "NOT COMPLETE",
            "NOTHING SHOWN",
        ];
        assert_eq!(titles.map(|title| text.contains(title)), parts, "{text}");
    }

    #[test]
    fn what_was_skipped_is_not_what_differed() {
        let found = |same, complete, crashed| Found {
            same,
            complete,
            crashed,
        };
        check(found(true, true, 3), true, [true, false, false, false]);
        check(found(false, true, 3), false, [false, true, false, false]);
        check(found(true, false, 3), false, [true, false, true, false]);
        check(found(true, true, 0), false, [true, false, false, true]);
    }
}
