//! `sim show` and `sim diff`: traces as text.

use super::common::{Failure, failed, print};
use sim::trace::{DecodeError, Reader, Renderer, first_difference};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub(super) struct ShowArgs {
    file: PathBuf,
}

#[derive(clap::Args)]
pub(super) struct DiffArgs {
    left: PathBuf,
    right: PathBuf,
}

pub(super) fn show(args: &ShowArgs) -> Result<u8, Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut renderer = Renderer::default();
    for record in Reader::new(open(&args.file)?).map_err(failed)? {
        let line = renderer.line(&record.map_err(failed)?);
        writeln!(out, "{line}").map_err(|error| failed(format!("print: {error}")))?;
    }
    out.flush().map_err(|error| failed(format!("print: {error}")))?;
    Ok(0)
}

pub(super) fn diff(args: &DiffArgs) -> Result<u8, Failure> {
    let decode = |error: DecodeError| failed(error);
    let (left, right) = (open(&args.left)?, open(&args.right)?);
    let Some(difference) = first_difference(left, right).map_err(decode)? else {
        print("the traces are equal\n")?;
        return Ok(0);
    };
    print(&format!("{difference}\n"))?;
    Ok(3)
}

fn open(path: &Path) -> Result<BufReader<File>, Failure> {
    let file = File::open(path).map_err(|error| failed(format!("read {}: {error}", path.display())))?;
    Ok(BufReader::new(file))
}
