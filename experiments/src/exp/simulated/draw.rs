//! Parts of pictures and pages.

use super::compare::Level;
use super::data::Data;
use crate::stand::simulated::{Second, Turn};
use charts::{Cell, Cells, Error, Lane, Lanes, Panel, Value};
use std::collections::BTreeMap;

/// Cells from one response time to its double: as the simulator counts them.
const ROWS_PER_DOUBLE: f64 = 8.0;

/// A bar, with its interval if there is one.
pub(in crate::exp) fn value(found: Option<Level>) -> Value {
    match found {
        None => Value::missing(),
        Some((value, None)) => Value::new(value),
        Some((value, Some(interval))) => Value::new(value).between(interval.low, interval.high),
    }
}

/// The same in a table.
pub(in crate::exp) fn bracketed(found: Option<Level>, decimals: usize) -> Cell {
    let fixed = |value| charts::number::fixed(value, decimals);
    match found {
        None => Cell::missing(),
        Some((value, None)) => Cell::text(fixed(value)),
        Some((value, Some(of))) => Cell::text(format!(
            "{} [{}, {}]",
            fixed(value),
            fixed(of.low),
            fixed(of.high)
        )),
    }
}

/// A curve through the middles of seconds, without those that have no such figure.
pub(in crate::exp) fn curve<'a>(
    seconds: impl Iterator<Item = &'a Second>,
    figure: impl Fn(&Second) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let point = |second: &Second| Some((second.second as f64 + 0.5, figure(second)?));
    seconds.filter_map(point).collect()
}

/// The same of all seeds: in each second the median of those that have the figure.
pub(in crate::exp) fn median_curve<'a>(
    seconds: impl Iterator<Item = &'a Second>,
    figure: impl Fn(&Second) -> Option<f64>,
) -> Vec<(f64, f64)> {
    let mut found: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
    for second in seconds {
        if let Some(figure) = figure(second) {
            found.entry(second.second).or_default().push(figure);
        }
    }
    let point =
        |(second, figures): (u64, Vec<f64>)| Some((second as f64 + 0.5, crate::stats::median(&figures)?));
    found.into_iter().filter_map(point).collect()
}

/// The response times of the example; `None` if nothing was answered.
pub(in crate::exp) fn cells(data: &Data, variant: &str) -> Result<Option<Cells>, Error> {
    let seen: Vec<_> = data.responses.iter().filter(|of| of.variant == variant).collect();
    let ends = seen.iter().map(|of| (of.to_us, of.response_us / 1e3));
    let Some((end_us, _)) = ends.clone().max_by_key(|(to_us, _)| *to_us) else {
        return Ok(None);
    };
    let column_us = seen
        .iter()
        .map(|of| of.to_us - of.from_us)
        .max()
        .unwrap_or(1)
        .max(1);
    let half = (0.5 / ROWS_PER_DOUBLE).exp2();
    let low = ends.clone().map(|(_, ms)| ms).fold(f64::INFINITY, f64::min) / half;
    let high = ends.map(|(_, ms)| ms).fold(0.0, f64::max) * half;
    let columns = (end_us / column_us).clamp(1, 400) as usize;
    let rows = ((high / low).log2() * ROWS_PER_DOUBLE).round().clamp(1.0, 120.0) as usize;
    let mut cells = Cells::new((0.0, end_us as f64 / 1e6), columns, (low, high), rows)?;
    for of in seen {
        cells.add(
            (of.from_us + of.to_us) as f64 / 2e6,
            of.response_us / 1e3,
            of.count,
        )?;
    }
    Ok(Some(cells))
}

/// When a breaker was open and half-open, as a panel; its turns are in order of time. `None` of a run that has no end.
pub(in crate::exp) fn breaker_panel(caption: &str, turns: &[&Turn], end_s: f64) -> Option<Panel> {
    let lanes = ["open", "half-open"].map(|state| breaker_lane(turns, state, end_s));
    let lanes = lanes.into_iter().fold(Lanes::new(0.0, end_s), Lanes::lane);
    (end_s > 0.0).then(|| Panel::lanes(caption, lanes))
}

/// When it was in this state, shaded, until `end_s` if it still is.
fn breaker_lane(turns: &[&Turn], state: &str, end_s: f64) -> Lane {
    let mut since_s = None;
    let mut lane = Lane::new(state);
    for turn in turns {
        let at_s = turn.at_us as f64 / 1e6;
        if let Some(since_s) = since_s.take() {
            lane = lane.shade("", since_s, at_s);
        }
        if turn.to == state {
            since_s = Some(at_s);
        }
    }
    match since_s {
        Some(since_s) => lane.shade("", since_s, end_s),
        None => lane,
    }
}
