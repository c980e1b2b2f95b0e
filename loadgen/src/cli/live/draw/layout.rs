//! Who gets which part of the terminal.

use super::super::state::Live;
use super::{charts, figures, header, sentence};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect, Size};
use std::time::Duration;

/// The least that the full picture needs: the terminal everybody has.
pub(in super::super) const FULL: Size = Size::new(80, 24);
/// With so many rows both charts get the whole width, one above the other on one time axis.
const STACKED_ROWS: u16 = 36;
/// Rows of the figures, and where there is room more of them, for more kinds of errors.
const FIGURES_ROWS: [u16; 2] = [9, 13];

pub(in super::super) fn draw(frame: &mut Frame<'_>, live: &Live, elapsed: Option<Duration>) {
    let area = frame.area();
    if area.width < FULL.width || area.height < FULL.height {
        sentence::draw(frame, area, live, elapsed);
        return;
    }
    let stacked = area.height >= STACKED_ROWS;
    let [top, middle, bottom, foot] = Layout::vertical([
        Constraint::Length(header::ROWS),
        Constraint::Fill(1),
        Constraint::Length(FIGURES_ROWS[usize::from(stacked)]),
        Constraint::Length(1),
    ])
    .areas(area);
    header::draw(frame, top, live, elapsed);
    let [rates, latencies]: [Rect; 2] = if stacked {
        Layout::vertical([Constraint::Fill(1); 2]).areas(middle)
    } else {
        Layout::horizontal([Constraint::Fill(1); 2]).areas(middle)
    };
    let points = live.points();
    charts::rates(frame, rates, live, &points);
    charts::latencies(frame, latencies, live, &points);
    figures::draw(frame, bottom, live);
    header::keys(frame, foot, live);
}
