//! Writing what was measured: the text or JSON, the interval log, the time series.

use super::args::Format;
use super::plan::Plan;
use super::request_log::RequestLog;
use loadgen::{Document, hgrm, hlog, openmetrics, pictures, series_csv, text};
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

type Output = (PathBuf, File);

/// The files of a run, opened before it so that an hour's measurement is not lost to a wrong path.
pub(super) struct Outputs {
    main: Option<Output>,
    hlog: Option<Output>,
    hgrm: Option<Output>,
    series: Option<Output>,
    html: Option<Output>,
    log: Option<RequestLog>,
    format: Format,
}

impl Outputs {
    pub(super) fn open(plan: &Plan) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let asked = &plan.output;
        let log = asked.log.as_deref().and_then(|path| {
            let log = RequestLog::create(path);
            log.map_err(|error| errors.push(format!("write {}: {error}", path.display())))
                .ok()
        });
        let mut open = |path: &Option<PathBuf>| {
            let path = path.as_ref()?;
            match File::create(path) {
                Ok(file) => Some((path.clone(), file)),
                Err(error) => {
                    errors.push(format!("write {}: {error}", path.display()));
                    None
                }
            }
        };
        let outputs = Self {
            main: open(&asked.output),
            hlog: open(&asked.hlog),
            hgrm: open(&asked.hgrm),
            series: open(&asked.series),
            html: open(&asked.html),
            log,
            format: asked.format,
        };
        if errors.is_empty() {
            Ok(outputs)
        } else {
            Err(errors)
        }
    }

    /// Where each request is told of while the run goes on.
    pub(super) fn log(&self) -> Option<RequestLog> {
        self.log.clone()
    }

    /// Writes everything; every error at once.
    pub(super) fn write(self, document: &Document) -> Result<(), Vec<String>> {
        let recording = &document.recording;
        let mut errors = Vec::new();
        let mut check = |path: &Path, result: io::Result<()>| {
            if let Err(error) = result {
                errors.push(format!("write {}: {error}", path.display()));
            }
        };
        if let Some((path, file)) = self.hlog {
            let mut file = BufWriter::new(file);
            let started = Duration::try_from_secs_f64(document.run.started_unix_s).unwrap_or_default();
            check(
                &path,
                hlog::write(&mut file, started, recording).and_then(|()| file.flush()),
            );
        }
        if let Some((path, mut file)) = self.html {
            let page = pictures::page(document).and_then(|page| page.html());
            let page = page.map_err(|error| io::Error::other(error.to_string()));
            check(&path, page.and_then(|page| file.write_all(page.as_bytes())));
        }
        let texts = [
            (self.hgrm, Some(hgrm(&recording.response))),
            (self.series, recording.series.as_ref().map(series_csv)),
        ];
        for ((path, mut file), text) in texts.into_iter().filter_map(|(output, text)| output.zip(text)) {
            check(&path, file.write_all(text.as_bytes()));
        }
        if let Some((path, result)) = self.log.map(RequestLog::finish) {
            check(&path, result);
        }
        let to_terminal = self.main.is_none() && io::stdout().is_terminal();
        let colours = to_terminal && std::env::var_os("NO_COLOR").is_none();
        let body = match self.format {
            Format::Text => text::render(document, text::Style { colours }),
            Format::Csv => recording.series.as_ref().map(series_csv).unwrap_or_default(),
            Format::Openmetrics => openmetrics(document),
            Format::Json => serde_json::to_string_pretty(document)
                .map(|json| json + "\n")
                .unwrap_or_default(),
        };
        match self.main {
            Some((path, mut file)) => check(&path, file.write_all(body.as_bytes())),
            None => check(
                Path::new("standard output"),
                io::stdout().write_all(body.as_bytes()),
            ),
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}
