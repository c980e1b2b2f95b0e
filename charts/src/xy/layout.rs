//! From a checked plot to a picture: what stands where.
//!
//! Top to bottom: title, subtitle, legend rows (only if names do not fit at the curves' ends), y title, names of
//! spans, plot, x ticks, x title, note. Left and right margins are as wide as the texts in them.

use super::axes::{self, Area};
use super::marks;
use super::plot::{Plot, Span, line_class};
use crate::canvas::{Anchor, Canvas, PAD, Style, Svg, WIDTH};
use crate::frame::{self, Entry, Key};
use crate::scale::Tick;
use crate::{spread, text};

/// Names longer than this go above the plot: the curves need the room more.
const NAME_MAX: f64 = 190.0;
/// From the plot's edge to a name beside it: leader, key, gap.
const NAME_INDENT: f64 = 40.0;
/// Height of a name beside the plot.
const NAME_PX: f64 = 16.0;
/// Height of a row of span names.
const SPAN_ROW: f64 = 16.0;

/// The picture of a plot that has passed `check`.
pub(crate) fn draw(plot: &Plot) -> Svg {
    let mut canvas = Canvas::default();
    let (domain, y_ticks) = axes::y_scale(plot);
    let names = names(plot);
    let beside = fits_beside(plot, &names);
    let widest =
        |texts: &mut dyn Iterator<Item = &str>| texts.map(|t| Style::Label.width(t)).fold(0.0, f64::max);
    let left = PAD + widest(&mut y_ticks.iter().map(|t| t.text.as_str())) + 8.0;
    let margin = if beside {
        NAME_INDENT + widest(&mut names.iter().map(|(e, _)| e.name.as_str()))
    } else {
        0.0
    };
    let mut area = Area {
        left,
        top: 0.0,
        right: WIDTH - PAD - margin,
        bottom: 0.0,
        x: axes::x_domain(plot),
        y: domain,
    };
    let x_ticks = settle_x(plot, &mut area);

    let mut y = frame::head(&mut canvas, &plot.head);
    if !beside {
        y = frame::legend(
            &mut canvas,
            &names.iter().map(|(e, _)| e.clone()).collect::<Vec<_>>(),
            y,
        );
    }
    let caption = text::cut(&plot.y.caption(), Style::Muted, WIDTH - 2.0 * PAD);
    canvas.text(Style::Muted, Anchor::Start, PAD, y + 11.0, &caption);
    y += 22.0;
    let rows = span_rows(plot, &area);
    area.top = y + rows.len() as f64 * SPAN_ROW + 4.0;
    area.bottom = area.top + plot.height;

    if plot.xs().next().is_none() {
        frame::empty(
            &mut canvas,
            area.left,
            area.top,
            area.right - area.left,
            plot.height,
        );
        axes::draw(&mut canvas, plot, &area, &[], &[]);
    } else {
        marks::spans(&mut canvas, plot, &area);
        axes::draw(&mut canvas, plot, &area, &y_ticks, &x_ticks);
        marks::limits(&mut canvas, plot, &area);
        for index in 0..plot.series.len() {
            marks::series(&mut canvas, plot, index, &area);
        }
    }
    span_names(&mut canvas, &rows, &area);
    if beside {
        names_beside(&mut canvas, plot, &names, &area);
    }
    let height = frame::foot(&mut canvas, &plot.head, area.bottom + 46.0);
    canvas.finish(height, describe(plot))
}

/// Every name of the legend, with the y value it wants to stand at.
fn names(plot: &Plot) -> Vec<(Entry, f64)> {
    let last = |runs: &[Vec<(f64, f64)>]| runs.iter().rev().find_map(|run| run.last().map(|p| p.1));
    let series = plot.series.iter().enumerate().filter_map(|(i, s)| {
        let entry = Entry {
            key: Key::Line,
            class: line_class(plot, i),
            name: s.name.clone(),
        };
        last(&s.runs).or(s.band.last().map(|b| b.2)).map(|y| (entry, y))
    });
    let limits = plot.limits.iter().map(|l| {
        (
            Entry {
                key: Key::Line,
                class: "c-limit".to_owned(),
                name: l.name.clone(),
            },
            l.y,
        )
    });
    series
        .chain(limits)
        .filter(|(entry, _)| !entry.name.is_empty())
        .collect()
}

