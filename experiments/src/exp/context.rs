//! What a run is given: the binaries, a place for its data, a seed, and someone to tell how far it is.

use crate::console::Console;
use crate::failure::Failure;
use crate::provenance::{self, Run};
use crate::scale::Scale;
use crate::stand::{Binaries, Built, Layout};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use world::Seed;

/// One run of one experiment.
#[derive(Debug)]
pub struct Context {
    pub scale: Scale,
    pub seed: Seed,
    built: Built,
    pub run: Run,
    pub console: Console,
    /// Where data files go; becomes the report.
    pub directory: PathBuf,
    scratch: TempDir,
    scratch_used: u32,
    /// The gateway's core and the other one are changed over.
    mirrored: bool,
}

impl Context {
    pub fn new(directory: &Path, seed: Seed, built: Built, run: Run) -> Result<Self, Failure> {
        let scratch =
            tempfile::tempdir().map_err(|e| Failure::run(format!("make a temporary directory: {e}")))?;
        Ok(Self {
            scale: run.scale,
            seed,
            built,
            run,
            console: Console::new(),
            directory: directory.to_path_buf(),
            scratch,
            scratch_used: 0,
            mirrored: false,
        })
    }

    /// A second hand, which counts beside this one on the other core: silent, in a place of its own. What it noted is taken over
    /// by [`Self::absorb`].
    pub fn second_hand(&self) -> Result<Self, Failure> {
        let hand = Self::new(&self.directory, self.seed, self.built.clone(), self.run.clone())?;
        Ok(Self {
            console: Console::silent(),
            mirrored: !self.mirrored,
            ..hand
        })
    }

    /// Takes over the configs and tools that a second hand has used.
    pub fn absorb(&mut self, hand: Self) {
        for (name, text) in hand.run.configs {
            self.config(&name, &text);
        }
        self.run.tools.extend(hand.run.tools);
    }

    /// The capacity layout of this hand.
    pub fn capacity(&self) -> Result<Layout, Failure> {
        let layout = Layout::capacity()?;
        Ok(if self.mirrored { layout.mirrored() } else { layout })
    }

    /// The shipped binaries.
    pub fn binaries(&self) -> Result<Binaries, Failure> {
        let shipped = self.built.shipped.clone();
        shipped.ok_or_else(|| Failure::run("boot the parts: they were not built for this experiment"))
    }

    /// The gateway that counts its allocations, or why there is none.
    pub fn instrumented(&self) -> Result<PathBuf, String> {
        self.built.instrumented.clone()
    }

    /// An earlier gateway to compare with, where one was given.
    pub fn before(&self) -> Option<PathBuf> {
        self.built.before.clone()
    }

    pub fn simulator(&self) -> Result<PathBuf, Failure> {
        let simulator = self.built.simulator.clone();
        simulator.ok_or_else(|| Failure::run("simulate: the simulator was not built for this experiment"))
    }

    /// A fresh directory for parts to run in; gone with the context.
    pub fn scratch(&mut self) -> Result<PathBuf, Failure> {
        self.scratch_used += 1;
        let path = self.scratch.path().join(self.scratch_used.to_string());
        std::fs::create_dir(&path).map_err(|e| Failure::io("make", &path, e))?;
        Ok(path)
    }

    /// Where a foreign program is; its version goes into the provenance.
    pub fn tool(&mut self, name: &str, version_flag: &str) -> Option<PathBuf> {
        let program = provenance::find(name)?;
        if !self.run.tools.contains_key(name) {
            let version =
                provenance::version(&program, version_flag).unwrap_or_else(|| "version unknown".into());
            self.run.tools.insert(name.to_owned(), version);
        }
        Some(program)
    }

    /// Keeps a config, or how a part is told to behave, for the report: as it was used first.
    pub fn config(&mut self, name: &str, text: &str) {
        let configs = &mut self.run.configs;
        configs.entry(name.to_owned()).or_insert_with(|| text.to_owned());
    }

    /// A child of the seed as the parts take it on their command line.
    pub fn seed_of(&self, name: &str) -> u64 {
        self.seed.child(name).0 >> 11
    }
}
