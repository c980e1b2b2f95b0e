//! Every answer by when it came and how long it took. What percentile lines hide shows: two modes, a plateau, a stall's slope.

use super::columns::{Column, Columns, stretches};
use super::quantile::of_part;
use super::unit::{Clock, Unit};
use super::windows::stairs;
use crate::record::Row;
use crate::report::Document;
use charts::{Cells, Error, HeatMap, Span, Svg};

/// Rows of cells: three px each in a plot of usual height.
const ROWS_MAX: f64 = 100.0;
/// Least ratio of a row's edges: much above a histogram's precision of 0.1 %, or else rows would come out striped.
const ROW_RATIO: f64 = 1.02;
/// Least ratio of the axis' ends, so that noise of a percent does not fill the picture.
const SPAN_RATIO: f64 = 4.0;

/// What a column holds: values with their counts, and the line over them.
struct Shades {
    from_s: f64,
    to_s: f64,
    /// (nanoseconds, count).
    counts: Vec<(f64, u64)>,
    line_ns: Option<f64>,
}

/// Response times over time with a high quantile over them. None without a time series, or with nothing answered.
pub fn heat_map(document: &Document) -> Result<Option<Svg>, Error> {
    let Some(columns) = Columns::new(&document.recording) else {
        return Ok(None);
    };
    let line = Quantile::readable(columns);
    let shades: Vec<Shades> = columns
        .iter()
        .map(|column| Shades::new(&column, line.value))
        .collect();
    let values = || {
        shades
            .iter()
            .flat_map(|shades| shades.counts.iter().map(|(value, _)| *value))
    };
    let (least, most) = (
        values().fold(f64::INFINITY, f64::min),
        values().fold(0.0, f64::max),
    );
    if least > most {
        return Ok(None);
    }
    let unit = Unit::for_most(most);
    let clock = Clock::for_end(columns.end_s());
    let cells = cells(&shades, columns, (least, most), unit, clock)?;
    let over = stairs(
        line.name,
        shades.iter().map(|column| {
            let value = column.line_ns.map(|value| unit.positive(value));
            (clock.of(column.from_s), clock.of(column.to_s), value)
        }),
    );
    let map = HeatMap::new(
        "Response time over time",
        clock.axis(),
        unit.axis("response time"),
        cells,
    )
    .subtitle(&document.run.title)
    .note(format!(
        "A column is {} wide; an answer counts when it came.",
        humantime::format_duration(columns.width())
    ))
    .counting("answers")
    .series(over);
    let map = stretches(document, columns)
        .into_iter()
        .fold(map, |map, (name, from, to)| {
            map.span(Span::new(name, clock.of(from), clock.of(to)))
        });
    map.draw().map(Some)
}

/// `ends` are the least and the greatest value.
fn cells(
    shades: &[Shades],
    columns: Columns<'_>,
    ends: (f64, f64),
    unit: Unit,
    clock: Clock,
) -> Result<Cells, Error> {
    let (low, high) = widened(unit.positive(ends.0), unit.positive(ends.1));
    let rows = libm::log(high / low) / libm::log(ROW_RATIO);
    let mut cells = Cells::new(
        (0.0, clock.of(columns.end_s())),
        columns.count(),
        (low, high),
        rows.ceil().clamp(1.0, ROWS_MAX) as usize,
    )?;
    for column in shades {
        let middle = clock.of(f64::midpoint(column.from_s, column.to_s));
        for (value, count) in &column.counts {
            cells.add(middle, unit.positive(*value), *count)?;
        }
    }
    Ok(cells)
}

impl Shades {
    fn new(column: &Column<'_>, quantile: f64) -> Self {
        let response = column.merged(Row::response);
        let counts = response.iter_recorded().map(|step| {
            let value = response.median_equivalent(step.value_iterated_to());
            (value as f64, step.count_since_last_iteration())
        });
        Self {
            from_s: column.from_s,
            to_s: column.to_s,
            counts: counts.collect(),
            line_ns: of_part(&response, quantile),
        }
    }
}

/// A quantile and its name.
#[derive(Clone, Copy)]
struct Quantile {
    name: &'static str,
    value: f64,
}

impl Quantile {
    /// The highest in common use that is not just the maximum in most columns.
    fn readable(columns: Columns<'_>) -> Self {
        let mut counts: Vec<u64> = columns.iter().map(|column| column.sum(|row| row.done)).collect();
        counts.retain(|count| *count > 0);
        counts.sort_unstable();
        let (name, value) = match counts.get(counts.len() / 2).copied().unwrap_or(0) {
            100.. => ("p99", 0.99),
            10..100 => ("p90", 0.9),
            _ => ("p50", 0.5),
        };
        Self { name, value }
    }
}

/// The range, or one of [`SPAN_RATIO`] around its middle.
fn widened(low: f64, high: f64) -> (f64, f64) {
    if high / low >= SPAN_RATIO {
        return (low, high);
    }
    let middle = libm::sqrt(low * high);
    let half = libm::sqrt(SPAN_RATIO);
    (middle / half, middle * half)
}
