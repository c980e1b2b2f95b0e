//! Where a trace is read from, as often as is needed: telling goes over it more than once, so that it need not be held.

use crate::document::Document;
use crate::trace::{DecodeError, Reader};
use std::fmt;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;

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

    /// What was played; `None` for a trace that does not say.
    pub fn document(&self) -> Result<Option<Document>, StoryError> {
        let reader = self.open()?;
        match reader.header() {
            "" => Ok(None),
            header => Ok(Some(serde_json::from_str(header)?)),
        }
    }
}

/// Why a trace could not be told. It fits "failed to {error}".
#[derive(Debug)]
pub enum StoryError {
    Read(PathBuf, io::Error),
    Decode(DecodeError),
    Header(serde_json::Error),
    Write(io::Error),
    Draw(charts::Error),
}

impl fmt::Display for StoryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, error) => write!(f, "read {}: {error}", path.display()),
            Self::Decode(error) => error.fmt(f),
            Self::Header(error) => write!(
                f,
                "read what the trace's header says was played: {error}; it was made by another version of sim"
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

impl From<serde_json::Error> for StoryError {
    fn from(error: serde_json::Error) -> Self {
        Self::Header(error)
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
