//! The forms that a result is written in once it is there.

use super::exit::{COULD_NOT_RUN, Refusal};
use clap::ValueEnum;
use loadgen::{Document, Log, Unit, hgrm, hlog, log_text, openmetrics, series_csv, text};
use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// Everything, exactly: what merge, compare and report read
    Json,
    /// The time series
    Csv,
    /// For Prometheus and its relatives
    Openmetrics,
    /// Response time by percentile, for HdrHistogram's plotter
    Hgrm,
    /// All histograms as an HdrHistogram V2 interval log
    Hlog,
}

impl Form {
    pub(super) fn document(self, document: &Document, colours: bool) -> Result<Vec<u8>, Refusal> {
        let recording = &document.recording;
        Ok(match self {
            Self::Text => text::render(document, text::Style { colours }).into_bytes(),
            Self::Json => json(document)?,
            Self::Csv => match &recording.series {
                Some(series) => series_csv(series).into_bytes(),
                None => return Err(lacks("the result has no time series, so there is no CSV of it")),
            },
            Self::Openmetrics => openmetrics(document).into_bytes(),
            Self::Hgrm => hgrm(&recording.response).into_bytes(),
            Self::Hlog => interval_log(document)?,
        })
    }

    pub(super) fn log(self, log: &Log) -> Result<Vec<u8>, Refusal> {
        Ok(match self {
            Self::Text => log_text::text(log).into_bytes(),
            Self::Csv => log_text::csv(log).into_bytes(),
            Self::Hgrm => hgrm(&log.response).into_bytes(),
            Self::Hlog => {
                let mut bytes = Vec::new();
                log.write(&mut bytes)
                    .map_err(|e| Refusal::failed("write the log", e))?;
                bytes
            }
            Self::Json | Self::Openmetrics => {
                return Err(lacks(
                    "an interval log holds histograms alone: text, csv, hgrm and hlog can be made of it",
                ));
            }
        })
    }
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, Refusal> {
    let mut bytes = serde_json::to_vec_pretty(value).map_err(|e| Refusal::failed("write JSON", e))?;
    bytes.push(b'\n');
    Ok(bytes)
}

pub(super) fn interval_log(document: &Document) -> Result<Vec<u8>, Refusal> {
    let started = Duration::try_from_secs_f64(document.run.started_unix_s).unwrap_or_default();
    let mut bytes = Vec::new();
    hlog::write(&mut bytes, started, &document.recording).map_err(|e| Refusal::failed("write the log", e))?;
    Ok(bytes)
}

/// To a file, or to standard output.
pub(super) fn emit(output: Option<&Path>, bytes: &[u8]) -> Result<(), Refusal> {
    let (name, result) = match output {
        Some(path) => {
            let written = File::create(path).and_then(|mut file| file.write_all(bytes));
            (path.display().to_string(), written)
        }
        None => ("standard output".into(), io::stdout().write_all(bytes)),
    };
    result.map_err(|error| Refusal::failed(&format!("write {name}"), error))
}

/// Colours go to a terminal that has not declined them.
pub(super) fn colours(output: Option<&Path>) -> bool {
    output.is_none() && io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none()
}

/// `--unit`, as typed.
pub(super) fn unit(text: Option<&str>, errors: &mut Vec<String>) -> Option<Unit> {
    let parsed = text?.parse();
    parsed
        .map_err(|error| errors.push(format!("--unit: {error}")))
        .ok()
}

fn lacks(what: &str) -> Refusal {
    Refusal::new(COULD_NOT_RUN, vec![format!("write it: {what}")])
}
