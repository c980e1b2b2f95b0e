//! The names of curves, limits and spans: where each stands.

use super::axes::Area;
use super::plot::Pane;
use super::series::Span;
use crate::canvas::{Anchor, Canvas, Style};
use crate::frame::{self, Entry, Key};
use crate::{spread, text};

/// Names longer than this go above the plot: the curves need the room more.
const NAME_MAX: f64 = 190.0;
/// From the plot's edge to a name beside it: leader, key, gap.
const NAME_INDENT: f64 = 40.0;
/// Height of a name beside the plot.
const NAME_PX: f64 = 16.0;
/// Height of a row of span names.
pub(super) const SPAN_ROW: f64 = 16.0;

/// The names of one pane.
#[derive(Debug)]
pub(super) struct Names {
    /// Each with the y value it wants to stand at.
    entries: Vec<(Entry, f64)>,
    /// To the right of the plot, or else above it.
    beside: bool,
}

impl Names {
    pub(super) fn of(pane: &Pane) -> Self {
        let series = (0..pane.series.len()).flat_map(|i| of_series(pane, i));
        let limits = pane.limits.iter().map(|l| {
            let (key, class, name) = (Key::Line, "c-limit".to_owned(), l.name.clone());
            (Entry { key, class, name }, l.y)
        });
        let entries: Vec<(Entry, f64)> = series
            .chain(limits)
            .filter(|(entry, _)| !entry.name.is_empty())
            .collect();
        let short = |(entry, _): &(Entry, f64)| Style::Label.width(&entry.name) <= NAME_MAX;
        let fit = entries.len() as f64 * NAME_PX <= pane.height;
        Self {
            beside: fit && !entries.is_empty() && entries.iter().all(short),
            entries,
        }
    }

    /// The room they take to the right of the plot.
    pub(super) fn margin(&self) -> f64 {
        if !self.beside {
            return 0.0;
        }
        let widths = self
            .entries
            .iter()
            .map(|(entry, _)| Style::Label.width(&entry.name));
        NAME_INDENT + widths.fold(0.0, f64::max)
    }

    /// Sets them in rows above the plot, if that is their place; returns the y below.
    pub(super) fn above(&self, canvas: &mut Canvas, y: f64) -> f64 {
        if self.beside {
            return y;
        }
        let entries: Vec<Entry> = self.entries.iter().map(|(entry, _)| entry.clone()).collect();
        frame::legend(canvas, &entries, y)
    }

    /// Sets them to the right of the plot, if that is their place, each as near to its curve's end as the
    /// others allow.
    pub(super) fn beside(&self, canvas: &mut Canvas, area: &Area) {
        if !self.beside {
            return;
        }
        let end = |y: f64| area.y(y).clamp(area.top, area.bottom);
        let mut order: Vec<usize> = (0..self.entries.len()).collect();
        order.sort_by(|a, b| end(self.entries[*a].1).total_cmp(&end(self.entries[*b].1)));
        let wanted: Vec<f64> = order.iter().map(|i| end(self.entries[*i].1)).collect();
        // `of` has made sure that there is room
        let Some(centres) = spread::apart(&wanted, NAME_PX, area.top, area.bottom) else {
            return;
        };
        for (place, index) in order.into_iter().enumerate() {
            let (entry, y) = (&self.entries[index].0, centres[place]);
            let lead = entry
                .class
                .replace("c-line", "c-lead")
                .replace("c-limit", "c-mark");
            canvas.line(&lead, (area.right + 3.0, wanted[place]), (area.right + 13.0, y));
            frame::key(canvas, entry, area.right + 15.0, y);
            let x = area.right + NAME_INDENT - 2.0;
            canvas.text(Style::Label, Anchor::Start, x, y + 4.0, &entry.name);
        }
    }
}

/// The names of a series and of its hollow dots, those without points left out.
fn of_series(pane: &Pane, index: usize) -> Vec<(Entry, f64)> {
    let (series, class) = (&pane.series[index], pane.line_class(index));
    let last = series.runs.iter().rev().find_map(|run| run.last().map(|p| p.1));
    let end = last.or(series.band.last().map(|b| b.2));
    let hollow = series.hollow.points.last().map(|p| p.1);
    let entry = |key, class: &str, name: &str, y| {
        let (class, name) = (class.to_owned(), name.to_owned());
        (Entry { key, class, name }, y)
    };
    let curve = end.map(|y| entry(Key::Line, &class, &series.name, y));
    let dots = hollow.map(|y| entry(Key::Hollow, series.hollow.class(&class), &series.hollow.name, y));
    curve.into_iter().chain(dots).collect()
}

/// Names of spans in rows, the lowest row first: each is centred over its span, or as near as it fits.
pub(super) fn span_rows(spans: &[Span], area: &Area) -> Vec<Vec<(f64, String)>> {
    let mut rows: Vec<Vec<(f64, String)>> = Vec::new();
    let visible = |s: &&Span| s.from <= area.x.high && s.to >= area.x.low && !s.name.is_empty();
    for span in spans.iter().filter(visible) {
        let name = text::cut(&span.name, Style::Muted, area.right - area.left);
        let half = Style::Muted.width(&name) / 2.0;
        let (from, to) = (area.x(span.from).max(area.left), area.x(span.to).min(area.right));
        let middle =
            f64::midpoint(from, to).clamp(area.left + half, (area.right - half).max(area.left + half));
        let free = |row: &Vec<(f64, String)>| {
            row.iter()
                .all(|(x, other)| (x - middle).abs() >= half + Style::Muted.width(other) / 2.0 + 8.0)
        };
        match rows.iter_mut().find(|row| free(row)) {
            Some(row) => row.push((middle, name)),
            None => rows.push(vec![(middle, name)]),
        }
    }
    rows
}

/// Sets the names of spans above the plot.
pub(super) fn spans(canvas: &mut Canvas, rows: &[Vec<(f64, String)>], area: &Area) {
    for (i, row) in rows.iter().enumerate() {
        let y = area.top - 6.0 - i as f64 * SPAN_ROW;
        for (x, name) in row {
            canvas.text(Style::Muted, Anchor::Middle, *x, y, name);
        }
    }
}
