//! Results read back from files: documents of this tool, and interval logs of any tool of the HdrHistogram family.
//!
//! A file comes from anywhere and may be anything: it is refused with what is wrong with it, and what is believed of it
//! is kept within bounds that no real run reaches, so that sums cannot overflow later.

use super::log::{Log, UNIX_SECONDS_MAX, Unit};
use crate::record::{Counts, Recording};
use crate::report::{Document, FORMAT};
use serde::Deserialize;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// A week of seconds of widely spread latencies is a tenth of this; a larger file is a wrong one.
pub const LOAD_BYTES_MAX: u64 = 1 << 30;
/// No run counts more of anything (10 million a second for a week are 6e12), and a thousand such sums fit an integer.
const COUNT_MAX: u64 = 1 << 53;

/// A result, as far as its file tells it.
#[derive(Debug, Clone)]
pub enum Loaded {
    /// Everything about a run.
    Document(Box<Document>),
    /// Histograms alone.
    Log(Log),
}

/// What a file that is no document says of itself.
#[derive(Deserialize)]
struct Head {
    format: Option<u32>,
    recording: Option<serde::de::IgnoredAny>,
}

/// Reads a result. `unit` is that of the values of an interval log that does not tell its own.
pub fn load(path: &Path, unit: Option<Unit>) -> Result<Loaded, String> {
    let wrong = |error: String| format!("read {}: {error}", path.display());
    let file = File::open(path).map_err(|error| wrong(error.to_string()))?;
    let mut bytes = Vec::new();
    file.take(LOAD_BYTES_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wrong(error.to_string()))?;
    if bytes.len() as u64 > LOAD_BYTES_MAX {
        return Err(wrong(format!("it is longer than {} MiB", LOAD_BYTES_MAX >> 20)));
    }
    let loaded = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None => Err("it is empty".into()),
        Some(b'{' | b'[') => parse_document(&bytes).map(|document| Loaded::Document(Box::new(document))),
        Some(_) => Log::parse(&bytes, unit).map(Loaded::Log),
    };
    loaded.map_err(wrong)
}

/// Reads a document from the JSON that `run --format json` prints.
pub fn parse_document(json: &[u8]) -> Result<Document, String> {
    let document: Document = serde_json::from_slice(json).map_err(|error| unread(json, &error))?;
    if document.format != FORMAT {
        return Err(other_format(document.format));
    }
    plausible(&document)?;
    Ok(document)
}

/// Why it is no document of this format.
fn unread(json: &[u8], error: &serde_json::Error) -> String {
    match serde_json::from_slice::<Head>(json) {
        Ok(Head {
            format: Some(format), ..
        }) if format != FORMAT => other_format(format),
        Ok(Head {
            format: Some(_),
            recording: Some(_),
        }) => format!("it is a damaged result ({error})"),
        Ok(_) => "it is JSON, but no result: write one with loadgen run --format json -o FILE".into(),
        Err(_) => format!("it is no JSON ({error})"),
    }
}

fn other_format(format: u32) -> String {
    format!("it is of format {format}, and this version reads format {FORMAT}: use the version that wrote it")
}

fn plausible(document: &Document) -> Result<(), String> {
    let recording = &document.recording;
    let started = document.run.started_unix_s;
    if !(0.0..=UNIX_SECONDS_MAX).contains(&started) {
        return Err(format!("it is a damaged result (started at {started})"));
    }
    if counted(recording).any(|count| count > COUNT_MAX) {
        return Err(format!("it is a damaged result (a count above {COUNT_MAX})"));
    }
    Ok(())
}

/// Everything that merging adds up without looking; of areas in flight, seconds.
fn counted(recording: &Recording) -> impl Iterator<Item = u64> {
    let Counts {
        warmup,
        planned,
        attempted,
        sent,
        done,
        requests,
        connections,
        resumed,
        body_bytes,
        ..
    } = recording.counts;
    let kinds = recording.counts.failed.values();
    let kinds = kinds
        .chain(recording.counts.unexpected.values())
        .chain(recording.counts.statuses.values());
    let rows = recording.series.iter().flat_map(|series| series.rows());
    let rows = rows.flat_map(|row| {
        [
            row.planned,
            row.sent,
            row.done,
            row.failed,
            row.unexpected,
            row.connections,
        ]
    });
    let parts = recording
        .parts
        .iter()
        .flat_map(|part| [part.done, part.unexpected, part.failed]);
    [
        warmup,
        planned,
        attempted,
        sent,
        done,
        requests,
        connections,
        resumed,
        body_bytes,
        recording.response.len(),
        recording.service.len(),
        recording.released_for.as_secs(),
        recording.last_outcome.as_secs(),
    ]
    .into_iter()
    .chain(kinds.copied())
    .chain(rows)
    .chain(parts)
}
