//! What is wrong with a config: all of it, each with where.

use std::fmt;

/// A place in the file, both counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub line: u64,
    pub column: u64,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// As `routes[3].match.host`; empty for the file as a whole.
    pub path: String,
    pub message: String,
    /// `None` where nothing in the file is to blame, as for a key that is missing from an empty file.
    pub at: Option<Position>,
}

/// Everything that is wrong, in the order of the file; never empty.
///
/// Displays one error a line, and how many there are beyond those that were kept: `routes[3].timeout: 800 has no unit … (line 12, column 14)`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigErrors {
    kept: Vec<ConfigError>,
    /// Found, kept or not.
    count: usize,
}

impl ConfigErrors {
    pub(super) fn new(mut kept: Vec<ConfigError>, count: usize) -> ConfigErrors {
        // stable: errors of one place stay in the order they were found in
        kept.sort_by_key(|error| error.at);
        ConfigErrors { kept, count }
    }

    pub fn iter(&self) -> std::slice::Iter<'_, ConfigError> {
        self.kept.iter()
    }
}

impl From<ConfigError> for ConfigErrors {
    fn from(error: ConfigError) -> ConfigErrors {
        ConfigErrors::new(vec![error], 1)
    }
}

impl From<Vec<ConfigError>> for ConfigErrors {
    fn from(errors: Vec<ConfigError>) -> ConfigErrors {
        let count = errors.len();
        ConfigErrors::new(errors, count)
    }
}

impl<'a> IntoIterator for &'a ConfigErrors {
    type Item = &'a ConfigError;
    type IntoIter = std::slice::Iter<'a, ConfigError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        f.write_str(&self.message)?;
        if let Some(at) = self.at {
            write!(f, " (line {}, column {})", at.line, at.column)?;
        }
        Ok(())
    }
}

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.kept.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        match self.count - self.kept.len() {
            0 => Ok(()),
            more => write!(f, "\nand {more} more errors"),
        }
    }
}

impl std::error::Error for ConfigError {}

impl std::error::Error for ConfigErrors {}
