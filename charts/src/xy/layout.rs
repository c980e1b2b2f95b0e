//! From plain data to a picture: what stands where.
//!
//! Top to bottom: title, subtitle; of each pane its key of shades, its legend rows (only if names do not fit at the
//! curves' ends), its y title and its plot; above the first plot the names of spans, below the last x ticks and x
//! title; then the note. All panes have the same left and right side, as wide as the widest text beside any.

use super::axes::{self, Area};
use super::heat;
use super::lane_marks;
use super::marks;
use super::names::{self, Names, SPAN_ROW};
use super::plot::{Pane, Sheet};
use crate::canvas::{Anchor, Canvas, PAD, Style, Svg, WIDTH};
use crate::frame;
use crate::scale::{Domain, Tick};
use crate::{Error, text};

/// From the base line of a pane to what belongs to the next one; and to what stands below the last.
const PANE_GAP: f64 = 14.0;
const X_AXIS_PX: f64 = 46.0;

/// The picture of `panes`, one below the other, or what makes it impossible.
pub(crate) fn draw(sheet: &Sheet, panes: &[Pane]) -> Result<Svg, Error> {
    super::check::check(sheet, panes)?;
    let mut canvas = Canvas::default();
    let scales: Vec<_> = panes.iter().map(y_scale).collect();
    let names: Vec<Names> = panes.iter().map(Names::of).collect();
    let y_texts = scales.iter().flat_map(|(_, ticks)| ticks);
    let widest = y_texts
        .map(|tick| Style::Label.width(&tick.text))
        .fold(0.0, f64::max);
    let lanes = || panes.iter().filter_map(|pane| pane.lanes.as_ref());
    let widest = lanes().map(lane_marks::left).fold(widest, f64::max);
    let margin = names.iter().map(Names::margin);
    let margin = margin.chain(lanes().map(lane_marks::right)).fold(0.0, f64::max);
    let mut sides = Sides {
        left: PAD + widest + 8.0,
        right: WIDTH - PAD - margin,
    };
    let x = axes::x_domain(sheet, panes);
    let mut x_ticks = settle_x(sheet, &x, &mut sides);
    if !panes.iter().any(Pane::has_data) {
        x_ticks.clear();
    }
    let mut y = frame::head(&mut canvas, &sheet.head);
    for (index, (pane, (domain, y_ticks))) in panes.iter().zip(scales).enumerate() {
        y = captions(&mut canvas, pane, &names[index], y);
        let mut area = Area {
            left: sides.left,
            top: y,
            right: sides.right,
            bottom: y,
            x,
            y: domain,
        };
        let named = if index == 0 { sheet.spans.as_slice() } else { &[] };
        let rows = names::span_rows(named, &area);
        area.top = y + rows.len() as f64 * SPAN_ROW + 4.0;
        area.bottom = area.top + pane.height;
        if let Some(lanes) = &pane.lanes {
            area.bottom = lane_marks::bottom(&lane_marks::place(lanes, &area), &area);
        }
        contents(&mut canvas, sheet, pane, &area, &y_ticks);
        if index + 1 == panes.len() {
            axes::draw_x(&mut canvas, sheet, &area, &x_ticks);
        }
        curves(&mut canvas, sheet, pane, &area);
        names::spans(&mut canvas, &rows, &area);
        names[index].beside(&mut canvas, &area);
        y = area.bottom + PANE_GAP;
    }
    let height = frame::foot(&mut canvas, &sheet.head, y - PANE_GAP + X_AXIS_PX);
    Ok(canvas.finish(height, describe(sheet, panes)))
}

/// Lanes have no y axis.
fn y_scale(pane: &Pane) -> (Domain, Vec<Tick>) {
    let (domain, ticks) = axes::y_scale(pane);
    let ticks = if pane.lanes.is_some() { Vec::new() } else { ticks };
    (domain, ticks)
}

/// The left and right side of every plot, in px.
struct Sides {
    left: f64,
    right: f64,
}

/// Settles the sides so that the outermost x ticks stay in the picture, and returns the ticks.
fn settle_x(sheet: &Sheet, x: &Domain, sides: &mut Sides) -> Vec<Tick> {
    let mut ticks = axes::x_ticks(sheet, x, sides.right - sides.left);
    // one pass narrows the plot by half a text at most; the second finds the ticks for the new width
    for _ in 0..2 {
        let half = |tick: &Tick| Style::Muted.width(&tick.text) / 2.0;
        if let (Some(first), Some(last)) = (ticks.first(), ticks.last()) {
            let at =
                |tick: &Tick, sides: &Sides| sides.left + x.position(tick.value) * (sides.right - sides.left);
            sides.left += (PAD / 2.0 - (at(first, sides) - half(first))).max(0.0);
            sides.right -= (at(last, sides) + half(last) - (WIDTH - PAD / 2.0)).max(0.0);
        }
        ticks = axes::x_ticks(sheet, x, sides.right - sides.left);
    }
    ticks
}

/// What stands above a plot but for the names of spans; returns the y below.
fn captions(canvas: &mut Canvas, pane: &Pane, names: &Names, y: f64) -> f64 {
    let y = match &pane.heat {
        Some(heat) => heat::key(canvas, heat, y),
        None => y,
    };
    let y = names.above(canvas, y);
    let caption = text::cut(&pane.y.caption(), Style::Muted, WIDTH - 2.0 * PAD);
    canvas.text(Style::Muted, Anchor::Start, PAD, y + 11.0, &caption);
    y + 22.0
}

/// What lies below the curves.
fn contents(canvas: &mut Canvas, sheet: &Sheet, pane: &Pane, area: &Area, y_ticks: &[Tick]) {
    if !pane.has_data() {
        let (width, height) = (area.right - area.left, area.bottom - area.top);
        frame::empty(canvas, area.left, area.top, width, height);
        axes::draw_y(canvas, pane, area, &[]);
        return;
    }
    if let Some(lanes) = &pane.lanes {
        lane_marks::draw(canvas, lanes, &lane_marks::place(lanes, area), area);
        marks::spans(canvas, &sheet.spans, area);
    } else if let Some(heat) = &pane.heat {
        // cells would hide a span, and a gridline across them looks like a gap in the data
        axes::draw_y(canvas, pane, area, y_ticks);
        heat::draw(canvas, heat, area);
        marks::spans(canvas, &sheet.spans, area);
    } else {
        marks::spans(canvas, &sheet.spans, area);
        axes::draw_y(canvas, pane, area, y_ticks);
    }
}

fn curves(canvas: &mut Canvas, sheet: &Sheet, pane: &Pane, area: &Area) {
    if pane.has_data() {
        marks::limits(canvas, &sheet.spans, &pane.limits, area);
        for index in 0..pane.series.len() {
            marks::series(canvas, pane, index, area);
        }
    }
}

fn describe(sheet: &Sheet, panes: &[Pane]) -> String {
    let pane = |pane: &Pane| {
        let names: Vec<&str> = pane
            .series
            .iter()
            .map(|s| s.name.as_str())
            .filter(|n| !n.is_empty())
            .collect();
        let what = if pane.has_data() {
            names.join(", ")
        } else {
            "No data".to_owned()
        };
        let counted = pane.heat.as_ref().map(heat::caption);
        let y = counted.map_or(pane.y.caption(), |counted| {
            format!("{counted} by {}", pane.y.caption())
        });
        let axes = format!("{y} over {}", sheet.x_caption);
        if what.is_empty() {
            axes
        } else {
            format!("{axes}: {what}")
        }
    };
    let parts: Vec<String> = panes.iter().map(pane).collect();
    sheet.head.description(&parts.join("; "))
}
