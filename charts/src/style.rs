//! How a text is set, and where.

use crate::width;

/// Size in px, weight, and the class that the theme styles alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    Title,
    Subtitle,
    Label,
    Muted,
    Note,
    Empty,
}

impl Style {
    pub(crate) const fn size(self) -> f64 {
        match self {
            Self::Title | Self::Empty => 16.0,
            Self::Subtitle => 13.0,
            Self::Label | Self::Muted => 12.0,
            Self::Note => 11.0,
        }
    }

    /// From baseline to baseline.
    pub(crate) const fn line_height(self) -> f64 {
        match self {
            Self::Title | Self::Empty => 21.0,
            Self::Subtitle => 18.0,
            Self::Label | Self::Muted => 16.0,
            Self::Note => 15.0,
        }
    }

    pub(crate) fn width(self, text: &str) -> f64 {
        width::of(text, self.size(), matches!(self, Self::Title))
    }

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Self::Title => "c-title",
            Self::Subtitle => "c-sub",
            Self::Label => "c-label",
            Self::Muted => "c-muted",
            Self::Note => "c-note",
            Self::Empty => "c-empty",
        }
    }
}

/// Which point of a text `x` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}
