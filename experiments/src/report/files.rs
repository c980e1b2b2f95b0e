//! Data files as text that a person can read and a diff can show.

use crate::failure::Failure;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::path::Path;

/// One line per row, with a header.
pub fn write_csv<Row: Serialize>(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    let fail = |e: csv::Error| Failure::run(format!("write {}: {e}", path.display()));
    let mut writer = csv::Writer::from_path(path).map_err(fail)?;
    rows.iter()
        .try_for_each(|row| writer.serialize(row))
        .map_err(fail)?;
    writer.flush().map_err(|e| Failure::io("write", path, e))
}

pub fn read_csv<Row: DeserializeOwned>(path: &Path) -> Result<Vec<Row>, Failure> {
    let fail = |e: csv::Error| Failure::run(format!("read {}: {e}", path.display()));
    let mut reader = csv::Reader::from_path(path).map_err(fail)?;
    reader.deserialize().collect::<Result<_, _>>().map_err(fail)
}

/// Where there is nothing to say there is no file.
pub fn write_csv_if_any<Row: Serialize>(path: &Path, rows: &[Row]) -> Result<(), Failure> {
    match rows {
        [] => Ok(()),
        _ => write_csv(path, rows),
    }
}

/// Nothing, where there is no file.
pub fn read_csv_if_any<Row: DeserializeOwned>(path: &Path) -> Result<Vec<Row>, Failure> {
    match path.exists() {
        true => read_csv(path),
        false => Ok(Vec::new()),
    }
}

/// Indented, with a newline at the end.
pub fn write_json<T: Serialize>(path: &Path, value: &T) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value).map_err(io::Error::from);
    let text = text.map_err(|e| Failure::io("write", path, e))?;
    std::fs::write(path, text + "\n").map_err(|e| Failure::io("write", path, e))
}

pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let text = std::fs::read_to_string(path).map_err(|e| Failure::io("read", path, e))?;
    serde_json::from_str(&text).map_err(|e| Failure::run(format!("read {}: {e}", path.display())))
}
