//! Why a command did not do what was asked, and the exit code that says so.
//!
//! Messages are fragments that fit "failed to {failure}" and name the place and the way out. Claims that do
//! not hold are results, not failures: their codes are in [`crate::claims`].

use std::fmt;
use std::path::Path;

/// The command ended without a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The question could not be put: a part did not build, boot or answer. Exit 1.
    Run(String),
    /// The command line makes no sense. Exit 2, as clap's own errors.
    Usage(String),
    /// Ctrl-C or a termination signal; the text says what was kept. Exit 130.
    Interrupted(String),
}

impl Failure {
    pub fn run(what: impl Into<String>) -> Self {
        Self::Run(what.into())
    }

    /// For I/O on a file: `doing` is a verb and its object, as in "write claims.json".
    pub fn io(doing: &str, path: &Path, error: std::io::Error) -> Self {
        Self::Run(format!("{doing} {}: {error}", path.display()))
    }

    /// The same failure with what was being done in front of it.
    #[must_use]
    pub fn during(self, doing: &str) -> Self {
        match self {
            Self::Run(why) => Self::Run(format!("{doing}: {why}")),
            other => other,
        }
    }

    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Run(_) => 1,
            Self::Usage(_) => 2,
            Self::Interrupted(_) => 130,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(why) => write!(f, "failed to {why}"),
            Self::Usage(why) => f.write_str(why),
            Self::Interrupted(kept) => write!(f, "interrupted: {kept}"),
        }
    }
}

impl std::error::Error for Failure {}
