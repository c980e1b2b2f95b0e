//! What the engine costs, in instructions: the figure that a busy machine cannot blur, held against a committed table.
//!
//! ```text
//! just bench                   count every case and compare with benches/instructions.csv
//! just bench parse/request     only the cases whose names contain this
//! just bench --bless           count, and write what was counted into the table
//! ```
//!
//! A case that takes more than its row's tolerance above its row fails the run; one that takes as much less says so, and
//! asks for the better figure to be kept. Rows without a case and cases without a row fail. Yardsticks (httparse on the
//! same heads) are printed and never judged: they check less, and choose their code by the processor.
//!
//! **How it counts.** This program starts itself under valgrind's cachegrind, without its cache simulation, twice for each
//! case, for different numbers of rounds. The difference of both totals, divided by that of the rounds, is the figure:
//! start-up, set-up and first growth of buffers are in both and vanish. The C library's copies are held to those that every
//! x86-64 has, so that processors agree too. Built with the profile that ships (`dist`: one code unit, so that code that is
//! elsewhere does not move what is inlined here); the table says for which compiler, and counts of another may differ.
//!
//! It is no iai-callgrind or gungraun, because these keep what they compare with in `target`, not in the repository, and
//! need a runner of exactly their version, which takes longer to build than all of this takes to run.
//!
//! Without valgrind, or on another architecture than the table's, nothing is judged: that is success, unless `CI` is set.
//! `cargo test` starts this program too, without cargo's `--bench`: then every case runs once for what it asserts.

mod cases;
mod count;
mod table;

use cases::{CASES, Case};
use std::ffi::OsString;
use std::process::ExitCode;
use table::{Row, Table, Verdict};

/// Says of a child which case it is, and for how many rounds.
const CHILD: &str = "--rounds";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    if let [CHILD, rounds, name] = words[..] {
        return child(name, rounds);
    }
    if !words.contains(&"--bench") {
        // a runner that asks for a list of tests wants nothing else
        if !words.contains(&"--list") {
            rehearse();
        }
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = words
        .iter()
        .find(|word| word.starts_with('-') && !["--bench", "--bless"].contains(word))
    {
        eprintln!("{unknown} is not known; there is --bless, and parts of names");
        return ExitCode::FAILURE;
    }
    let parts: Vec<&str> = words
        .iter()
        .copied()
        .filter(|word| !word.starts_with('-'))
        .collect();
    let chosen: Vec<&Case> = CASES
        .iter()
        .filter(|case| parts.is_empty() || parts.iter().any(|part| case.name.contains(part)))
        .collect();
    match run(&chosen, words.contains(&"--bless"), parts.is_empty()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("failed to {error}");
            ExitCode::FAILURE
        }
    }
}

/// What runs under valgrind.
fn child(name: &str, rounds: &str) -> ExitCode {
    let case = CASES.iter().find(|case| case.name == name);
    let (Some(case), Ok(rounds)) = (case, rounds.parse()) else {
        eprintln!("no case {name}, or no number of rounds: {rounds}");
        return ExitCode::FAILURE;
    };
    (case.run)(rounds);
    ExitCode::SUCCESS
}

/// Every case once, and what judges them.
fn rehearse() {
    table::check();
    count::check();
    for (i, case) in CASES.iter().enumerate() {
        assert!(
            CASES[..i].iter().all(|other| other.name != case.name),
            "two cases are {}",
            case.name
        );
        (case.run)(1);
    }
    println!("{} cases ran once; `just bench` counts them", CASES.len());
}

/// Whether all is well. `whole` runs know every case, so they can tell which rows are left over.
fn run(cases: &[&Case], bless: bool, whole: bool) -> Result<bool, String> {
    let here = count::Bench::here()?;
    let old = Table::read()?;
    if let Some(why) = here.obstacle(&old.counted_with, bless) {
        println!("skipped: {why}");
        return Ok(std::env::var_os("CI").is_none_or(|ci| ci.is_empty()));
    }
    let counts = count::all(cases)?;
    if bless {
        let new = old.blessed(here.to_string(), cases, &counts, whole);
        new.write()?;
    } else if !old.is_counted_with(&here) {
        println!(
            "the table was counted with {}\nthis is             {here}",
            old.counted_with
        );
        println!("differences may be the compiler's doing\n");
    }
    let mut failed = Vec::new();
    println!("{:<28} {:>12} {:>12} {:>8}", "case", "table", "now", "change");
    for (case, now) in cases.iter().zip(&counts) {
        let row = old.row(case.name);
        println!("{}", line(case, row, *now, bless));
        let verdict = Verdict::of(row, *now);
        if case.judged && !bless && verdict.fails() {
            failed.push(verdict.text(case.name, row, *now));
        }
    }
    if whole && !bless {
        failed.extend(
            old.left_over()
                .map(|name| format!("{name}: a row, but no case; bless")),
        );
    }
    for text in &failed {
        eprintln!("FAILED {text}");
    }
    Ok(failed.is_empty())
}

fn line(case: &Case, row: Option<&Row>, now: u64, bless: bool) -> String {
    let Some(row) = row else {
        let note = if case.judged { "new" } else { "yardstick" };
        return format!("{:<28} {:>12} {now:>12} {note:>9}", case.name, "");
    };
    let change = 100.0 * (now as f64 - row.instructions as f64) / row.instructions.max(1) as f64;
    let note = match Verdict::of(Some(row), now) {
        _ if bless => "",
        Verdict::Better => "  better: keep it with `just bench --bless`",
        Verdict::Worse => "  worse",
        Verdict::Same | Verdict::Unknown => "",
    };
    format!(
        "{:<28} {:>12} {now:>12} {change:>+7.1} %{note}",
        case.name, row.instructions
    )
}

/// The arguments of a child.
fn child_args(case: &Case, rounds: u32) -> [OsString; 3] {
    [CHILD.into(), rounds.to_string().into(), case.name.into()]
}
