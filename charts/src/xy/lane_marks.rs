//! Lanes on a plot: names to the left, what was broken shaded, rows of bars or marks, the greatest count to the right.
//!
//! Labels of shades stand in rows of their own at the top of their lane, each where its shade begins or as near as it fits;
//! one that finds no room is left to its tooltip. Bars are drawn in a window whose units are columns and px, a row of
//! them as one path.

use super::axes::Area;
use super::lanes::{Filling, Lane, Lanes, Note, Row, Shape};
use crate::backend::Px;
use crate::canvas::{Anchor, Canvas, PAD, Style};
use crate::{number, text, theme};
use std::fmt::Write as _;

/// Height of a row's bars, and from one row to the next.
const BAR_PX: usize = 14;
const ROW_PX: f64 = 18.0;
/// Height of a row of labels, and how many of them a lane has at most.
const LABEL_PX: f64 = 15.0;
const LABEL_ROWS_MAX: usize = 4;
/// Between a lane's edge and what is in it, and between lanes.
const EDGE: f64 = 4.0;
const GAP: f64 = 4.0;
/// Longest names of lanes and rows, and shortest room between the two.
const NAME_MAX: f64 = 110.0;
const BETWEEN: f64 = 10.0;
/// From the plot to what stands beside it.
const BESIDE: f64 = 6.0;

/// Where a lane lies.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Place {
    top: f64,
    bottom: f64,
    /// Rows of labels from the top: x and text.
    labels: Vec<Vec<(f64, String)>>,
}

/// The room that names take to the left of the plot.
pub(super) fn left(lanes: &Lanes) -> f64 {
    let widest = |widths: &mut dyn Iterator<Item = f64>| widths.fold(0.0, f64::max).min(NAME_MAX);
    let names = widest(&mut lanes.lanes.iter().map(|lane| Style::Label.width(&lane.name)));
    let rows = lanes.lanes.iter().flat_map(|lane| &lane.rows);
    names + BETWEEN + widest(&mut rows.map(|row| Style::Note.width(&row.name)))
}

/// The room that the greatest counts take to the right.
pub(super) fn right(lanes: &Lanes) -> f64 {
    let rows = lanes.lanes.iter().flat_map(|lane| &lane.rows);
    let widths = rows.filter_map(greatest).map(|text| Style::Note.width(&text));
    BESIDE + widths.fold(0.0, f64::max)
}

/// Where every lane lies in a plot that begins at the area's top; the last one ends at its bottom.
pub(super) fn place(lanes: &Lanes, area: &Area) -> Vec<Place> {
    let mut top = area.top;
    let mut places = Vec::new();
    for lane in &lanes.lanes {
        let labels = labels(lane, area);
        let rows = lane.rows.len().max(usize::from(labels.is_empty()));
        let bottom = top + labels.len() as f64 * LABEL_PX + rows as f64 * ROW_PX + 2.0 * EDGE;
        places.push(Place { top, bottom, labels });
        top = bottom + GAP;
    }
    places
}

/// Below the lowest lane.
pub(super) fn bottom(places: &[Place], area: &Area) -> f64 {
    places.last().map_or(area.top + ROW_PX, |place| place.bottom)
}

pub(super) fn draw(canvas: &mut Canvas, lanes: &Lanes, places: &[Place], area: &Area) {
    for (lane, place) in lanes.lanes.iter().zip(places) {
        canvas.rect(
            "c-grid",
            area.left,
            place.top,
            area.right - area.left,
            place.bottom - place.top,
        );
        shades(canvas, lane, place, area);
        let name = text::cut(&lane.name, Style::Label, NAME_MAX);
        canvas.text(Style::Label, Anchor::Start, PAD, place.top + EDGE + 12.0, &name);
        for (index, row) in place.labels.iter().enumerate() {
            let y = place.top + EDGE + index as f64 * LABEL_PX + 10.0;
            for (x, label) in row {
                canvas.text(Style::Note, Anchor::Start, *x, y, label);
            }
        }
        let first = place.top + EDGE + place.labels.len() as f64 * LABEL_PX;
        for (index, row) in lane.rows.iter().enumerate() {
            draw_row(canvas, row, first + index as f64 * ROW_PX, area);
        }
    }
    flags(canvas, lanes, places, area);
}

