//! plotters' drawing backend: what it draws becomes SVG elements with the theme's classes.
//!
//! Two things that plotters takes for granted do not hold here, and are gone round:
//! - **Whole pixels.** plotters' pixel is our hundredth of a px ([`UNITS`]), and is written back as a decimal.
//! - **Fixed colours.** A drawing follows its reader's light or dark scheme, so elements have classes. A plotters
//!   colour is a [`Pen`]'s number in disguise; [`Backend::pen`] hands them out.
//!
//! Text is measured with the crate's table of widths: without font libraries plotters would count bytes, and `µ`
//! or `≤` are two or three. A text's position is its baseline.

use crate::style::Style;
use crate::{escape, width};
use plotters::style::RGBColor;
use plotters_backend::text_anchor::HPos;
use plotters_backend::{
    BackendColor, BackendCoord, BackendStyle, BackendTextStyle, DrawingBackend, DrawingErrorKind, FontStyle,
};
use std::convert::Infallible;
use std::fmt::{self, Write as _};

/// plotters' pixels in one px of the drawing.
pub(crate) const UNITS: f64 = 100.0;

/// The box of one line of text, in px of the drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    pub text: String,
    pub left: f64,
    pub top: f64,
    pub right: f64,
    pub bottom: f64,
}

/// What an element is drawn with.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pen {
    /// The classes of a shape.
    Shape(String),
    Text(Style),
}

/// A drawing as far as it is written. Nothing here can fail.
#[derive(Debug, Default)]
pub(crate) struct Backend {
    pub(crate) body: String,
    pub(crate) labels: Vec<Label>,
    pens: Vec<Pen>,
}

type Drawn = Result<(), DrawingErrorKind<Infallible>>;

impl Backend {
    /// The colour that stands for a pen. A drawing has far fewer than the 2²⁴ there are.
    pub(crate) fn pen(&mut self, pen: Pen) -> RGBColor {
        let number = self
            .pens
            .iter()
            .position(|known| *known == pen)
            .unwrap_or_else(|| {
                self.pens.push(pen);
                self.pens.len() - 1
            });
        let [.., high, middle, low] = number.to_be_bytes();
        RGBColor(high, middle, low)
    }

    /// Writes an element that plotters does not know: a group, a window.
    pub(crate) fn push(&mut self, element: fmt::Arguments<'_>) {
        // writing to a String cannot fail
        let _ = self.body.write_fmt(element);
    }

    fn known(&self, colour: BackendColor) -> Option<&Pen> {
        let (high, middle, low) = colour.rgb;
        self.pens.get(u32::from_be_bytes([0, high, middle, low]) as usize)
    }

    fn class(&self, colour: BackendColor) -> String {
        match self.known(colour) {
            Some(Pen::Shape(class)) => class.clone(),
            Some(Pen::Text(style)) => style.class().to_owned(),
            None => String::new(),
        }
    }

    fn trace(
        &mut self,
        points: impl IntoIterator<Item = BackendCoord>,
        colour: BackendColor,
        end: &str,
    ) -> Drawn {
        let mut data = String::new();
        let mut last = None;
        for (x, y) in points {
            // writing to a String cannot fail
            let _ = match last {
                None => write!(data, "M{} {}", Px::of(x), Px::of(y)),
                Some((_, before)) if before == y => write!(data, "H{}", Px::of(x)),
                Some((before, _)) if before == x => write!(data, "V{}", Px::of(y)),
                Some(_) => write!(data, "L{} {}", Px::of(x), Px::of(y)),
            };
            last = Some((x, y));
        }
        let class = self.class(colour);
        self.push(format_args!("<path class=\"{class}\" d=\"{data}{end}\"/>"));
        Ok(())
    }
}

impl DrawingBackend for Backend {
    type ErrorType = Infallible;

    /// The bounds of what plotters may address; the picture's own height is known when it is finished.
    fn get_size(&self) -> (u32, u32) {
        (u32::MAX >> 2, u32::MAX >> 2)
    }

    fn ensure_prepared(&mut self) -> Drawn {
        Ok(())
    }

    fn present(&mut self) -> Drawn {
        Ok(())
    }

