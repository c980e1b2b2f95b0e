//! Where the plot is, and its axes: gridlines, ticks, titles.
//!
//! x ticks are thinned until no two texts touch, measured with the width table; y ticks stand 44 px apart or
//! more, which any text of one line fits.

use super::plot::{Plot, XTicks};
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
pub(crate) fn y_scale(plot: &Plot) -> (Domain, Vec<Tick>) {
    let count = ((plot.height / Y_TICK_PX) as usize).max(2);
    let domain = Domain::of(&plot.y, plot.ys());
    let domain = if plot.y.range.is_some() {
        domain
    } else {
        domain.widened(count)
    };
    let ticks = domain.ticks(y_ticks_most(plot));
    (domain, ticks)
}

/// Widening can add a step at either end; those ticks still have room.
fn y_ticks_most(plot: &Plot) -> usize {
    ((plot.height / Y_TICK_PX) as usize).max(2) + 2
}

/// The x axis' domain.
pub(crate) fn x_domain(plot: &Plot) -> Domain {
    Domain::of(&plot.x, plot.xs())
}

/// The x ticks that fit side by side between `left` and `right` (and may stand out by half a text).
pub(crate) fn x_ticks(plot: &Plot, domain: &Domain, width: f64) -> Vec<Tick> {
    let at = |tick: &Tick| domain.position(tick.value) * width;
    let half = |tick: &Tick| Style::Muted.width(&tick.text) / 2.0;
    let fits = |ticks: &[Tick]| {
        ticks
            .windows(2)
            .all(|p| at(&p[0]) + half(&p[0]) + TICK_GAP <= at(&p[1]) - half(&p[1]))
    };
    match &plot.x_ticks {
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

/// Gridlines, tick texts and the base line; the title of x below.
pub(crate) fn draw(canvas: &mut Canvas, plot: &Plot, area: &Area, y_ticks: &[Tick], x_ticks: &[Tick]) {
    let grid = canvas.shape("c-grid");
    let most = if y_ticks.is_empty() { 0 } else { y_ticks_most(plot) };
    let mesh = canvas.with(area.coordinates());
    mesh.draw_mesh(|backend, line| line.draw(backend, &grid), most, 0)
        .expect(INFALLIBLE);
    for tick in y_ticks {
        let y = area.y(tick.value);
        canvas.text(Style::Muted, Anchor::End, area.left - 8.0, y + 4.0, &tick.text);
    }
    canvas.line("c-axis", (area.left, area.bottom), (area.right, area.bottom));
    for tick in x_ticks {
        let x = area.x(tick.value);
        canvas.line("c-axis", (x, area.bottom), (x, area.bottom + 5.0));
        canvas.text(Style::Muted, Anchor::Middle, x, area.bottom + 18.0, &tick.text);
    }
    let title = text::cut(&plot.x_caption, Style::Muted, WIDTH - 2.0 * PAD);
    let (half, middle) = (
        Style::Muted.width(&title) / 2.0,
        f64::midpoint(area.left, area.right),
    );
    let x = middle.clamp(PAD + half, (WIDTH - PAD - half).max(PAD + half));
    canvas.text(Style::Muted, Anchor::Middle, x, area.bottom + 38.0, &title);
}
