//! Bars, error bars and the values beside them, drawn along either axis.

use super::data::Bar;
use super::grid::Grid;
use crate::canvas::{Anchor, Canvas, Style};
use crate::{number, theme};

/// Free room on either side of a bar.
const GAP: f64 = 1.5;
/// Half the width of an error bar's caps.
const CAP: f64 = 4.0;

/// Draws every bar of the drawing.
pub(crate) fn bars(canvas: &mut Canvas, bar: &Bar, grid: &Grid) {
    for group in 0..bar.groups.len() {
        for (series, row) in bar.series.iter().enumerate() {
            let slot = if bar.stacked { 0 } else { series };
            let Some((start, end)) = bar.extent(series, group) else {
                continue;
            };
            canvas.open(&tooltip(bar, series, group));
            let centre = grid.centre(group, slot);
            let class = format!("c-f{}", row.colour % theme::COLOURS + 1);
            block(canvas, grid, &class, centre, (start, end));
            if let Some(interval) = row.values[group].interval.filter(|_| !bar.stacked) {
                whisker(canvas, grid, centre, interval);
            }
            canvas.close();
        }
        for index in 0..grid.per_group {
            value(canvas, bar, grid, group, index);
        }
    }
}

/// What stands beside bar `index` of a group: its value, its total if stacked, "–" if not measured.
pub(crate) fn value_text(bar: &Bar, group: usize, index: usize) -> String {
    let value = if bar.stacked {
        bar.total(group)
    } else {
        bar.series[index].values[group].value
    };
    value.map_or_else(|| "–".to_owned(), |v| written(bar, v))
}

/// A value with as many decimals as give the drawing's largest value its digits, so that bars can be compared
/// digit by digit; what would vanish by that keeps two digits of its own.
pub(crate) fn written(bar: &Bar, value: f64) -> String {
    let most = bar
        .reach()
        .into_iter()
        .fold(0.0, |most: f64, v| most.max(v.abs()));
    let decimals = number::decimals_for(most, bar.digits);
    if value != 0.0 && value.abs() < libm::pow(10.0, -(decimals as f64)) {
        number::significant(value, 2)
    } else {
        number::fixed(value, decimals)
    }
}

fn block(canvas: &mut Canvas, grid: &Grid, class: &str, centre: f64, (start, end): (f64, f64)) {
    let (a, b) = (grid.value(start), grid.value(end));
    let (low, extent) = (a.min(b), (a - b).abs());
    let (side, thickness) = (centre - grid.bar / 2.0 + GAP, (grid.bar - 2.0 * GAP).max(1.0));
    if grid.upright {
        canvas.rect(class, side, low, thickness, extent);
    } else {
        canvas.rect(class, low, side, extent, thickness);
    }
}

fn whisker(canvas: &mut Canvas, grid: &Grid, centre: f64, (low, high): (f64, f64)) {
    let cap = CAP.min(grid.bar / 2.0 - GAP);
    let (a, b) = (grid.value(low), grid.value(high));
    let mut line = |along: (f64, f64), value: (f64, f64)| {
        let at = |along, value| {
            if grid.upright {
                (along, value)
            } else {
                (value, along)
            }
        };
        canvas.line("c-whisker", at(along.0, value.0), at(along.1, value.1));
    };
    line((centre, centre), (a, b));
    line((centre - cap, centre + cap), (a, a));
    line((centre - cap, centre + cap), (b, b));
}

fn value(canvas: &mut Canvas, bar: &Bar, grid: &Grid, group: usize, index: usize) {
    let value = if bar.stacked {
        bar.total(group)
    } else {
        bar.series[index].values[group].value
    };
    let interval = bar.series[index].values[group].interval.filter(|_| !bar.stacked);
    let (low, high) = interval.unwrap_or((0.0, 0.0));
    let value = value.unwrap_or(0.0);
    let text = value_text(bar, group, index);
    let centre = grid.centre(group, index);
    let negative = value < 0.0;
    // beyond the bar and its error bar, on the side the bar grows to
    let end = grid.value(if negative { value.min(low) } else { value.max(high) });
    match (grid.upright, negative) {
        (true, false) => canvas.text(Style::Label, Anchor::Middle, centre, end - 6.0, &text),
        (true, true) => canvas.text(Style::Label, Anchor::Middle, centre, end + 14.0, &text),
        (false, false) => canvas.text(Style::Label, Anchor::Start, end + 6.0, centre + 4.0, &text),
        (false, true) => canvas.text(Style::Label, Anchor::End, end - 6.0, centre + 4.0, &text),
    }
}

fn tooltip(bar: &Bar, series: usize, group: usize) -> String {
    let row = &bar.series[series];
    let mut text = String::new();
    for name in [&bar.groups[group], &row.name]
        .into_iter()
        .filter(|name| !name.is_empty())
    {
        text.push_str(name);
        text.push_str(": ");
    }
    if let Some(value) = row.values[group].value {
        text.push_str(&written(bar, value));
    }
    if !bar.axis.unit.is_empty() {
        text.push(' ');
        text.push_str(&bar.axis.unit);
    }
    if let Some((low, high)) = row.values[group].interval {
        let (low, high) = (written(bar, low), written(bar, high));
        text.push_str(&format!(" (95 % interval {low} to {high})"));
    }
    text
}
