//! Where a trace is read from, as often as is needed: telling goes over it more than once, so that it need not be held.

use crate::document::Document;
use crate::source::{LoadError, parse};
use crate::trace::{DecodeError, Kind, Reader};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

/// The most simulations of a trace: what is known of each is held until all have been told. No scenario has ten variants.
pub const SIMULATIONS_MAX: usize = 100;

/// A trace that can be read from its beginning any number of times.
#[derive(Debug, Clone)]
pub enum Source {
    File(PathBuf),
    Memory(Vec<u8>),
}

impl Source {
    pub fn open(&self) -> Result<Reader<Box<dyn BufRead + '_>>, StoryError> {
        let from: Box<dyn BufRead> = match self {
            Self::File(path) => {
                let file = File::open(path).map_err(|error| StoryError::Read(path.clone(), error))?;
                Box::new(BufReader::with_capacity(1 << 16, file))
            }
            Self::Memory(bytes) => Box::new(bytes.as_slice()),
        };
        Ok(Reader::new(from)?)
    }

    /// What was played; `None` for a trace that does not say. Every record belongs to a simulation: a trace that begins
    /// with none is refused.
    pub fn document(&self) -> Result<Option<Document>, StoryError> {
        let mut reader = self.open()?;
        let document = match reader.header() {
            "" => None,
            header => Some(parse(header).map_err(StoryError::Header)?),
        };
        match reader.next().transpose()? {
            Some(first) if first.kind == Kind::Run => Ok(document),
            _ => Err(StoryError::NoRun),
        }
    }
}

/// Why a trace could not be told. It fits "failed to {error}".
#[derive(Debug)]
pub enum StoryError {
    Read(PathBuf, io::Error),
    Decode(DecodeError),
    Header(LoadError),
    /// It begins with something else.
    NoRun,
    /// More than [`SIMULATIONS_MAX`].
    TooManyRuns,
    Write(io::Error),
    Draw(charts::Error),
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "read {}: {error}", path.display()),
            Self::Decode(error) => error.fmt(f),
            Self::Header(error) => write!(f, "read what the trace's header says was played: {error}"),
            Self::NoRun => f.write_str("tell the trace: it begins with no `run`, as every trace of sim does"),
            Self::TooManyRuns => write!(
                f,
                "tell the trace: it has more than {SIMULATIONS_MAX} simulations; play fewer variants"
            ),
            Self::Write(error) => write!(f, "write: {error}"),
            Self::Draw(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StoryError {}

impl From<DecodeError> for StoryError {
    fn from(error: DecodeError) -> Self {
        Self::Decode(error)
    }
}

impl From<io::Error> for StoryError {
    fn from(error: io::Error) -> Self {
        Self::Write(error)
    }
}

impl From<charts::Error> for StoryError {
    fn from(error: charts::Error) -> Self {
        Self::Draw(error)
    }
}
