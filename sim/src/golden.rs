//! Golden traces: what documented scenarios did at fixed seeds, kept compressed, so that a change of any decision
//! shows as the first event that is another one.
//!
//! A change is not a failure in itself: whoever meant it accepts it with one command, and it is seen in review which
//! traces it touched.

use crate::document::Document;
use crate::run::{self, RunError};
use crate::trace::{DecodeError, Difference, Recorder, Trace, first_difference};
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;
use std::fmt;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::Seed;

/// The most that one takes in the repository.
pub const BYTES_MAX: usize = 100_000;

/// The most that one is inflated to: a file that claims more is none of ours.
const INFLATED_BYTES_MAX: u64 = 64 << 20;

/// One trace that is kept.
#[derive(Debug, Clone, Copy)]
pub struct Golden {
    pub scenario: &'static str,
    pub seed: u64,
    pub set: &'static [&'static str],
    /// Simulated time of each variant; the beginning says enough, and it has to be small.
    pub until: Duration,
}

/// Every trace that is kept.
pub static GOLDEN: &[Golden] = &[
    // one policy, so that it reaches well into the trigger
    Golden {
        set: &["policy=naive", "trigger_at=4s"],
        ..golden("retry-storm", 6_500)
    },
    // into the second step of the load
    Golden {
        set: &["policy=naive", "capacity=100"],
        ..golden("hysteresis", 21_500)
    },
    Golden {
        set: &["policy=backoff", "crash_at=2500ms", "rate=110"],
        ..golden("herd", 3_000)
    },
    golden("crash", 1_900),
    golden("slow-upstream", 3_500),
    Golden {
        set: &["policy=breaker"],
        ..golden("containment", 2_600)
    },
    Golden {
        set: &["policy=after"],
        ..golden("hedge", 2_600)
    },
    golden("reload", 1_500),
    golden("drain", 3_100),
    Golden {
        set: &["policy=adaptive"],
        ..golden("overload", 1_000)
    },
    // to where a replica is taken away
    Golden {
        set: &["way=ring", "fleet=equal", "rate=600"],
        ..golden("balance", 2_050)
    },
    golden("swarm", 5_000),
];

const fn golden(scenario: &'static str, until_ms: u64) -> Golden {
    Golden {
        scenario,
        seed: 1,
        set: &[],
        until: Duration::from_millis(until_ms),
    }
}

impl Golden {
    /// The file's name.
    pub fn file(&self) -> String {
        format!("{}-{}.trace.zz", self.scenario, self.seed)
    }

    /// Plays it, and compares with the file that is kept in `directory`.
    pub fn check(&self, directory: &Path) -> Result<Option<Difference>, GoldenError> {
        let path = directory.join(self.file());
        let said = |error: io::Error| GoldenError::File(path.clone(), error);
        let file = std::fs::File::open(&path).map_err(said)?;
        let kept = BufReader::new(ZlibDecoder::new(BufReader::new(file)).take(INFLATED_BYTES_MAX));
        let trace = self.play()?;
        let bytes = trace.bytes.unwrap_or_default();
        first_difference(kept, bytes.as_slice()).map_err(GoldenError::Trace)
    }

    /// Plays it, and keeps what it did from now on. Gives the size of the file.
    pub fn accept(&self, directory: &Path) -> Result<usize, GoldenError> {
        let path = directory.join(self.file());
        let said = |error: io::Error| GoldenError::File(path.clone(), error);
        let trace = self.play()?;
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder
            .write_all(trace.bytes.as_deref().unwrap_or_default())
            .map_err(said)?;
        let bytes = encoder.finish().map_err(said)?;
        if bytes.len() > BYTES_MAX {
            return Err(GoldenError::TooLarge(self.file(), bytes.len()));
        }
        std::fs::create_dir_all(directory).map_err(said)?;
        std::fs::write(&path, &bytes).map_err(said)?;
        Ok(bytes.len())
    }

    fn play(&self) -> Result<Trace, GoldenError> {
        let entry = scenarios::find(self.scenario);
        let entry = entry.ok_or(GoldenError::NoScenario(self.scenario))?;
        let set: Vec<String> = self.set.iter().map(|&knob| knob.into()).collect();
        let document = Document::of(entry, Seed(self.seed), &set).map_err(RunError::Knobs)?;
        let run = run::play(document, Some(self.until), Recorder::in_memory())?;
        Ok(run.trace)
    }
}

/// Why a golden trace could not be made or compared.
#[derive(Debug)]
pub enum GoldenError {
    NoScenario(&'static str),
    Run(RunError),
    File(PathBuf, io::Error),
    TooLarge(String, usize),
    Trace(DecodeError),
}

impl From<RunError> for GoldenError {
    fn from(error: RunError) -> Self {
        Self::Run(error)
    }
}

impl fmt::Display for GoldenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoScenario(name) => write!(f, "keep a trace of {name:?}: there is no such scenario"),
            Self::Run(error) => error.fmt(f),
            Self::File(path, error) => write!(f, "read or write {}: {error}", path.display()),
            Self::TooLarge(file, bytes) => write!(
                f,
                "keep {file}: it has {bytes} bytes and may have {BYTES_MAX}; let `until` be shorter"
            ),
            Self::Trace(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for GoldenError {}
