//! `loadgen merge`: results of many generators into one.

use super::exit::{BROKEN, COULD_NOT_RUN, INVALID, Refusal};
use super::form::{self, Form};
use loadgen::{Document, Loaded, Log, load, merge_documents, merge_logs};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Each is a few megabytes in memory.
const FILES_MAX: usize = 1_024;

pub(super) const HELP: &str = "\
Results are merged exactly: every histogram and count is the sum. They have to belong together, as the shards of one
run (--shard 0/3, 1/3, 2/3) or one job repeated. The sum is judged again, as one run.

Examples:
  Three machines ran one schedule:
    loadgen merge a.json b.json c.json
  The sum as a result of its own, and as an HdrHistogram log:
    loadgen merge a.json b.json --format json -o sum.json --hlog sum.hlog
  Interval logs of any tool:
    loadgen merge a.hlog b.hlog -o sum.hlog

Exit codes:
  0    merged
  1    could not read, write, or they do not belong together
  2    wrong usage
  3    the sum breaks a service level that the results were held to
  4    the sum is INVALID (see --allow-invalid)";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Results (JSON), or HdrHistogram interval logs
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What to write [default: text; of logs: hlog]
    #[arg(long, value_enum)]
    format: Option<Form>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write the histograms as an HdrHistogram V2 interval log too
    #[arg(long, value_name = "FILE")]
    hlog: Option<PathBuf>,
    /// Merge results of different jobs all the same
    #[arg(long)]
    force: bool,
    /// Exit 0 although the sum is INVALID
    #[arg(long)]
    allow_invalid: bool,
    /// Of the values of another tool's logs: ns, us or ms [default: ns]
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<u8, Refusal> {
    let mut errors = Vec::new();
    let unit = form::unit(args.unit.as_deref(), &mut errors);
    if args.files.len() > FILES_MAX {
        errors.push(format!(
            "FILE: {FILES_MAX} results are the most: merge sums of them"
        ));
    }
    if !errors.is_empty() {
        return Err(Refusal::usage(&errors));
    }
    let (mut documents, mut logs) = (Vec::new(), Vec::new());
    let mut seen = BTreeMap::new();
    for path in &args.files {
        let name = path.display().to_string();
        let real = path.canonicalize().unwrap_or_else(|_| path.clone());
        if let Some(before) = seen.insert(real, name.clone()) {
            errors.push(format!(
                "merge: {name} is the same file as {before}: name each once"
            ));
            continue;
        }
        match load(path, unit) {
            Ok(Loaded::Document(document)) => documents.push((name, *document)),
            Ok(Loaded::Log(log)) => logs.push(log),
            Err(error) => errors.push(error),
        }
    }
    if !documents.is_empty() && !logs.is_empty() {
        errors.push("merge: some are results and some are interval logs: merge each kind by itself".into());
    }
    if !errors.is_empty() {
        return Err(Refusal::new(COULD_NOT_RUN, errors));
    }
    match documents.is_empty() {
        true => sum_of_logs(args, logs),
        false => sum_of_documents(args, documents),
    }
}

fn sum_of_documents(args: &Args, documents: Vec<(String, Document)>) -> Result<u8, Refusal> {
    let names: Vec<&str> = documents.iter().map(|(name, _)| name.as_str()).collect();
    let command = shlex::try_join(["loadgen", "merge"].into_iter().chain(names))
        .map_err(|e| Refusal::failed("name the files", e))?;
    let merged = merge_documents(documents, command, args.force)
        .map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
    warn(&merged.warnings);
    let document = &merged.document;
    let output = args.output.as_deref();
    let form = args.format.unwrap_or(Form::Text);
    form::emit(output, &form.document(document, form::colours(output))?)?;
    if let Some(path) = &args.hlog {
        form::emit(Some(path), &form::interval_log(document)?)?;
    }
    Ok(
        match (document.report.valid || args.allow_invalid, document.slos_hold()) {
            (false, _) => INVALID,
            (true, false) => BROKEN,
            (true, true) => 0,
        },
    )
}

fn sum_of_logs(args: &Args, logs: Vec<Log>) -> Result<u8, Refusal> {
    let (sum, warnings) = merge_logs(logs).map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
    warn(&warnings);
    let form = args.format.unwrap_or(Form::Hlog);
    form::emit(args.output.as_deref(), &form.log(&sum)?)?;
    if let Some(path) = &args.hlog {
        form::emit(Some(path), &Form::Hlog.log(&sum)?)?;
    }
    Ok(0)
}

fn warn(warnings: &[String]) {
    for warning in warnings {
        eprintln!("loadgen: warning: {warning}");
    }
}
