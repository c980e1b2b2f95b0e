//! Latency histograms of the rounds, as HdrHistogram logs: one file per way, one line per round.

use crate::failure::Failure;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// The load generator's tag for latency from the intended send time.
const RESPONSE: &str = "response";

/// Tag of our own lines, before the number.
const ROUND: &str = "round-";

const HEADER: &str = "#[Response time from the intended send time in ns; one line per round, named by its tag]\n\
                      #[Histogram log format version 1.2]\n";

fn path(directory: &Path, way: &str) -> PathBuf {
    directory.join(format!("{}.hlog", way))
}

/// Adds what the load generator logged of a round.
pub(in crate::exp) fn append(directory: &Path, way: &str, round: u32, log: &Path) -> Result<(), Failure> {
    let target = path(directory, way);
    let text = std::fs::read_to_string(log).map_err(|e| Failure::io("read", log, e))?;
    let line = response_line(&text)
        .ok_or_else(|| Failure::run(format!("find response times in {}", log.display())))?;
    let mut whole = std::fs::read_to_string(&target).unwrap_or_else(|_| HEADER.to_owned());
    // writing to a String cannot fail
    let _ = writeln!(whole, "Tag={ROUND}{round},{line}");
    std::fs::write(&target, whole).map_err(|e| Failure::io("write", &target, e))
}

/// The line of the whole run, without its tag.
fn response_line(log: &str) -> Option<&str> {
    log.lines().find_map(|line| {
        line.strip_prefix("Tag=")?
            .strip_prefix(RESPONSE)?
            .strip_prefix(',')
    })
}

/// `rounds` of `way` in one histogram (ns); `None` where the way was not run.
pub(in crate::exp) fn read(
    directory: &Path,
    way: &str,
    rounds: &[u32],
) -> Result<Option<Histogram<u64>>, Failure> {
    let path = path(directory, way);
    let Ok(text) = std::fs::read(&path) else {
        return Ok(None);
    };
    let fail = |why: String| Failure::run(format!("read {}: {why}", path.display()));
    let mut whole: Option<Histogram<u64>> = None;
    for entry in IntervalLogIterator::new(&text) {
        let LogEntry::Interval(line) = entry.map_err(|e| fail(format!("{e:?}")))? else {
            continue;
        };
        let wanted = |tag: &str| {
            tag.strip_prefix(ROUND)
                .is_some_and(|n| rounds.iter().any(|r| r.to_string() == n))
        };
        if !line.tag().is_some_and(|tag| wanted(tag.as_str())) {
            continue;
        }
        let mut round: Histogram<u64> = decode(line.encoded_histogram()).map_err(fail)?;
        match &mut whole {
            Some(whole) => whole.add(&round).map_err(|e| fail(e.to_string()))?,
            None => {
                // rounds to come may reach further than this one
                round.auto(true);
                whole = Some(round);
            }
        }
    }
    Ok(whole)
}

fn decode(encoded: &str) -> Result<Histogram<u64>, String> {
    let bytes = BASE64.decode(encoded).map_err(|e| e.to_string())?;
    Deserializer::new()
        .deserialize(&mut bytes.as_slice())
        .map_err(|e| e.to_string())
}
