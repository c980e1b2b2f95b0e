//! Results for people.

use super::done::{Ending, Failure};
use super::results::{Counts, Results, Swept};
use crate::coverage;
use crate::document::arguments;
use std::fmt::Write as _;

/// The whole report, ending in a line feed.
pub fn text(results: &Results) -> String {
    let mut out = String::new();
    // a string takes everything
    let _ = writeln!(out, "sweep     {}", described(results));
    failures(&mut out, results);
    scenarios(&mut out, results);
    oracles(&mut out, results);
    let _ = writeln!(
        out,
        "\nfaults that began while the gateway was in a state, several at once"
    );
    out.push_str(&coverage::table(&results.coverage));
    let total = results.total();
    let _ = writeln!(
        out,
        "\ndigest    {} of all {} traces",
        results.digest,
        total.runs()
    );
    let _ = writeln!(out, "speed     {}", speed(results, &total));
    let missing = results.shards.missing();
    if !missing.is_empty() {
        let of = results.shards.of;
        let missing: Vec<_> = missing.iter().map(|shard| format!("{shard}/{of}")).collect();
        let _ = writeln!(out, "missing   shards {}", missing.join(", "));
    }
    let _ = writeln!(
        out,
        "verdict   {} ({} of {} runs), exit code {}",
        results.ending().name(),
        total.of(results.ending()),
        total.runs(),
        results.exit_code()
    );
    out
}

/// What failed, and the lines that play it again and, where that can be, make it small. Ends in a line feed.
pub fn failure_text(failure: &Failure, swept: &Swept) -> String {
    let Failure {
        scenario,
        seed,
        ending,
        variant,
        by,
        what,
    } = failure;
    let variant = variant.as_ref().map_or(String::new(), |name| format!(", {name}"));
    let rest = arguments(scenario, *seed, &swept.set, swept.plant.as_deref());
    let mut text = format!(
        "{} {scenario} seed {seed}{variant}\n  {by}: {what}\n  replay  sim run {rest}\n",
        shouted(*ending),
    );
    if ending.shrinks() {
        text.push_str(&format!("  shrink  sim shrink {rest}\n"));
    }
    text
}

fn shouted(ending: Ending) -> String {
    match ending {
        Ending::Crashed => format!("CRASHED ({})", ending.exit_code()),
        ending => ending.name().to_uppercase(),
    }
}

fn described(results: &Results) -> String {
    let Swept {
        scenarios,
        seeds_from,
        seeds_to,
        set,
        plant,
        ..
    } = &results.swept;
    let mut words = format!("{}, seeds {seeds_from}..{seeds_to}", scenarios.join(", "));
    if !set.is_empty() {
        words.push_str(&format!(", set {}", set.join(" ")));
    }
    if let Some(bug) = plant {
        words.push_str(&format!(", bug planted: {bug}"));
    }
    let shards = &results.shards;
    if shards.of > 1 {
        let have: Vec<_> = shards.have.iter().map(ToString::to_string).collect();
        words.push_str(&format!(", shards {} of {}", have.join(", "), shards.of));
    }
    words
}

fn failures(out: &mut String, results: &Results) {
    let failed = results.total().failed();
    if failed == 0 {
        return;
    }
    out.push('\n');
    for failure in &results.failures {
        out.push_str(&failure_text(failure, &results.swept));
    }
    let more = failed.saturating_sub(results.failures.len() as u64);
    if more > 0 {
        let _ = writeln!(out, "and {more} more that failed, which are counted only");
    }
}

fn scenarios(out: &mut String, results: &Results) {
    let title = "scenario";
    let names = results.scenarios.keys().map(String::len);
    let left = names.chain([title.len()]).max().unwrap_or_default();
    let _ = write!(out, "\n{title:left$}  {:>8}", "seeds");
    for ending in Ending::ALL {
        let _ = write!(
            out,
            "  {:>width$}",
            ending.name(),
            width = ending.name().len().max(6)
        );
    }
    let _ = writeln!(out, "  {:>12}", "requests");
    let mut row = |name: &str, counts: &Counts| {
        let _ = write!(out, "{name:left$}  {:>8}", counts.runs());
        for ending in Ending::ALL {
            let width = ending.name().len().max(6);
            let _ = write!(out, "  {:>width$}", counts.of(ending));
        }
        let _ = writeln!(out, "  {:>12}", counts.requests);
    };
    for (name, counts) in &results.scenarios {
        row(name, counts);
    }
    if results.scenarios.len() > 1 {
        row("all", &results.total());
    }
}

fn oracles(out: &mut String, results: &Results) {
    let title = "oracle";
    let names = results.oracles.keys().map(String::len);
    let left = names.chain([title.len()]).max().unwrap_or_default();
    let _ = writeln!(
        out,
        "\n{title:left$}  {:>12}  {:>10}  {:>14}",
        "looked at", "violations", "in simulations"
    );
    for (name, looked) in &results.oracles {
        let _ = write!(
            out,
            "{name:left$}  {:>12}  {:>10}  {:>14}",
            looked.looked_at, looked.violations, looked.violated
        );
        out.push_str(match looked.looked_at {
            0 => "  HOLE: it looked at nothing in the whole sweep\n",
            _ => "\n",
        });
    }
}

fn speed(results: &Results, total: &Counts) -> String {
    let times = &results.times;
    let [wall, cpu] = [times.wall_us, times.cpu_us].map(|us| us as f64 / 1e6);
    format!(
        "{:.0} simulated requests per CPU-second: {} in {cpu:.1} CPU-s; {wall:.1} s of wall time, {:.2} cores used by {} threads",
        total.requests as f64 / cpu.max(1e-6),
        total.requests,
        cpu / wall.max(1e-6),
        times.jobs
    )
}
