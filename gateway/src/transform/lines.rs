//! The fields that a config writes and removes, as they are written down.

use super::table::Names;
use http1::head::{FieldName, FieldValue};

/// A field to be written: both parts have passed their checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// In lower case.
    pub name: Box<str>,
    pub value: Box<str>,
}

/// The edits as they are written down. No name is in two of the three.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// In place of what came.
    pub set: Vec<Line>,
    /// Beside what came.
    pub add: Vec<Line>,
    /// In lower case.
    pub remove: Vec<Box<str>>,
}

impl Lines {
    pub(super) fn is_empty(&self) -> bool {
        self.set.is_empty() && self.add.is_empty() && self.remove.is_empty()
    }

    /// What came under these names goes.
    pub(super) fn dropped(&self) -> Names {
        let set = self.set.iter().map(|line| &*line.name);
        Names::new(set.chain(self.remove.iter().map(|name| &**name)))
    }

    pub(super) fn written(&self) -> impl Iterator<Item = (FieldName<'_>, FieldValue<'_>)> {
        self.set.iter().chain(&self.add).filter_map(Line::parts)
    }
}

impl Line {
    pub(super) fn parts(&self) -> Option<(FieldName<'_>, FieldValue<'_>)> {
        FieldName::new(self.name.as_bytes()).zip(FieldValue::new(self.value.as_bytes()))
    }
}
