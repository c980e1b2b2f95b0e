//! `trace`, of the gateway and of a route, as a config has them.

use super::plan::{Sample, Trace};
use super::quoted::Quoted;
use std::fmt;

pub(super) fn write_trace(f: &mut fmt::Formatter<'_>, trace: &Trace) -> fmt::Result {
    let export = &trace.export;
    writeln!(f, "trace:\n  sample: {}", trace.sample)?;
    let endpoint = format!("http://{}{}", export.authority, export.path);
    writeln!(f, "  endpoint: {}", Quoted(&endpoint))?;
    writeln!(f, "  service: {}", Quoted(&export.service))?;
    if !export.headers.is_empty() {
        writeln!(f, "  headers:")?;
    }
    for (name, file) in &export.headers {
        writeln!(
            f,
            "    {}:\n      file: {}",
            Quoted(name),
            Quoted(&file.to_string_lossy())
        )?;
    }
    Ok(())
}

/// What a route says of itself, where that is not what holds for all.
pub(super) fn write_sample(f: &mut fmt::Formatter<'_>, own: Option<Sample>, all: Sample) -> fmt::Result {
    match own {
        None => writeln!(f, "    trace: false"),
        Some(own) if own != all => writeln!(f, "    trace:\n      sample: {own}"),
        Some(_) => Ok(()),
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parent => f.write_str("parent"),
            Self::Share(share) => share.fmt(f),
        }
    }
}