    fn draw_pixel(&mut self, point: BackendCoord, colour: BackendColor) -> Drawn {
        self.draw_circle(point, 1, &colour, true)
    }

    fn draw_line<S: BackendStyle>(&mut self, from: BackendCoord, to: BackendCoord, style: &S) -> Drawn {
        self.trace([from, to], style.color(), "")
    }

    fn draw_path<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        path: I,
        style: &S,
    ) -> Drawn {
        self.trace(path, style.color(), "")
    }

    fn fill_polygon<S: BackendStyle, I: IntoIterator<Item = BackendCoord>>(
        &mut self,
        corners: I,
        style: &S,
    ) -> Drawn {
        self.trace(corners, style.color(), "z")
    }

    fn draw_rect<S: BackendStyle>(
        &mut self,
        (left, top): BackendCoord,
        (right, bottom): BackendCoord,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let class = self.class(style.color());
        self.push(format_args!(
            "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>",
            Px::of(left),
            Px::of(top),
            Px::of(right - left),
            Px::of(bottom - top)
        ));
        Ok(())
    }

    fn draw_circle<S: BackendStyle>(
        &mut self,
        (x, y): BackendCoord,
        radius: u32,
        style: &S,
        _fill: bool,
    ) -> Drawn {
        let class = self.class(style.color());
        let radius = Px(f64::from(radius) / UNITS);
        self.push(format_args!(
            "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{radius}\"/>",
            Px::of(x),
            Px::of(y)
        ));
        Ok(())
    }

    fn draw_text<T: BackendTextStyle>(&mut self, text: &str, style: &T, (x, y): BackendCoord) -> Drawn {
        let Some(Pen::Text(set)) = self.known(style.color()).cloned() else {
            return Ok(());
        };
        let (px, width) = (f64::from(x) / UNITS, set.width(text));
        let (anchor, left) = match style.anchor().h_pos {
            HPos::Left => ("start", px),
            HPos::Center => ("middle", px - width / 2.0),
            HPos::Right => ("end", px - width),
        };
        self.push(format_args!(
            "<text class=\"{}\" x=\"{}\" y=\"{}\" text-anchor=\"{anchor}\">{}</text>",
            set.class(),
            Px::of(x),
            Px::of(y),
            escape::xml(text)
        ));
        // ascent and descent of digits, capitals and descenders; accents on capitals may touch
        let baseline = f64::from(y) / UNITS;
        self.labels.push(Label {
            text: text.to_owned(),
            left,
            top: baseline - set.size() * 0.76,
            right: left + width,
            bottom: baseline + set.size() * 0.24,
        });
        Ok(())
    }

    fn estimate_text_size<T: BackendTextStyle>(
        &self,
        text: &str,
        style: &T,
    ) -> Result<(u32, u32), DrawingErrorKind<Infallible>> {
        let bold = matches!(style.style(), FontStyle::Bold);
        let width = width::of(text, style.size(), bold);
        Ok((width.ceil() as u32, style.size().ceil() as u32))
    }
}

/// A coordinate as it is written: two decimals at most, never "-0".
pub(crate) struct Px(pub(crate) f64);

impl Px {
    fn of(units: i32) -> Self {
        Self(f64::from(units) / UNITS)
    }
}

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        debug_assert!(self.0.is_finite(), "inputs are checked, so positions are finite");
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        f.write_str(if text == "-0" { "0" } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plotters::prelude::{IntoDrawingArea, IntoFont};

    #[test]
    fn text_is_measured_by_its_characters_and_not_by_its_bytes() {
        let area = Backend::default().into_drawing_area();
        let style = ("sans-serif", 12.0).into_font().into();
        let width = |text: &str| area.estimate_text_size(text, &style).expect("cannot fail").0;
        assert_eq!(width("µµµµ"), width("uuuu"));
        assert!(width("≤≤≤≤") < 2 * width("<<<<"));
    }

    #[test]
    fn pens_are_told_apart_and_handed_out_once() {
        let mut backend = Backend::default();
        let pens: Vec<_> = (0..300)
            .map(|n| backend.pen(Pen::Shape(format!("c{n}"))))
            .collect();
        assert_eq!(backend.pen(Pen::Shape("c299".to_owned())), pens[299]);
        assert_ne!(pens[0], pens[256]);
    }
}