fn labels(lane: &Lane, area: &Area) -> Vec<Vec<(f64, String)>> {
    let mut notes: Vec<_> = lane.notes.iter().filter(|note| !note.label.is_empty()).collect();
    notes.sort_by(|a, b| a.from.total_cmp(&b.from));
    let mut rows: Vec<Vec<(f64, String)>> = Vec::new();
    for note in notes {
        if note.from > area.x.high || note.to < area.x.low {
            continue;
        }
        let at = area.x(note.from.max(area.x.low));
        let (x, label) = if note.flag {
            beside_flag(note, at, area)
        } else {
            let label = text::cut(&note.label, Style::Note, (area.right - area.left) * 0.5 - 4.0);
            let width = Style::Note.width(&label);
            ((at + 2.0).min(area.right - width - 2.0), label)
        };
        let free = |row: &Vec<(f64, String)>| {
            row.last()
                .is_none_or(|(before, text)| before + Style::Note.width(text) + 12.0 <= x)
        };
        match rows.iter().position(free) {
            Some(row) => rows[row].push((x, label)),
            None if rows.len() < LABEL_ROWS_MAX => rows.push(vec![(x, label)]),
            None => {}
        }
    }
    rows
}

/// Where a flag's label begins, and what fits there: on the side of its line where there is more room, off its cloth.
fn beside_flag(note: &Note, at: f64, area: &Area) -> (f64, String) {
    const CLOTH: f64 = 11.0;
    let [left, right] = [at - CLOTH - area.left, area.right - at - CLOTH];
    let label = text::cut(&note.label, Style::Note, left.max(right) - 2.0);
    if right >= left {
        (at + CLOTH, label)
    } else {
        (at - CLOTH - Style::Note.width(&label), label)
    }
}

fn shades(canvas: &mut Canvas, lane: &Lane, place: &Place, area: &Area) {
    let seen = |from: f64, to: f64| from <= area.x.high && to >= area.x.low;
    for note in lane
        .notes
        .iter()
        .filter(|note| !note.flag && seen(note.from, note.to))
    {
        let (from, to) = (
            area.x(note.from.max(area.x.low)),
            area.x(note.to.min(area.x.high)),
        );
        canvas.open(&note.label);
        // what is over at once is seen, too
        let width = (to - from).max(1.5).min(area.right - from.min(area.right - 1.5));
        let from = from.min(area.right - 1.5);
        canvas.rect("c-band c-f5", from, place.top, width, place.bottom - place.top);
        canvas.close();
    }
}

/// Flags last, so that nothing lies on them.
fn flags(canvas: &mut Canvas, lanes: &Lanes, places: &[Place], area: &Area) {
    for (lane, place) in lanes.lanes.iter().zip(places) {
        let seen = |x: f64| (area.x.low..=area.x.high).contains(&x);
        for note in lane.notes.iter().filter(|note| note.flag && seen(note.from)) {
            let (x, y) = (area.x(note.from), place.top + EDGE);
            canvas.open(&note.label);
            canvas.line("c-limit", (x, y), (x, area.bottom));
            // at the right edge it flies to the left
            let tip = if x + 9.0 > area.right { x - 9.0 } else { x + 9.0 };
            triangle(canvas, "c-f2", [(x, y), (tip, y + 4.5), (x, y + 9.0)]);
            canvas.close();
        }
    }
}

fn draw_row(canvas: &mut Canvas, row: &Row, top: f64, area: &Area) {
    let name = text::cut(&row.name, Style::Note, NAME_MAX);
    canvas.text(Style::Note, Anchor::End, area.left - BESIDE, top + 11.0, &name);
    let colour = row.colour % theme::COLOURS + 1;
    match &row.filling {
        Filling::Bars(bars) => {
            let total = number::fixed(bars.iter().map(|count| *count as f64).sum(), 0);
            canvas.open(&format!("{}: {total}", row.name));
            let box_px = (area.left, top, area.right - area.left, BAR_PX as f64);
            canvas.open_grid("c-bars", box_px, (bars.len().max(1), BAR_PX));
            canvas.path(&format!("c-f{colour}"), &bar_path(bars));
            canvas.close_window();
            canvas.close();
        }
        Filling::Marks(marks) => {
            let y = top + BAR_PX as f64 / 2.0;
            let seen = |x: f64| (area.x.low..=area.x.high).contains(&x);
            for (x, words) in marks.iter().filter(|mark| seen(mark.0)) {
                canvas.open(words);
                mark(canvas, row.shape, colour, area.x(*x), y);
                canvas.close();
            }
        }
    }
    if let Some(text) = greatest(row) {
        canvas.text(Style::Note, Anchor::Start, area.right + BESIDE, top + 11.0, &text);
    }
}

