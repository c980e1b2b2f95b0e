//! What such a program does with its cases: counts them, holds them against the table, or runs each once.
//!
//! `main.rs` says how; it and `cases` are a crate's own, the rest is shared by path.

use crate::cases::{CASES, Case};
use crate::count;
use crate::table::{self, Row, Table, Verdict};
use std::ffi::OsString;
use std::process::ExitCode;

/// Says of a child which case it is, and for how many rounds.
const CHILD: &str = "--rounds";

pub(crate) fn main() -> ExitCode {
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
pub(crate) fn child_args(case: &Case, rounds: u32) -> [OsString; 3] {
    [CHILD.into(), rounds.to_string().into(), case.name.into()]
}
