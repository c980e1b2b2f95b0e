//! What is refused of a drawing over two axes: everything that has no place on them, by its name.

use super::lanes::{Filling, Lane, Lanes, Row};
use super::plot::{Pane, Sheet};
use super::series::{Series, Span};
use crate::scale::{self, Axis};
use crate::{Error, theme};

/// More panes than this do not fit a screen.
const PANES_MAX: usize = 8;
/// More series than this cannot be told apart, dashes or not.
const SERIES_MAX: usize = 3 * theme::COLOURS;
/// Spans and limits: more would cover the data.
const DECORATIONS_MAX: usize = 24;
/// Hollow dots of a series: more would merge into a line.
const HOLLOW_MAX: usize = 240;
/// More lanes than this do not fit a screen.
const LANES_MAX: usize = 24;
/// More rows of a lane cannot be told apart.
const LANE_ROWS_MAX: usize = 6;
/// Columns of bars: one per two px.
const LANE_COLUMNS_MAX: usize = 360;
/// Marks of a row: more would merge.
const ROW_MARKS_MAX: usize = 64;
/// Shaded stretches and flags of a lane.
const LANE_NOTES_MAX: usize = 200;

/// Refuses what cannot be drawn, naming the series and the point.
pub(crate) fn check(sheet: &Sheet, panes: &[Pane]) -> Result<(), Error> {
    if panes.is_empty() {
        return Err(Error::Nothing {
            place: "panels".to_owned(),
        });
    }
    count("panels", PANES_MAX, panes.len())?;
    count("spans", DECORATIONS_MAX, sheet.spans.len())?;
    scale::check_axis(&sheet.x)?;
    panes.iter().try_for_each(|pane| check_pane(&sheet.x, pane))?;
    sheet.spans.iter().try_for_each(|span| check_span(&sheet.x, span))
}

fn check_pane(x: &Axis, pane: &Pane) -> Result<(), Error> {
    count("series", SERIES_MAX, pane.series.len())?;
    count("limits", DECORATIONS_MAX, pane.limits.len())?;
    pane.lanes.iter().try_for_each(|lanes| check_lanes(x, lanes))?;
    scale::check_axis(&pane.y)?;
    pane.series
        .iter()
        .try_for_each(|series| check_series(x, &pane.y, series))?;
    pane.limits.iter().try_for_each(|limit| {
        let place = format!("limit {:?}", limit.name);
        scale::check(&place, pane.y.log, std::iter::once(limit.y))
    })
}

fn check_series(x: &Axis, y: &Axis, series: &Series) -> Result<(), Error> {
    let place = |part: &str| format!("{part} of series {:?}", series.name);
    let (band, hollow) = (&series.band, &series.hollow.points);
    scale::check(&place("x"), x.log, series.points().map(|p| p.0))?;
    scale::check(&place("y"), y.log, series.points().map(|p| p.1))?;
    scale::check(&place("x of the band"), x.log, band.iter().map(|b| b.0))?;
    scale::check(&place("the band's low end"), y.log, band.iter().map(|b| b.1))?;
    scale::check(&place("the band's high end"), y.log, band.iter().map(|b| b.2))?;
    if let Some(&(_, low, high)) = band.iter().find(|b| b.1 > b.2) {
        return Err(Error::Reversed {
            place: place("the band"),
            low,
            high,
        });
    }
    count(&place("hollow dots"), HOLLOW_MAX, hollow.len())?;
    scale::check(&place("x of the hollow dots"), x.log, hollow.iter().map(|p| p.0))?;
    scale::check(&place("y of the hollow dots"), y.log, hollow.iter().map(|p| p.1))
}

fn check_lanes(x: &Axis, lanes: &Lanes) -> Result<(), Error> {
    let place = "the lanes' range";
    scale::check(place, x.log, [lanes.from, lanes.to].into_iter())?;
    if lanes.from >= lanes.to {
        return Err(Error::Reversed {
            place: place.to_owned(),
            low: lanes.from,
            high: lanes.to,
        });
    }
    count("lanes", LANES_MAX, lanes.lanes.len())?;
    lanes.lanes.iter().try_for_each(|lane| check_lane(x, lane))
}

fn check_lane(x: &Axis, lane: &Lane) -> Result<(), Error> {
    let place = |part: &str| format!("{part} of lane {:?}", lane.name);
    count(&place("rows"), LANE_ROWS_MAX, lane.rows.len())?;
    let notes = place("shades and flags");
    count(&notes, LANE_NOTES_MAX, lane.notes.len())?;
    let ends = lane.notes.iter().flat_map(|note| [note.from, note.to]);
    scale::check(&notes, x.log, ends)?;
    if let Some(note) = lane.notes.iter().find(|note| note.from > note.to) {
        return Err(Error::Reversed {
            place: format!("{:?} on lane {:?}", note.label, lane.name),
            low: note.from,
            high: note.to,
        });
    }
    lane.rows
        .iter()
        .try_for_each(|row| check_row(x, &place(&format!("row {:?}", row.name)), row))
}

fn check_row(x: &Axis, place: &str, row: &Row) -> Result<(), Error> {
    match &row.filling {
        Filling::Bars(bars) => count(place, LANE_COLUMNS_MAX, bars.len()),
        Filling::Marks(marks) => {
            scale::check(place, x.log, marks.iter().map(|mark| mark.0))?;
            count(place, ROW_MARKS_MAX, marks.len())
        }
    }
}

fn check_span(x: &Axis, span: &Span) -> Result<(), Error> {
    let place = format!("span {:?}", span.name);
    scale::check(&place, x.log, [span.from, span.to].into_iter())?;
    if span.from > span.to {
        return Err(Error::Reversed {
            place,
            low: span.from,
            high: span.to,
        });
    }
    Ok(())
}

fn count(place: &str, limit: usize, found: usize) -> Result<(), Error> {
    if found > limit {
        return Err(Error::TooMany {
            place: place.to_owned(),
            limit,
            found,
        });
    }
    Ok(())
}