fn mark(canvas: &mut Canvas, shape: Shape, colour: usize, x: f64, y: f64) {
    match shape {
        Shape::Dot => canvas.disc(&format!("c-f{colour}"), x, y, 3.5),
        Shape::Cross => {
            let class = format!("c-line c-s{colour}");
            canvas.line(&class, (x - 4.0, y - 4.0), (x + 4.0, y + 4.0));
            canvas.line(&class, (x - 4.0, y + 4.0), (x + 4.0, y - 4.0));
        }
        Shape::Triangle => {
            let corners = [(x, y - 5.0), (x + 5.0, y + 4.0), (x - 5.0, y + 4.0)];
            triangle(canvas, &format!("c-f{colour}"), corners);
        }
    }
}

fn triangle(canvas: &mut Canvas, class: &str, [a, b, c]: [(f64, f64); 3]) {
    let at = |(x, y): (f64, f64)| format!("{} {}", Px(x), Px(y));
    canvas.path(class, &format!("M{}L{}L{}z", at(a), at(b), at(c)));
}

/// What the tallest bar of a row counts.
fn greatest(row: &Row) -> Option<String> {
    match &row.filling {
        Filling::Bars(bars) => {
            let greatest = bars.iter().copied().max().filter(|most| *most > 0)?;
            Some(format!("≤ {}", number::fixed(greatest as f64, 0)))
        }
        Filling::Marks(_) => None,
    }
}

/// Equal neighbours are one bar; the least count is a px high.
fn bar_path(bars: &[u64]) -> String {
    let most = bars.iter().copied().max().unwrap_or(0).max(1);
    let height = |count: u64| match count {
        0 => 0,
        // a share of 1 at most, and of whole px
        count => ((count as f64 / most as f64 * BAR_PX as f64) as usize).max(1),
    };
    let heights: Vec<usize> = bars.iter().map(|count| height(*count)).collect();
    let (mut data, mut x) = (String::new(), 0);
    for run in heights.chunk_by(|a, b| a == b) {
        if run[0] > 0 {
            // the window's first px has its middle at 0, so its floor is half a px above the last one's number
            let floor = BAR_PX as f64 - 0.5;
            // writing to a String cannot fail
            let _ = write!(data, "M{x} {floor}v-{0}h{1}v{0}z", run[0], run.len());
        }
        x += run.len();
    }
    data
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_high_as_their_counts_and_seen_if_there_is_one() {
        assert_eq!(
            bar_path(&[0, 1, 1_000, 1_000]),
            "M1 13.5v-1h1v1zM2 13.5v-14h2v14z"
        );
        assert_eq!(bar_path(&[]), "");
        assert_eq!(bar_path(&[u64::MAX]), "M0 13.5v-14h1v14z");
    }

    #[test]
    fn a_flags_label_keeps_off_its_flag_on_the_side_with_more_room() {
        let unit = || crate::scale::Domain {
            low: 0.0,
            high: 1.0,
            log: false,
        };
        let area = Area {
            left: 100.0,
            top: 0.0,
            right: 500.0,
            bottom: 50.0,
            x: unit(),
            y: unit(),
        };
        for at in [0.0, 0.3, 0.46, 0.54, 0.8, 1.0] {
            let lane = Lane::new("findings").flag(
                "far more words than there is room for beside any flag, wherever it may stand",
                at,
            );
            let labels = labels(&lane, &area);
            let [row] = &labels[..] else { panic!("{labels:?}") };
            let (from, text) = &row[0];
            let to = from + Style::Note.width(text);
            let x = area.x(at);
            let (left, right) = (to <= x - 9.0, *from >= x + 9.0);
            assert_eq!(
                (left, right),
                (at > 0.5, at <= 0.5),
                "{at}: {from} to {to}, flag at {x}"
            );
            assert!(*from >= area.left && to <= area.right, "{at}: {from} to {to}");
        }
    }
}
