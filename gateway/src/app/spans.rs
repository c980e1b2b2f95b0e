//! From the config to a thread that exports spans: where they go, and the secrets that the collector asks for.

use super::error_at;
use super::keys::secret;
use crate::config::{ConfigError, ConfigErrors, Plan, TraceExport};
use crate::observe::{Collector, Exporter};
use http1::head::FieldValue;
use std::path::Path;

/// A token is no longer.
const VALUE_BYTES_MAX: usize = 4_096;

/// The thread, where the config wants one; or everything that is wrong with its files.
pub(super) fn start(plan: &Plan) -> Result<Option<Exporter>, ConfigErrors> {
    let Some(trace) = &plan.trace else {
        return Ok(None);
    };
    let collector = collector(&trace.export)?;
    let started = Exporter::start(collector);
    started.map(Some).map_err(|error| {
        let message = format!("its thread cannot be started: {error}");
        error_at("trace", message).into()
    })
}

fn collector(export: &TraceExport) -> Result<Collector, ConfigErrors> {
    let (mut fields, mut errors): (Vec<_>, Vec<ConfigError>) = (Vec::new(), Vec::new());
    for (name, file) in &export.headers {
        match value(file) {
            Ok(value) => fields.push((name.clone(), value)),
            Err(message) => errors.push(error_at(&format!("trace.headers.{name}.file"), message)),
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    Ok(Collector {
        authority: export.authority.clone(),
        path: export.path.clone(),
        fields,
        service: export.service.clone(),
    })
}

fn value(file: &Path) -> Result<Box<[u8]>, String> {
    let value = secret(
        file,
        1..=VALUE_BYTES_MAX,
        "write what the collector asks for into it",
    )?;
    if FieldValue::new(&value).is_none() {
        return Err(format!(
            "`{}` has a line ending or a control character in its middle: one line is needed",
            file.display()
        ));
    }
    Ok(value)
}
