//! `loadgen report`: every form of output again, from a result.

use super::exit::{BROKEN, COULD_NOT_RUN, INVALID, Refusal};
use super::form::{self, Form};
use loadgen::{Loaded, Slo, load};
use std::path::PathBuf;

pub(super) const HELP: &str = "\
Examples:
  The same text that the run printed:
    loadgen report run.json
  Hold an old result to a new service level, in a pipeline:
    loadgen report run.json --slo 'p99<50ms' --slo 'errors<0.1%'
  For HdrHistogram's plotter; a log of YCSB, which counts microseconds:
    loadgen report run.json --format hgrm -o run.hgrm
    loadgen report ycsb.hlog --unit us

Exit codes:
  0    written; with --slo, every level is kept
  1    could not read or write
  2    wrong usage
  3    a level of --slo is broken
  4    with --slo, and the result is INVALID: nothing was shown (see --allow-invalid)";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// A result (JSON), or an HdrHistogram interval log
    file: PathBuf,
    /// What to write
    #[arg(long, value_enum, default_value = "text")]
    format: Form,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Judge by this level, repeatable, instead of those the run was judged by: 'p99<50ms', 'errors<0.1%'
    #[arg(long, value_name = "LEVEL")]
    slo: Vec<String>,
    /// Exit by the levels although the result is INVALID
    #[arg(long)]
    allow_invalid: bool,
    /// Of the values of another tool's log: ns, us or ms [default: ns]
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<u8, Refusal> {
    let mut errors = Vec::new();
    let slos = levels(&args.slo, &mut errors);
    let unit = form::unit(args.unit.as_deref(), &mut errors);
    if !errors.is_empty() {
        return Err(Refusal::usage(&errors));
    }
    let loaded = load(&args.file, unit).map_err(|error| Refusal::new(COULD_NOT_RUN, vec![error]))?;
    let output = args.output.as_deref();
    let mut document = match loaded {
        Loaded::Document(document) => document,
        Loaded::Log(log) if slos.is_empty() => {
            form::emit(output, &args.format.log(&log)?)?;
            return Ok(0);
        }
        Loaded::Log(_) => {
            let error = "judge the log: it counts no errors and has no warm-up; judge the result in JSON";
            return Err(Refusal::new(COULD_NOT_RUN, vec![error.into()]));
        }
    };
    if !slos.is_empty() {
        document.slos = slos.iter().map(|slo| slo.judge(&document.recording)).collect();
    }
    form::emit(output, &args.format.document(&document, form::colours(output))?)?;
    Ok(
        match (
            slos.is_empty(),
            document.report.valid || args.allow_invalid,
            document.slos_hold(),
        ) {
            (true, ..) | (false, true, true) => 0,
            (false, false, _) => INVALID,
            (false, true, false) => BROKEN,
        },
    )
}

/// `--slo`, as typed; every error at once.
pub(super) fn levels(texts: &[String], errors: &mut Vec<String>) -> Vec<Slo> {
    let mut parse = |text: &String| {
        let slo = text.parse::<Slo>();
        slo.map_err(|error| errors.push(format!("--slo: {error}"))).ok()
    };
    texts.iter().filter_map(&mut parse).collect()
}
