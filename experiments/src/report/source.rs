//! What a report is drawn from: its folder, and the two files that every folder has.

use super::files::read_json;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::provenance::Run;
use std::path::{Path, PathBuf};

pub(super) const RUN: &str = "run.json";
pub(super) const CLAIMS: &str = "claims.json";

/// Written by a drawing, so no data.
const DRAWN: [&str; 3] = ["html", "md", "svg"];

/// The data of one report.
#[derive(Debug, Clone)]
pub struct Source {
    pub directory: PathBuf,
    pub run: Run,
    pub claims: Vec<Claim>,
}

impl Source {
    pub fn read(directory: &Path) -> Result<Self, Failure> {
        let run = read_json(&directory.join(RUN))?;
        let claims = read_json(&directory.join(CLAIMS))?;
        Ok(Self {
            directory: directory.to_path_buf(),
            run,
            claims,
        })
    }

    /// Names of the data files, in alphabetical order.
    pub fn data_files(&self) -> Result<Vec<String>, Failure> {
        let fail = |e| Failure::io("list", &self.directory, e);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&self.directory).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let drawn = path
                .extension()
                .is_some_and(|end| DRAWN.iter().any(|drawn| end == *drawn));
            if let (true, false, Some(name)) = (path.is_file(), drawn, path.file_name()) {
                names.push(name.to_string_lossy().into_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}
