//! How a process came to its end, and its exit code.

/// How a process ended that was told to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Every request came to its end.
    Drained,
    /// Some were cut off: at the deadline, or because it was told twice.
    Aborted,
}

impl Ended {
    /// Of the process.
    pub fn code(self) -> u8 {
        match self {
            Self::Drained => 0,
            Self::Aborted => 3,
        }
    }
}
