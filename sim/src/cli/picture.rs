//! `sim picture` and `sim perfetto`: trace files for the eye.

use super::common::{Failure, failed, print, usage};
use sim::narrate::{Options, narrate};
use sim::picture::{draw, page};
use sim::story::Source;
use std::fs;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct Args {
    file: PathBuf,
    /// Where to: an SVG for each simulation of the trace if it ends in .svg, one page with all of them if in .html
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
}

pub(super) fn picture(args: &Args) -> Result<u8, Failure> {
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
    print(&format!("wrote {}\n", path.display()))
}
