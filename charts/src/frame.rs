//! What every drawing has around its plot: title and subtitle above, a legend where one is needed, a note below.
//!
//! Everything is laid out from the top down: each part says where the next may begin, and the picture is as
//! high as its parts. Long titles wrap; nothing is placed at a guessed offset.

use crate::canvas::{Anchor, Canvas, PAD, Style, WIDTH};
use crate::text;

/// Lines of a title, subtitle or note before it is cut.
const LINES_MAX: usize = 4;
/// Length of the colour key before a legend's text, and its distance to the text.
const KEY: f64 = 18.0;
const KEY_GAP: f64 = 6.0;
/// Outer and inner radius of a hollow dot.
const RING_PX: (f64, f64) = (4.5, 2.5);
/// Between one legend entry and the next.
const ENTRY_GAP: f64 = 20.0;

/// Words around a drawing.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Head {
    pub(crate) title: String,
    pub(crate) subtitle: String,
    pub(crate) note: String,
}

impl Head {
    pub(crate) fn titled(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// The words as one sentence after another, followed by `contents`.
    pub(crate) fn description(&self, contents: &str) -> String {
        let parts = [self.title.as_str(), self.subtitle.as_str(), contents];
        let sentences = parts
            .iter()
            .map(|p| p.trim_end_matches('.'))
            .filter(|p| !p.is_empty());
        sentences.map(|p| format!("{p}.")).collect::<Vec<_>>().join(" ")
    }
}

/// How a legend entry is keyed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Key {
    Line,
    Box,
    /// A hollow dot in the colour of a line's class.
    Hollow,
}

/// One legend entry: its classes (colour, dash) and its name.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) class: String,
    pub(crate) name: String,
}

/// Sets title and subtitle; returns the y below them.
pub(crate) fn head(canvas: &mut Canvas, head: &Head) -> f64 {
    let mut y = PAD;
    for (style, words) in [(Style::Title, &head.title), (Style::Subtitle, &head.subtitle)] {
        y = block(canvas, style, words, y);
    }
    y + 6.0
}

/// Sets the note below the plot; returns the height of the picture.
pub(crate) fn foot(canvas: &mut Canvas, head: &Head, y: f64) -> f64 {
    let top = if head.note.is_empty() { y } else { y + 4.0 };
    block(canvas, Style::Note, &head.note, top) + PAD - 4.0
}

/// Sets a legend in rows; returns the y below it.
pub(crate) fn legend(canvas: &mut Canvas, entries: &[Entry], y: f64) -> f64 {
    let room = WIDTH - 2.0 * PAD;
    let (mut x, mut row) = (PAD, y);
    for entry in entries {
        let name = text::cut(&entry.name, Style::Label, room - KEY - KEY_GAP);
        let width = KEY + KEY_GAP + Style::Label.width(&name);
        if x > PAD && x + width > PAD + room {
            (x, row) = (PAD, row + 20.0);
        }
        key(canvas, entry, x, row + 8.0);
        canvas.text(Style::Label, Anchor::Start, x + KEY + KEY_GAP, row + 12.0, &name);
        x += width + ENTRY_GAP;
    }
    if entries.is_empty() { y } else { row + 26.0 }
}

/// The colour key of an entry, `KEY` wide, centred on `y`.
pub(crate) fn key(canvas: &mut Canvas, entry: &Entry, x: f64, y: f64) {
    match entry.key {
        Key::Line => canvas.line(&entry.class, (x, y), (x + KEY, y)),
        Key::Box => canvas.rect(&entry.class, x + 4.0, y - 5.0, 10.0, 10.0),
        Key::Hollow => ring(canvas, &entry.class, x + KEY / 2.0, y),
    }
}

/// A hollow dot: a disc in the colour of a line's class, and one of the background on it.
pub(crate) fn ring(canvas: &mut Canvas, class: &str, x: f64, y: f64) {
    canvas.disc(&format!("c-dot {}", fill(class)), x, y, RING_PX.0);
    canvas.disc("c-bg", x, y, RING_PX.1);
}

/// The classes that fill with the colour of a line's.
pub(crate) fn fill(class: &str) -> String {
    class.replace("c-line c-s", "c-f")
}

/// Sets "no data" in the middle of an outlined plot.
pub(crate) fn empty(canvas: &mut Canvas, x: f64, y: f64, width: f64, height: f64) {
    canvas.rect("c-grid", x, y, width, height);
    canvas.text(
        Style::Empty,
        Anchor::Middle,
        x + width / 2.0,
        y + height / 2.0 + 5.0,
        "no data",
    );
}

fn block(canvas: &mut Canvas, style: Style, words: &str, mut y: f64) -> f64 {
    for line in text::wrap(words, style, WIDTH - 2.0 * PAD, LINES_MAX) {
        canvas.text(style, Anchor::Start, PAD, y + style.size() * 0.8, &line);
        y += style.line_height();
    }
    y
}
