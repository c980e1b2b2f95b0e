//! Where drawings are written: SVG elements into a string, and the box of every text that was set.
//!
//! Units are px of a drawing [`WIDTH`] wide; y grows downwards. Coordinates are written with two decimals,
//! so that the same data gives the same bytes. All text and all attribute values pass through one escape.
//! The canvas knows nothing of scales or data.

use crate::{escape, theme, width};
use std::fmt::{self, Write as _};

/// Width of every drawing: a text column on a desktop, and the widest a code host shows unscaled.
pub(crate) const WIDTH: f64 = 760.0;
/// Free room inside the edge of the picture.
pub(crate) const PAD: f64 = 16.0;

/// A finished drawing. `Display` writes it as a file of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Svg {
    width: f64,
    height: f64,
    description: String,
    body: String,
    labels: Vec<Label>,
}

/// The box of one line of text, in px of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub text: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

impl Svg {
    /// An SVG file that stands alone: own styles, own background, light and dark.
    pub fn standalone(&self) -> String {
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {}><style>{}</style>{}</svg>\n",
            self.attributes(),
            theme::standalone(),
            self.body
        )
    }

    /// The `<svg>` element for a page that carries the theme's styles, as [`Page`](crate::Page) does.
    pub fn inline(&self) -> String {
        format!("<svg {}>{}</svg>", self.attributes(), self.body)
    }

    /// What the picture shows, in words: the `alt` of an `<img>`.
    pub fn description(&self) -> &str {
        &self.description
    }

    /// Every text as it was laid out. No two of them overlap, and none leaves the picture.
    pub fn labels(&self) -> &[Label] {
        &self.labels
    }

    /// Width and height in px.
    pub fn size(&self) -> (f64, f64) {
        (self.width, self.height)
    }

    fn attributes(&self) -> String {
        format!(
            "class=\"c-chart\" role=\"img\" aria-label=\"{}\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\"",
            escape::xml(&self.description),
            w = Px(self.width),
            h = Px(self.height),
        )
    }
}

impl fmt::Display for Svg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.standalone())
    }
}

/// How a text is set: size in px, weight, and the class that the theme styles alike.
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

    const fn class(self) -> &'static str {
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

/// A coordinate as it is written: two decimals at most, never "-0".
pub(crate) struct Px(pub(crate) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_assert!(self.0.is_finite(), "inputs are checked, so positions are finite");
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

/// An open drawing.
#[derive(Debug, Default)]
pub(crate) struct Canvas {
    body: String,
    labels: Vec<Label>,
}

impl Canvas {
    pub(crate) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            Px(x),
            Px(y),
            Px(width),
            Px(height)
        ));
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        self.push(format_args!(
            "<path class=\"{class}\" d=\"M{} {}L{} {}\"/>",
            Px(from.0),
            Px(from.1),
            Px(to.0),
            Px(to.1)
        ));
    }

    pub(crate) fn path(&mut self, class: &str, data: &str) {
        self.push(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    pub(crate) fn dot(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            Px(x),
            Px(y),
            Px(radius)
        ));
    }

    /// One line of text with its baseline at `y`.
    pub(crate) fn text(&mut self, style: Style, anchor: Anchor, x: f64, y: f64, text: &str) {
        let width = style.width(text);
        let (name, left) = match anchor {
            Anchor::Start => ("start", x),
            Anchor::Middle => ("middle", x - width / 2.0),
            Anchor::End => ("end", x - width),
        };
        self.push(format_args!(
            "<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{name}\">{}</text>",
            style.class(),
            Px(x),
            Px(y),
            escape::xml(text)
        ));
        // ascent and descent of digits, capitals and descenders; accents on capitals may touch
        let (top, bottom) = (y - style.size() * 0.76, y + style.size() * 0.24);
        self.labels.push(Label {
            text: text.to_owned(),
            left,
            top,
            right: left + width,
            bottom,
        });
    }

    /// Opens a group whose tooltip is `title`; close it with [`Canvas::close`].
    pub(crate) fn open(&mut self, title: &str) {
        self.push(format_args!("<g><title>{}</title>", escape::xml(title)));
    }

    /// Opens a window that cuts off what lies outside it. A nested `<svg>` does so without an id, of which
    /// two drawings in one page could have the same. Coordinates inside are those outside.
    pub(crate) fn open_window(&mut self, x: f64, y: f64, width: f64, height: f64) {
        let (x, y, w, h) = (Px(x), Px(y), Px(width), Px(height));
        self.push(format_args!(
            "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"{x} {y} {w} {h}\" overflow=\"hidden\">"
        ));
    }

    pub(crate) fn close(&mut self) {
        self.body.push_str("</g>");
    }

    pub(crate) fn close_window(&mut self) {
        self.body.push_str("</svg>");
    }

    /// The drawing, with its background put under all that was drawn.
    pub(crate) fn finish(self, height: f64, description: String) -> Svg {
        let background = format!(
            "<rect class=\"c-bg\" x=\"0\" y=\"0\" width=\"{}\" height=\"{}\"/>",
            Px(WIDTH),
            Px(height)
        );
        Svg {
            width: WIDTH,
            height,
            description,
            body: background + &self.body,
            labels: self.labels,
        }
    }

    fn push(&mut self, element: fmt::Arguments<'_>) {
        // writing to a String cannot fail
        let _ = self.body.write_fmt(element);
    }
}
