//! What runs, how far it is, whether it can be believed so far; and the keys, at the foot.

use super::super::doubts::doubts;
use super::super::progress;
use super::super::state::Live;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Gauge;
use std::time::Duration;

pub(super) const ROWS: u16 = 3;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, live: &Live, elapsed: Option<Duration>) {
    let [title, gauge, verdict] = Layout::vertical([Constraint::Length(1); 3]).areas(area);
    let bold = Style::new().add_modifier(Modifier::BOLD);
    frame.render_widget(Line::styled(format!(" {}", live.setup.title), bold), title);
    frame.render_widget(
        Gauge::default()
            .ratio(progress::share(live, elapsed))
            .label(progress::words(live, elapsed))
            .gauge_style(Style::new().fg(Color::Blue)),
        gauge,
    );
    frame.render_widget(self::verdict(live), verdict);
}

/// How to end it.
pub(super) fn keys(frame: &mut Frame<'_>, area: Rect, live: &Live) {
    let text = match live.stopping {
        false => " q or Ctrl-C: stop, and report what was measured",
        true => " waiting for outstanding answers · q or Ctrl-C again: end at once, without a report",
    };
    frame.render_widget(Line::styled(text, Style::new().fg(Color::DarkGray)), area);
}

/// INVALID already, or nothing against it yet.
pub(super) fn verdict(live: &Live) -> Line<'static> {
    let doubts = doubts(live);
    match doubts.first() {
        Some(gravest) => {
            let more = match doubts.len() - 1 {
                0 => String::new(),
                more => format!(" (and {more} more)"),
            };
            Line::from(vec![
                Span::styled(
                    " INVALID so far:",
                    Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
                ),
                Span::styled(format!(" {gravest}{more}"), Style::new().fg(Color::Red)),
            ])
        }
        None if live.totals.counts.planned == 0 => {
            Line::styled(" nothing measured yet", Style::new().fg(Color::DarkGray))
        }
        None => Line::styled(" valid so far", Style::new().fg(Color::Green)),
    }
}
