//! What can be told where there is no room for a picture.

use super::super::progress;
use super::super::state::Live;
use super::super::words::{count, duration_or_dash, rate};
use super::header::verdict;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use ratatui::widgets::{Paragraph, Wrap};
use std::time::Duration;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, live: &Live, elapsed: Option<Duration>) {
    let mut line = Line::from(progress::words(live, elapsed));
    if let Some(last) = live.last().map(|last| last.point()) {
        line.push_span(format!(
            " · {}/s, p99 {}",
            rate(live.setup.per_second(last.counts.done)),
            duration_or_dash(last.response.map(|response| response.p99)),
        ));
    }
    line.push_span(format!(" · {} errors ·", count(live.totals.counts.errors)));
    line.extend(verdict(live).spans);
    frame.render_widget(Paragraph::new(line).wrap(Wrap { trim: true }), area);
}
