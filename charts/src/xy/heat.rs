//! Cells as shades, and the key of the shades.
//!
//! Cells are drawn in a window whose units are columns and rows, so that their positions are small whole numbers. A
//! run of equal shade in a row is one stroke; all strokes of a shade are one path, each move relative to the last: a
//! full grid of noise stays below 300 kB, a real one below a third of that.

use super::axes::{self, Area};
use super::cells::Heat;
use crate::canvas::{Anchor, Canvas, PAD, Style};
use crate::scale::{Domain, Tick};
use crate::{number, ramp, text};
use std::fmt::Write as _;

/// The key's size, and the room for what it says before it.
const KEY_PX: (f64, f64) = (220.0, 10.0);
const COUNTED_MAX: f64 = 300.0;
/// Ticks of the key's scale at most.
const TICKS_MAX: usize = 6;

/// Draws the cells over the whole plot.
pub(super) fn draw(canvas: &mut Canvas, heat: &Heat, area: &Area) {
    let cells = &heat.cells;
    let greatest = cells.greatest();
    let row = |row| (0..cells.columns).map(move |column| ramp::shade(cells.count(column, row), greatest));
    let shades = (0..cells.rows).rev().map(|r| row(r).collect()).collect();
    canvas.open(&caption(heat));
    window(canvas, (area.left, area.top, area.right, area.bottom), shades);
    canvas.close();
}

/// Draws the key from `y` down; returns the y below it.
pub(super) fn key(canvas: &mut Canvas, heat: &Heat, y: f64) -> f64 {
    let greatest = heat.cells.greatest();
    if greatest == 0 {
        return y;
    }
    let caption = text::cut(&caption(heat), Style::Label, COUNTED_MAX);
    canvas.text(Style::Label, Anchor::Start, PAD, y + 12.0, &caption);
    let left = PAD + Style::Label.width(&caption) + 16.0;
    let steps: Vec<_> = match greatest {
        1 => vec![ramp::shade(1, 1)],
        _ => (0..ramp::SHADES).map(Some).collect(),
    };
    // one shade is one box, not a bar of it
    let width = KEY_PX.0 * steps.len() as f64 / ramp::SHADES as f64;
    let right = left + width;
    window(canvas, (left, y + 3.0, right, y + 3.0 + KEY_PX.1), vec![steps]);
    for (at, tick) in ticks(greatest, width) {
        canvas.line("c-axis", (left + at, y + 13.0), (left + at, y + 17.0));
        canvas.text(Style::Muted, Anchor::Middle, left + at, y + 29.0, &tick.text);
    }
    y + 38.0
}

/// What a shade stands for: "requests per cell".
pub(super) fn caption(heat: &Heat) -> String {
    format!("{} per cell", heat.counted)
}

/// The key's ticks with their distance from its left end: 1 and the greatest count, and what fits between.
fn ticks(greatest: u64, width: f64) -> Vec<(f64, Tick)> {
    let of = |count: u64| Tick {
        value: count as f64,
        text: number::fixed(count as f64, 0),
    };
    if greatest == 1 {
        return vec![(width / 2.0, of(1))];
    }
    let domain = Domain {
        low: 1.0,
        high: greatest as f64,
        log: true,
    };
    let between = domain
        .ticks(TICKS_MAX)
        .into_iter()
        .filter(|tick| tick.value > 1.0 && tick.value < domain.high && tick.value.fract() == 0.0);
    let last = of(greatest);
    let mut kept = vec![of(1)];
    for tick in between {
        let fits = |left: &Tick, right: &Tick| axes::apart(&domain, width, left, right);
        if kept.last().is_some_and(|before| fits(before, &tick)) && fits(&tick, &last) {
            kept.push(tick);
        }
    }
    kept.push(last);
    kept.into_iter()
        .map(|tick| (domain.position(tick.value) * width, tick))
        .collect()
}

/// Draws rows of shades, the uppermost first, stretched over (left, top, right, bottom).
fn window(
    canvas: &mut Canvas,
    (left, top, right, bottom): (f64, f64, f64, f64),
    rows: Vec<Vec<Option<usize>>>,
) {
    let mut paths = vec![Path::default(); ramp::SHADES];
    for (y, row) in rows.iter().enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|a, b| a == b) {
            if let Some(shade) = run[0] {
                paths[shade].stroke(x, y, run.len());
            }
            x += run.len();
        }
    }
    let columns = rows.first().map_or(0, Vec::len);
    canvas.open_grid(
        ramp::CLASS,
        (left, top, right - left, bottom - top),
        (columns, rows.len()),
    );
    for (shade, path) in paths.iter().enumerate().filter(|(_, path)| !path.data.is_empty()) {
        canvas.path(&ramp::class(shade), &path.data);
    }
    canvas.close_window();
}

/// The strokes of one shade as path data, and where its pen stands.
#[derive(Debug, Clone, Default)]
struct Path {
    data: String,
    at: (usize, usize),
}

impl Path {
    /// A stroke to the right from (x, y). A path's first move, though relative, counts from 0.
    fn stroke(&mut self, x: usize, y: usize, length: usize) {
        let over = |to: usize, from: usize| to as i64 - from as i64;
        let (right, down) = (over(x, self.at.0), over(y, self.at.1));
        // writing to a String cannot fail
        let _ = write!(self.data, "m{right} {down}h{length}");
        self.at = (x + length, y);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strokes_are_relative_to_the_last() {
        let mut path = Path::default();
        path.stroke(2, 0, 3);
        path.stroke(7, 0, 1);
        path.stroke(0, 4, 2);
        assert_eq!(path.data, "m2 0h3m2 0h1m-8 4h2");
    }

    #[test]
    fn the_key_names_its_ends_and_what_fits_between() {
        let texts = |greatest| -> Vec<String> {
            let ticks = ticks(greatest, KEY_PX.0);
            ticks
                .into_iter()
                .map(|(_, tick)| tick.text.replace('\u{202f}', " "))
                .collect()
        };
        assert_eq!(texts(1), ["1"]);
        assert_eq!(texts(2), ["1", "2"]);
        assert_eq!(texts(7), ["1", "2", "5", "7"]);
        assert_eq!(texts(12_345), ["1", "10", "100", "1 000", "12 345"]);
        assert_eq!(texts(1000), ["1", "10", "100", "1 000"]);
    }
}