fn fits_beside(plot: &Plot, names: &[(Entry, f64)]) -> bool {
    let short = names
        .iter()
        .all(|(entry, _)| Style::Label.width(&entry.name) <= NAME_MAX);
    short && !names.is_empty() && names.len() as f64 * NAME_PX <= plot.height
}

/// Settles the sides of the plot so that the outermost x ticks stay in the picture, and returns the ticks.
fn settle_x(plot: &Plot, area: &mut Area) -> Vec<Tick> {
    let mut ticks = axes::x_ticks(plot, &area.x, area.right - area.left);
    // one pass narrows the plot by half a text at most; the second finds the ticks for the new width
    for _ in 0..2 {
        let half = |tick: &Tick| Style::Muted.width(&tick.text) / 2.0;
        if let (Some(first), Some(last)) = (ticks.first(), ticks.last()) {
            area.left += (PAD / 2.0 - (area.x(first.value) - half(first))).max(0.0);
            area.right -= (area.x(last.value) + half(last) - (WIDTH - PAD / 2.0)).max(0.0);
        }
        ticks = axes::x_ticks(plot, &area.x, area.right - area.left);
    }
    ticks
}

/// Names of spans in rows, the lowest row first: each is centred over its span, or as near as it fits.
fn span_rows(plot: &Plot, area: &Area) -> Vec<Vec<(f64, String)>> {
    let mut rows: Vec<Vec<(f64, String)>> = Vec::new();
    let visible = |s: &&Span| s.from <= area.x.high && s.to >= area.x.low && !s.name.is_empty();
    for span in plot.spans.iter().filter(visible) {
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

fn span_names(canvas: &mut Canvas, rows: &[Vec<(f64, String)>], area: &Area) {
    for (i, row) in rows.iter().enumerate() {
        let y = area.top - 6.0 - i as f64 * SPAN_ROW;
        for (x, name) in row {
            canvas.text(Style::Muted, Anchor::Middle, *x, y, name);
        }
    }
}

/// Names to the right of the plot, each as near to its curve's end as the others allow.
fn names_beside(canvas: &mut Canvas, plot: &Plot, names: &[(Entry, f64)], area: &Area) {
    let end = |y: f64| area.y(y).clamp(area.top, area.bottom);
    let mut order: Vec<usize> = (0..names.len()).collect();
    order.sort_by(|a, b| end(names[*a].1).total_cmp(&end(names[*b].1)));
    let wanted: Vec<f64> = order.iter().map(|i| end(names[*i].1)).collect();
    // `fits_beside` has made sure that there is room
    let Some(centres) = spread::apart(&wanted, NAME_PX, area.top, area.top + plot.height) else {
        return;
    };
    for (place, index) in order.into_iter().enumerate() {
        let (entry, y) = (&names[index].0, centres[place]);
        let lead = entry
            .class
            .replace("c-line", "c-lead")
            .replace("c-limit", "c-mark");
        canvas.line(&lead, (area.right + 3.0, wanted[place]), (area.right + 13.0, y));
        frame::key(canvas, entry, area.right + 15.0, y);
        canvas.text(
            Style::Label,
            Anchor::Start,
            area.right + NAME_INDENT - 2.0,
            y + 4.0,
            &entry.name,
        );
    }
}

fn describe(plot: &Plot) -> String {
    let names: Vec<&str> = plot
        .series
        .iter()
        .map(|s| s.name.as_str())
        .filter(|n| !n.is_empty())
        .collect();
    let what = if plot.xs().next().is_none() {
        "No data".to_owned()
    } else {
        names.join(", ")
    };
    let axes = format!("{} over {}", plot.y.caption(), plot.x_caption);
    plot.head.description(&if what.is_empty() {
        axes
    } else {
        format!("{axes}: {what}")
    })
}
