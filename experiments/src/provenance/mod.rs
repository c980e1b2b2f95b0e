//! `run.json`: everything needed to say what was measured, where, and to run it again.
//!
//! Invariant: nothing in it depends on where the checkout lives or who ran it.

mod host;
mod programs;

pub use host::Host;
pub use programs::{find, output, sha256, version};

use crate::failure::Failure;
use crate::scale::Scale;
use crate::workspace::without_machine_paths;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

/// The provenance of one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    pub experiment: String,
    pub scale: Scale,
    pub seed: u64,
    /// As it was typed, after `cargo`.
    pub command: Vec<String>,
    /// RFC 3339, UTC.
    pub date: String,
    /// `None` outside a git checkout.
    pub commit: Option<String>,
    /// Tracked files differed from that commit.
    pub dirty: bool,
    /// Cargo profile of the shipped binaries; `given` where a binary was handed in.
    pub profile: String,
    /// SHA-256 by name.
    pub binaries: BTreeMap<String, String>,
    /// Config texts and command lines of the parts, by name, as they were used.
    pub configs: BTreeMap<String, String>,
    pub host: Host,
    /// Versions of the foreign tools that were used.
    pub tools: BTreeMap<String, String>,
    /// What a reader must know besides: layouts that degraded, figures that were not measured.
    pub notes: Vec<String>,
}

/// What the command line says of a run.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    pub experiment: &'a str,
    pub scale: Scale,
    pub seed: u64,
    pub profile: &'a str,
    pub unix_now: Duration,
}

impl Run {
    /// Asks the machine. Binaries, configs, tools and notes are added as they are used.
    pub fn begin(asked: &Asked<'_>, root: &Path) -> Self {
        let git = |args: &[&str]| output(std::process::Command::new("git").arg("-C").arg(root).args(args));
        let status = git(&["status", "--porcelain", "--untracked-files=no"]);
        let arguments = std::env::args()
            .skip(1)
            .map(|argument| without_machine_paths(&argument, root));
        Self {
            experiment: asked.experiment.to_owned(),
            scale: asked.scale,
            seed: asked.seed,
            command: std::iter::once("experiment".to_owned())
                .chain(arguments)
                .collect(),
            date: humantime::format_rfc3339_seconds(UNIX_EPOCH + asked.unix_now).to_string(),
            commit: git(&["rev-parse", "HEAD"]),
            dirty: status.is_some_and(|changed| !changed.is_empty()),
            profile: asked.profile.to_owned(),
            binaries: BTreeMap::new(),
            configs: BTreeMap::new(),
            host: Host::of_this_machine(),
            tools: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Records which bytes were run under `name`.
    pub fn add_binary(&mut self, name: &str, path: &Path) -> Result<(), Failure> {
        let hash = sha256(path).map_err(|e| Failure::io("read", path, e))?;
        self.binaries.insert(name.to_owned(), hash);
        Ok(())
    }

    /// A remark for the reader; said once, however often it is true.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }
}

#[cfg(test)]
mod tests;
