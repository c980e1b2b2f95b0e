//! Why a scenario could not be played to its end.

use crate::world::DriverError;
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StageError {
    /// Its description is wrong.
    Scenario(String),
    Driver(DriverError),
}

impl From<DriverError> for StageError {
    fn from(error: DriverError) -> Self {
        Self::Driver(error)
    }
}

impl fmt::Display for StageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Scenario(what) => write!(f, "play the scenario: {what}"),
            Self::Driver(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for StageError {}
