//! What `sim sweep` and `sim merge` do with results alike: print them, write them, exit by them.

use super::common::{Failure, failed, print};
use sim::sweep::{self, Results};
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

pub(super) const EXIT_CODES: &str = "Exit codes, the worst of all seeds', worst first:
  2    wrong usage, or no such scenario: nothing was played
  101  crash: a panic, which is a bug; of a seed (the sweep went on), or of this program
  3    an oracle or expectation was violated
  5    liveness lost: it did not recover in time
  1    a seed could not be played, or the results not be written
  4    invalid: a run did not show what it was to show, or there was none; shards are missing
  0    everything holds";

/// Prints the results, writes them, and says with which code to exit.
pub(super) fn give(results: &Results, out: Option<&Path>, json: bool) -> Result<u8, Failure> {
    if let Some(path) = out {
        std::fs::write(path, results.json()).map_err(|error| not_written(path, &error))?;
    }
    print(&if json {
        results.json()
    } else {
        sweep::text(results)
    })?;
    Ok(results.exit_code())
}

/// Looked at first: hours of work must not end at a file that can't be written. What is in it stays until then.
pub(super) fn writable(path: &Path) -> Result<(), Failure> {
    let opened = OpenOptions::new().append(true).create(true).open(path);
    opened.map(drop).map_err(|error| not_written(path, &error))
}

fn not_written(path: &Path, error: &io::Error) -> Failure {
    failed(format!("write the results to {}: {error}", path.display()))
}
