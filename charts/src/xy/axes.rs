//! Where the plot is, and its axes: gridlines, ticks, titles.
//!
//! x ticks are thinned until no two texts touch, measured with the width table; y ticks stand 44 px apart or
//! more, which any text of one line fits.

use super::plot::{Pane, Sheet, XTicks};
use crate::canvas::{Anchor, Canvas, INFALLIBLE, PAD, Style, WIDTH, units};
use crate::scale::{Domain, Tick};
use crate::text;
use plotters::coord::cartesian::Cartesian2d;

/// Least distance between the texts of two x ticks.
const TICK_GAP: f64 = 12.0;
/// Width an x tick takes at least, for a calm axis; fewer ticks are tried until their texts fit.
const X_TICK_PX: f64 = 76.0;
/// Height a y tick takes.
const Y_TICK_PX: f64 = 44.0;

/// The plot's rectangle in px, and what its sides stand for.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    pub(crate) left: f64,
    pub(crate) top: f64,
    pub(crate) right: f64,
    pub(crate) bottom: f64,
    pub(crate) x: Domain,
    pub(crate) y: Domain,
}

impl Area {
    pub(crate) fn x(&self, value: f64) -> f64 {
        self.left + self.x.position(value) * (self.right - self.left)
    }

    pub(crate) fn y(&self, value: f64) -> f64 {
        self.bottom - self.y.position(value) * (self.bottom - self.top)
    }

    /// The same as plotters has it: from values to its pixels.
    pub(crate) fn coordinates(&self) -> Cartesian2d<Domain, Domain> {
        let across = units(self.left)..units(self.right);
        let upwards = units(self.bottom)..units(self.top);
        Cartesian2d::new(self.x, self.y, (across, upwards))
    }
}

/// The y axis' domain and ticks for a plot `height` px high.
pub(crate) fn y_scale(pane: &Pane) -> (Domain, Vec<Tick>) {
    let count = ((pane.height / Y_TICK_PX) as usize).max(2);
    let domain = Domain::of(&pane.y, pane.ys());
    let domain = if pane.y.range.is_some() {
        domain
    } else {
        domain.widened(count)
    };
    let ticks = domain.ticks(y_ticks_most(pane));
    (domain, ticks)
}

/// Widening can add a step at either end; those ticks still have room.
fn y_ticks_most(pane: &Pane) -> usize {
    ((pane.height / Y_TICK_PX) as usize).max(2) + 2
}

/// The x axis' domain: all that is drawn on any pane, and the limits upright on it.
pub(crate) fn x_domain(sheet: &Sheet, panes: &[Pane]) -> Domain {
    let limits = sheet.spans.iter().filter(|s| s.limit).map(|s| s.from);
    Domain::of(&sheet.x, panes.iter().flat_map(Pane::xs).chain(limits))
}

/// The x ticks that fit side by side between `left` and `right` (and may stand out by half a text).
pub(crate) fn x_ticks(sheet: &Sheet, domain: &Domain, width: f64) -> Vec<Tick> {
    let fits = |ticks: &[Tick]| ticks.windows(2).all(|p| apart(domain, width, &p[0], &p[1]));
    match &sheet.x_ticks {
        XTicks::Auto => {
            let most = ((width / X_TICK_PX) as usize).max(2);
            let candidates = (2..=most).rev().map(|count| domain.ticks(count));
            candidates
                .into_iter()
                .find(|ticks| fits(ticks))
                .unwrap_or_default()
        }
        XTicks::Given(given) => {
            let mut kept: Vec<Tick> = Vec::new();
            for tick in given
                .iter()
                .filter(|t| (-1e-9..=1.0 + 1e-9).contains(&domain.position(t.value)))
            {
                if kept.last().is_none_or(|last| fits(&[last.clone(), tick.clone()])) {
                    kept.push(tick.clone());
                }
            }
            kept
        }
    }
}

/// Whether the texts of two ticks do not touch on an axis `width` long.
pub(crate) fn apart(domain: &Domain, width: f64, left: &Tick, right: &Tick) -> bool {
    let at = |tick: &Tick| domain.position(tick.value) * width;
    let half = |tick: &Tick| Style::Muted.width(&tick.text) / 2.0;
    at(left) + half(left) + TICK_GAP <= at(right) - half(right)
}

/// Gridlines, y tick texts, the base line, and the line of zero if it is another.
pub(crate) fn draw_y(canvas: &mut Canvas, pane: &Pane, area: &Area, ticks: &[Tick]) {
    let grid = canvas.shape("c-grid");
    let most = if ticks.is_empty() { 0 } else { y_ticks_most(pane) };
    let mesh = canvas.with(area.coordinates());
    mesh.draw_mesh(|backend, line| line.draw(backend, &grid), most, 0)
        .expect(INFALLIBLE);
    for tick in ticks {
        let y = area.y(tick.value);
        canvas.text(Style::Muted, Anchor::End, area.left - 8.0, y + 4.0, &tick.text);
    }
    canvas.line("c-axis", (area.left, area.bottom), (area.right, area.bottom));
    let through_zero = !area.y.log && area.y.low < 0.0 && area.y.high > 0.0;
    if through_zero && !ticks.is_empty() {
        canvas.line("c-axis", (area.left, area.y(0.0)), (area.right, area.y(0.0)));
    }
}

/// x ticks and the title of x, below a plot.
pub(crate) fn draw_x(canvas: &mut Canvas, sheet: &Sheet, area: &Area, ticks: &[Tick]) {
    for tick in ticks {
        let x = area.x(tick.value);
        canvas.line("c-axis", (x, area.bottom), (x, area.bottom + 5.0));
        canvas.text(Style::Muted, Anchor::Middle, x, area.bottom + 18.0, &tick.text);
    }
    let title = text::cut(&sheet.x_caption, Style::Muted, WIDTH - 2.0 * PAD);
    let (half, middle) = (
        Style::Muted.width(&title) / 2.0,
        f64::midpoint(area.left, area.right),
    );
    let x = middle.clamp(PAD + half, (WIDTH - PAD - half).max(PAD + half));
    canvas.text(Style::Muted, Anchor::Middle, x, area.bottom + 38.0, &title);
}
