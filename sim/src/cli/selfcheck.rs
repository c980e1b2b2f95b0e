//! `sim selfcheck`.

use super::common::{Failure, failed, find, print};
use sim::scenarios::{Entry, SCENARIOS};
use sim::selfcheck;
use std::collections::BTreeSet;
use world::Seed;

#[derive(clap::Args)]
pub(super) struct Args {
    /// The scenario; all of them if not given
    #[arg(long)]
    scenario: Option<String>,
    /// How many seeds, from 1 on
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    seeds: u64,
}

pub(super) fn selfcheck(args: &Args) -> Result<u8, Failure> {
    let sim =
        std::env::current_exe().map_err(|error| failed(format!("find this program's file: {error}")))?;
    let mut good = true;
    let chosen = args.scenario.as_deref().map(find).transpose()?;
    for entry in SCENARIOS
        .iter()
        .filter(|entry| chosen.is_none_or(|chosen| chosen.name == entry.name))
    {
        let mut hashes = BTreeSet::new();
        for seed in (1..=args.seeds).map(Seed) {
            let checked = selfcheck::check(entry, seed, &sim).map_err(failed)?;
            print(&checked_line(entry, &checked))?;
            good &= checked.is_good();
            if !hashes.insert(checked.hash) {
                print(&format!(
                    "{} seed {seed}: same trace as another seed's\n",
                    entry.name
                ))?;
                good = false;
            }
        }
    }
    print(if good {
        "every seed gave one trace, and each its own\n"
    } else {
        "NOT deterministic\n"
    })?;
    Ok(if good { 0 } else { 3 })
}

fn checked_line(entry: &Entry, checked: &selfcheck::Checked) -> String {
    let mut line = format!(
        "{} seed {}: sha256 {}, {} events, run {}, {:.0} simulated requests per CPU-second",
        entry.name,
        checked.seed,
        checked.hash,
        checked.events,
        checked.verdict.name(),
        checked.requests_per_cpu_second
    );
    for (which, difference) in &checked.differences {
        let end = "(the trace ends)";
        line.push_str(&format!(
            "\n  DIFFERS {which} after {} equal events\n    here  {}\n    there {}",
            difference.same,
            difference.left.as_deref().unwrap_or(end),
            difference.right.as_deref().unwrap_or(end)
        ));
    }
    line.push('\n');
    line
}
