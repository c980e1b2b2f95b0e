//! Where bars, names and values stand, upright or sideways.
//!
//! Both ways share one grid: the axis of groups ("along") and the axis of values. Upright is chosen if every
//! group's name wraps into its slot without breaking a word, and every value is narrower than its bar's share.

use super::data::Bar;
use super::grid::Grid;
use super::marks;
use crate::canvas::{Anchor, Canvas, PAD, Style, Svg, WIDTH};
use crate::frame::{self, Entry, Key};
use crate::scale::{Domain, Tick};
use crate::{Error, text, theme};

/// Height of the plot of upright bars.
const UPRIGHT_PX: f64 = 280.0;
/// Share of a group's slot that its bars fill, and the widest a bar gets.
const FILL: f64 = 0.76;
const BAR_MAX: f64 = 64.0;
/// Thickness of bars on their side with the gap to the next, and the gap between groups.
const LYING: f64 = 20.0;
const GROUP_GAP: f64 = 14.0;
/// Room for the names of groups on their side; longer ones wrap.
const NAMES_MAX: f64 = 230.0;
/// Lines of a group's name before it is cut.
const NAME_LINES: usize = 3;

impl Bar {
    /// The picture, or what makes it impossible.
    pub fn draw(&self) -> Result<Svg, Error> {
        self.check()?;
        Ok(draw(self))
    }
}

fn draw(bar: &Bar) -> Svg {
    let mut canvas = Canvas::default();
    let y = frame::head(&mut canvas, &bar.head);
    let named = |row: &&super::data::Row| !row.name.is_empty();
    let entry = |row: &super::data::Row| Entry {
        key: Key::Box,
        class: format!("c-f{}", row.colour % theme::COLOURS + 1),
        name: row.name.clone(),
    };
    let entries: Vec<Entry> = bar.series.iter().filter(named).map(entry).collect();
    let y = frame::legend(&mut canvas, &entries, y);
    let bottom = if bar.reach().is_empty() {
        caption(&mut canvas, bar, y);
        frame::empty(&mut canvas, PAD, y + 26.0, WIDTH - 2.0 * PAD, 160.0);
        y + 200.0
    } else {
        let grid = upright(bar).filter(|_| !bar.sideways);
        match grid {
            Some(grid) => draw_upright(&mut canvas, bar, grid, y),
            None => draw_sideways(&mut canvas, bar, y),
        }
    };
    let height = frame::foot(&mut canvas, &bar.head, bottom);
    canvas.finish(height, describe(bar))
}

fn per_group(bar: &Bar) -> usize {
    if bar.stacked { 1 } else { bar.series.len() }
}

/// Whether values stand below (or left of) their bars; the domain's low end may be 0 by rounding.
fn has_negative(bar: &Bar) -> bool {
    bar.reach().into_iter().any(|v| v < 0.0)
}

/// The texts of all values, as they will be written beside the bars.
fn value_texts(bar: &Bar) -> Vec<String> {
    (0..bar.groups.len())
        .flat_map(|g| (0..per_group(bar)).map(move |i| marks::value_text(bar, g, i)))
        .collect()
}

/// The grid of upright bars (its y axis not yet placed), if everything fits.
fn upright(bar: &Bar) -> Option<Grid> {
    let domain = Domain::of(&bar.axis, bar.reach().into_iter());
    let domain = if bar.axis.range.is_some() {
        domain
    } else {
        domain.widened(7)
    };
    let ticks = domain.ticks(9);
    let widest = ticks
        .iter()
        .map(|t| Style::Muted.width(&t.text))
        .fold(0.0, f64::max);
    let left = PAD + widest + 8.0;
    let slot = (WIDTH - PAD - left) / bar.groups.len() as f64;
    let per_group = per_group(bar);
    let thickness = (slot * FILL / per_group as f64).min(BAR_MAX);
    let name_fits = |name: &String| {
        let words = name
            .split_whitespace()
            .all(|word| Style::Label.width(word) <= slot - 8.0);
        words && text::wrap(name, Style::Label, slot - 8.0, usize::MAX).len() <= NAME_LINES
    };
    let value_fits = |text: &String| {
        Style::Label.width(text)
            <= if per_group > 1 {
                thickness - 3.0
            } else {
                slot - 6.0
            }
    };
    let fits = bar.groups.iter().all(name_fits) && value_texts(bar).iter().all(value_fits);
    fits.then_some(Grid {
        upright: true,
        domain,
        from: 0.0,
        to: 0.0,
        start: left,
        slot,
        bar: thickness,
        per_group,
    })
}

