//! Where drawings are written: a plotters drawing area in px, and the picture that comes of it.
//!
//! Units are px of a drawing [`WIDTH`] wide; y grows downwards. Coordinates are written with two decimals,
//! so that the same data gives the same bytes. All text and all attribute values pass through one escape.
//! The canvas knows nothing of scales or data.

use crate::backend::{Backend, Label, Pen, Px, UNITS};
use crate::{escape, ramp, theme};
use plotters::coord::{CoordTranslate, Shift};
use plotters::drawing::DrawingArea;
use plotters::element::{Circle, Drawable, PathElement, PointCollection, Rectangle, Text};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontFamily, IntoFont, ShapeStyle};
use plotters_backend::BackendCoord;
use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;

pub(crate) use crate::style::{Anchor, Style};

/// Width of every drawing: a text column on a desktop, and the widest a code host shows unscaled.
pub(crate) const WIDTH: f64 = 760.0;
/// Free room inside the edge of the picture.
pub(crate) const PAD: f64 = 16.0;

/// Our backend writes into a string that nobody else holds while an element is drawn.
pub(crate) const INFALLIBLE: &str = "drawing into a string cannot fail";

/// A finished drawing. `Display` writes it as a file of its own.
#[derive(Debug, Clone, PartialEq)]
pub struct Svg {
    width: f64,
    height: f64,
    description: String,
    body: String,
    labels: Vec<Label>,
}

impl Svg {
    /// An SVG file that stands alone: own styles, own background, light and dark.
    pub fn standalone(&self) -> String {
        let cells = if self.has_cells() {
            ramp::standalone()
        } else {
            String::new()
        };
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" {}><style>{}{cells}</style>{}</svg>\n",
            self.attributes(),
            theme::standalone(),
            self.body
        )
    }

    /// Whether the shades of heat maps are used; other drawings do not carry their rules.
    pub(crate) fn has_cells(&self) -> bool {
        self.body.contains(ramp::CLASS)
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

/// An open drawing: plotters' drawing area over our backend, in px.
pub(crate) struct Canvas {
    backend: Rc<RefCell<Backend>>,
    root: DrawingArea<Backend, Shift>,
}

impl Default for Canvas {
    fn default() -> Self {
        let backend = Rc::default();
        let root = DrawingArea::from(&backend);
        Self { backend, root }
    }
}

/// A position in plotters' pixels.
pub(crate) fn units(px: f64) -> i32 {
    (px * UNITS).round() as i32
}

fn at((x, y): (f64, f64)) -> BackendCoord {
    (units(x), units(y))
}

impl Canvas {
    /// A plotters style that is drawn with these classes.
    pub(crate) fn shape(&mut self, class: &str) -> ShapeStyle {
        self.backend
            .borrow_mut()
            .pen(Pen::Shape(class.to_owned()))
            .filled()
    }

    /// Draws a plotters element whose points are plotters' pixels.
    pub(crate) fn put<'e, E>(&self, element: &'e E)
    where
        &'e E: PointCollection<'e, BackendCoord>,
        E: Drawable<Backend>,
    {
        self.root.draw(element).expect(INFALLIBLE);
    }

    /// A part of the drawing with coordinates of its own.
    pub(crate) fn with<C: CoordTranslate>(&self, coordinates: C) -> DrawingArea<Backend, C> {
        self.root.apply_coord_spec(coordinates)
    }

    pub(crate) fn rect(&mut self, class: &str, x: f64, y: f64, width: f64, height: f64) {
        let style = self.shape(class);
        self.put(&Rectangle::new([at((x, y)), at((x + width, y + height))], style));
    }

    pub(crate) fn line(&mut self, class: &str, from: (f64, f64), to: (f64, f64)) {
        let style = self.shape(class);
        self.put(&PathElement::new([at(from), at(to)], style));
    }

    pub(crate) fn disc(&mut self, class: &str, x: f64, y: f64, radius: f64) {
        let style = self.shape(class);
        self.put(&Circle::new(at((x, y)), units(radius), style));
    }

    /// A path in the coordinates of an open grid, which plotters does not know.
    pub(crate) fn path(&mut self, class: &str, data: &str) {
        self.backend
            .borrow_mut()
            .push(format_args!("<path class=\"{class}\" d=\"{data}\"/>"));
    }

    /// One line of text with its baseline at `y`.
    pub(crate) fn text(&mut self, style: Style, anchor: Anchor, x: f64, y: f64, text: &str) {
        let pen = self.backend.borrow_mut().pen(Pen::Text(style));
        let h_pos = match anchor {
            Anchor::Start => HPos::Left,
            Anchor::Middle => HPos::Center,
            Anchor::End => HPos::Right,
        };
        let style = (FontFamily::SansSerif, style.size()).into_font().color(&pen);
        self.put(&Text::new(
            text,
            at((x, y)),
            style.pos(Pos::new(h_pos, VPos::Bottom)),
        ));
    }

    /// Opens a group whose tooltip is `title`; close it with [`Canvas::close`].
    pub(crate) fn open(&mut self, title: &str) {
        self.backend
            .borrow_mut()
            .push(format_args!("<g><title>{}</title>", escape::xml(title)));
    }

    /// Opens a window that cuts off what lies outside it. A nested `<svg>` does so without an id, of which
    /// two drawings in one page could have the same. Coordinates inside are those outside.
    pub(crate) fn open_window(&mut self, x: f64, y: f64, width: f64, height: f64) {
        let (x, y, w, h) = (Px(x), Px(y), Px(width), Px(height));
        self.backend.borrow_mut().push(format_args!(
            "<svg x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" viewBox=\"{x} {y} {w} {h}\" overflow=\"hidden\">"
        ));
    }

    /// Opens a window over (x, y, width, height) whose coordinates are columns and rows, y downwards; the middle of
    /// the first row is 0. Close it with [`Canvas::close_window`].
    pub(crate) fn open_grid(
        &mut self,
        class: &str,
        (x, y, width, height): (f64, f64, f64, f64),
        (columns, rows): (usize, usize),
    ) {
        let (x, y, w, h) = (Px(x), Px(y), Px(width), Px(height));
        self.backend.borrow_mut().push(format_args!(
            "<svg class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" \
             viewBox=\"0 -0.5 {columns} {rows}\" preserveAspectRatio=\"none\">"
        ));
    }

    pub(crate) fn close(&mut self) {
        self.backend.borrow_mut().push(format_args!("</g>"));
    }

    pub(crate) fn close_window(&mut self) {
        self.backend.borrow_mut().push(format_args!("</svg>"));
    }

    /// The drawing, with its background put under all that was drawn.
    pub(crate) fn finish(self, height: f64, description: String) -> Svg {
        let drawn = self.backend.take();
        let background = format!(
            "<rect class=\"c-bg\" x=\"0\" y=\"0\" width=\"{}\" height=\"{}\"/>",
            Px(WIDTH),
            Px(height)
        );
        Svg {
            width: WIDTH,
            height,
            description,
            body: background + &drawn.body,
            labels: drawn.labels,
        }
    }
}
