//! `sim golden`: compares the traces that are kept in the repository, or accepts what is new.

use super::common::{Failure, failed, print};
use sim::golden::GOLDEN;
use std::path::PathBuf;

#[derive(clap::Args)]
pub(super) struct Args {
    /// Keep what the scenarios do now, in place of what was kept
    #[arg(long)]
    accept: bool,
    /// Where they are kept
    #[arg(long, default_value = "sim/tests/golden")]
    directory: PathBuf,
}

pub(super) fn golden(args: &Args) -> Result<u8, Failure> {
    let mut same = true;
    for golden in GOLDEN {
        let file = golden.file();
        if args.accept {
            let bytes = golden.accept(&args.directory).map_err(failed)?;
            print(&format!("{file}: kept, {bytes} bytes\n"))?;
            continue;
        }
        match golden.check(&args.directory).map_err(failed)? {
            None => print(&format!("{file}: the same\n"))?,
            Some(difference) => {
                same = false;
                print(&format!("{file}: DIFFERS\n{difference}\n"))?;
            }
        }
    }
    if !same {
        print("if that was meant: cargo run --release -p sim -- golden --accept\n")?;
    }
    Ok(if same { 0 } else { 3 })
}
