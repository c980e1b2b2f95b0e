//! The parts of a document that are built on their own: claims, cards, figures.

use crate::Svg;
use crate::verdict::Verdict;

/// A sentence with a number that the run judged.
#[derive(Debug, Clone, PartialEq)]
pub struct Claim {
    pub(crate) claim: String,
    pub(crate) measured: String,
    pub(crate) limit: String,
    pub(crate) verdict: Verdict,
}

/// One figure of a few that a reader wants at a glance.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) note: String,
    pub(crate) verdict: Option<Verdict>,
}

/// A drawing with its file's name and a caption.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub(crate) name: String,
    pub(crate) svg: Svg,
    pub(crate) caption: String,
}

impl Claim {
    /// `measured` and `limit` with their units, as they are to be read.
    pub fn new(
        claim: impl Into<String>,
        measured: impl Into<String>,
        limit: impl Into<String>,
        verdict: Verdict,
    ) -> Self {
        Self {
            claim: claim.into(),
            measured: measured.into(),
            limit: limit.into(),
            verdict,
        }
    }
}

impl Card {
    /// `value` with its unit, as it is to be read: "12.4 ms".
    pub fn new(label: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            value: value.into(),
            note: String::new(),
            verdict: None,
        }
    }

    /// Small print below the value: "limit 50 ms".
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// With the verdict's badge and colour.
    pub fn verdict(mut self, verdict: Verdict) -> Self {
        self.verdict = Some(verdict);
        self
    }
}

impl Figure {
    /// `name` is the file's name without ".svg"; what is not a letter, a digit, "-" or "_" becomes "-".
    pub fn new(name: impl Into<String>, svg: Svg) -> Self {
        let plain = |c: char| {
            if c.is_ascii_alphanumeric() || c == '-' || c == '_' {
                c
            } else {
                '-'
            }
        };
        Self {
            name: name.into().chars().map(plain).collect(),
            svg,
            caption: String::new(),
        }
    }

    pub fn caption(mut self, caption: impl Into<String>) -> Self {
        self.caption = caption.into();
        self
    }

    /// The name of its file: `latency.svg`.
    pub fn file_name(&self) -> String {
        format!("{}.svg", self.name)
    }

    pub fn svg(&self) -> &Svg {
        &self.svg
    }
}
