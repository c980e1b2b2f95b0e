//! `sim picture` and `sim perfetto`: trace files for the eye.

use super::common::{Failure, distinct, failed, usage};
use sim::narrate::{Options, narrate};
use sim::perfetto::export;
use sim::picture::{draw, page};
use sim::story::Source;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    file: PathBuf,
    /// Where to: an SVG for each simulation of the trace if it ends in .svg, one page with all of them if in .html
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct PerfettoArgs {
    file: PathBuf,
    /// Where to; ui.perfetto.dev and chrome://tracing open it
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn perfetto(args: &PerfettoArgs) -> Result<u8, Failure> {
    distinct(&[("the trace", Some(&args.file)), ("--output", Some(&args.output))])?;
    events(&Source::File(args.file.clone()), &args.output)?;
    Ok(0)
}

/// Writes the trace in Chrome's trace event format.
pub(super) fn events(source: &Source, path: &Path) -> Result<(), Failure> {
    let cannot = |error| failed(format!("write {}: {error}", path.display()));
    let mut out = BufWriter::new(File::create(path).map_err(cannot)?);
    export(source, &mut out).map_err(failed)?;
    out.flush().map_err(cannot)?;
    wrote(path);
    Ok(())
}

pub(super) fn picture(args: &Args) -> Result<u8, Failure> {
    distinct(&[("the trace", Some(&args.file)), ("--output", Some(&args.output))])?;
    let source = Source::File(args.file.clone());
    match args.output.extension().and_then(|extension| extension.to_str()) {
        Some("svg") => svg(&source, &args.output)?,
        Some("html") => html(&source, &args.output)?,
        _ => {
            return Err(usage(format!(
                "--output {}: it must end in .svg or .html",
                args.output.display()
            )));
        }
    }
    Ok(0)
}

/// One file for each simulation: the name as given if there is one, numbered before its extension otherwise.
pub(super) fn svg(source: &Source, path: &Path) -> Result<(), Failure> {
    let pictures = draw(source).map_err(failed)?;
    for (index, picture) in pictures.iter().enumerate() {
        let path = match pictures.len() {
            1 => path.to_owned(),
            _ => path.with_extension(format!("{}.svg", index + 1)),
        };
        write(&path, &picture.svg.standalone())?;
    }
    Ok(())
}

pub(super) fn html(source: &Source, path: &Path) -> Result<(), Failure> {
    let mut story = Vec::new();
    narrate(source, &Options::default(), &mut story).map_err(failed)?;
    let text = page(source, &String::from_utf8_lossy(&story)).map_err(failed)?;
    write(path, &text)
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| failed(format!("write {}: {error}", path.display())))?;
    wrote(path);
    Ok(())
}

/// On standard error: standard output is the report.
fn wrote(path: &Path) {
    eprintln!("sim: wrote {}", path.display());
}