fn draw_upright(canvas: &mut Canvas, bar: &Bar, mut grid: Grid, y: f64) -> f64 {
    let ticks = grid.domain.ticks(9);
    caption(canvas, bar, y);
    // room above for the value of a bar that reaches the top, below for one that reaches the bottom
    let below = if has_negative(bar) { 18.0 } else { 0.0 };
    grid.to = y + 36.0;
    grid.from = grid.to + UPRIGHT_PX;
    let bottom = grid.from + below;
    for tick in &ticks {
        let at = grid.value(tick.value);
        canvas.line("c-grid", (grid.start, at), (WIDTH - PAD, at));
        canvas.text(Style::Muted, Anchor::End, grid.start - 8.0, at + 4.0, &tick.text);
    }
    marks::bars(canvas, bar, &grid);
    let zero = grid.value(0.0);
    canvas.line("c-axis", (grid.start, zero), (WIDTH - PAD, zero));
    let mut lines_most = 0;
    for (group, name) in bar.groups.iter().enumerate() {
        let lines = text::wrap(name, Style::Label, grid.slot - 8.0, NAME_LINES);
        lines_most = lines_most.max(lines.len());
        for (i, line) in lines.iter().enumerate() {
            let at = bottom + 18.0 + i as f64 * Style::Label.line_height();
            canvas.text(Style::Label, Anchor::Middle, grid.middle(group), at, line);
        }
    }
    bottom + 12.0 + lines_most as f64 * Style::Label.line_height()
}

fn draw_sideways(canvas: &mut Canvas, bar: &Bar, y: f64) -> f64 {
    caption(canvas, bar, y);
    let names: Vec<Vec<String>> = bar
        .groups
        .iter()
        .map(|name| text::wrap(name, Style::Label, NAMES_MAX, NAME_LINES))
        .collect();
    let width = |text: &String| Style::Label.width(text);
    let names_width = names.iter().flatten().map(width).fold(0.0, f64::max);
    let values_width = value_texts(bar).iter().map(width).fold(0.0, f64::max) + 10.0;
    // not widened: values are written out, so the last gridline need not bound them
    let domain = Domain::of(&bar.axis, bar.reach().into_iter());
    // values of negative bars stand to the left of them
    let inset = if has_negative(bar) { values_width } else { 0.0 };
    let (from, to) = (PAD + names_width + 12.0 + inset, WIDTH - PAD - values_width);
    let lines = names.iter().map(Vec::len).max().unwrap_or(1) as f64;
    let bars = per_group(bar) as f64 * LYING;
    let slot = bars.max(lines * Style::Label.line_height()) + GROUP_GAP;
    let per_group = per_group(bar);
    let grid = Grid {
        upright: false,
        domain,
        from,
        to,
        start: y + 26.0,
        slot,
        bar: LYING,
        per_group,
    };
    let bottom = grid.start + slot * bar.groups.len() as f64;

    let ticks = ticks_that_fit(&grid);
    for tick in &ticks {
        let at = grid.value(tick.value);
        canvas.line("c-grid", (at, grid.start), (at, bottom));
        canvas.text(Style::Muted, Anchor::Middle, at, bottom + 16.0, &tick.text);
    }
    marks::bars(canvas, bar, &grid);
    let zero = grid.value(0.0);
    canvas.line("c-axis", (zero, grid.start), (zero, bottom));
    for (group, lines) in names.iter().enumerate() {
        let first = grid.middle(group) + 4.0 - (lines.len() as f64 - 1.0) * Style::Label.line_height() / 2.0;
        for (i, line) in lines.iter().enumerate() {
            let at = first + i as f64 * Style::Label.line_height();
            canvas.text(Style::Label, Anchor::Start, PAD, at, line);
        }
    }
    bottom + 26.0
}

/// Ticks of lying values whose texts stand clear of each other and of the picture's edge.
fn ticks_that_fit(grid: &Grid) -> Vec<Tick> {
    let half = |tick: &Tick| Style::Muted.width(&tick.text) / 2.0;
    let fits = |ticks: &[Tick]| {
        let clear = |pair: &[Tick]| {
            grid.value(pair[0].value) + half(&pair[0]) + 10.0 <= grid.value(pair[1].value) - half(&pair[1])
        };
        ticks.windows(2).all(clear)
            && ticks
                .last()
                .is_none_or(|last| grid.value(last.value) + half(last) <= WIDTH - PAD / 2.0)
            && ticks
                .first()
                .is_none_or(|first| grid.value(first.value) - half(first) >= PAD / 2.0)
    };
    let candidates = (2..=8).rev().map(|count| grid.domain.ticks(count));
    candidates
        .into_iter()
        .find(|ticks| fits(ticks))
        .unwrap_or_default()
}

fn caption(canvas: &mut Canvas, bar: &Bar, y: f64) {
    let caption = text::cut(&bar.axis.caption(), Style::Muted, WIDTH - 2.0 * PAD);
    canvas.text(Style::Muted, Anchor::Start, PAD, y + 11.0, &caption);
}

fn describe(bar: &Bar) -> String {
    let mut parts = Vec::new();
    for (group, name) in bar.groups.iter().enumerate() {
        let values = bar.series.iter().map(|row| {
            let value = row.values[group]
                .value
                .map_or_else(|| "not measured".to_owned(), |v| marks::written(bar, v));
            format!("{} {value}", row.name).trim().to_owned()
        });
        parts.push(format!("{name}: {}", values.collect::<Vec<_>>().join(", ")));
    }
    let contents = if bar.reach().is_empty() {
        "No data".to_owned()
    } else {
        parts.join("; ")
    };
    bar.head
        .description(&format!("{}. {contents}", bar.axis.caption()))
}
