//! When a head that comes in pieces is worth another parse.

use crate::head::{Limits, holds_blank_line};

/// What is known of the bytes of an unfinished head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Search {
    /// Bytes that were parsed, or in which no end was found.
    searched: usize,
    /// A line was found to end behind what was parsed first.
    line: bool,
}

impl Search {
    /// A head is parsed as it comes, for its errors; again when its start line is there; and then only when it can
    /// be complete or is too large: the work stays linear in its length.
    pub(super) fn is_worth_it(&mut self, received: &[u8], limits: &Limits) -> bool {
        let searched = std::mem::replace(&mut self.searched, received.len());
        if searched == 0 || received.len() > limits.bytes_max {
            return true;
        }
        let new = received.get(searched..).unwrap_or_default();
        if !self.line && new.contains(&b'\n') {
            self.line = true;
            return true;
        }
        holds_blank_line(&received[searched.saturating_sub(2).min(received.len())..])
    }
}
