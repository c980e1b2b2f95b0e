//! The screen: another page of the terminal, drawn at most twice a second, and the keys pressed meanwhile.
//!
//! It is drawn to standard error, so that standard output can be a file or a pipe. Keys are looked for in steps that
//! never block; what cannot be drawn or read is left out, for a terminal that went away is no reason to lose a run.
//! In this mode Ctrl-C is a key, not a signal; signals from elsewhere arrive as ever.

use super::draw::draw;
use super::setup::Setup;
use super::state::Live;
use super::tick::Tick;
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{
    EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use std::io::{self, BufWriter, Stderr, stderr};
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::time::{Instant, Interval, MissedTickBehavior, interval};

/// Between two looks at the keys: a key feels immediate, and the machine is woken ten times a second.
const KEYS_EVERY: Duration = Duration::from_millis(100);
/// Between two draws, at least.
const DRAW_EVERY: Duration = Duration::from_millis(500);
/// Events read in one step: more is a paste, which may wait.
const EVENTS_MAX: usize = 32;

type Screen = Terminal<CrosstermBackend<BufWriter<Stderr>>>;

/// A screen is open, and has to be closed before anything else is printed.
static OPEN: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();

/// What a user at the screen asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::cli) enum Command {
    /// The same as a signal: the first ends the run in order, the second at once.
    Stop,
}

pub(in crate::cli) struct Tui {
    live: Live,
    terminal: Screen,
    beats: Interval,
    begin: Option<Instant>,
    drawn: Option<Instant>,
    /// The terminal still gives events.
    listening: bool,
}

impl Tui {
    pub(super) fn open(setup: Setup) -> io::Result<Self> {
        HOOK.call_once(close_on_panic);
        OPEN.store(true, Ordering::SeqCst);
        let terminal = enter().inspect_err(|_| close())?;
        let mut beats = interval(KEYS_EVERY);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Ok(Self {
            live: Live::new(setup),
            terminal,
            beats,
            begin: None,
            drawn: None,
            listening: true,
        })
    }

    pub(super) fn begin(&mut self, at: Instant) {
        self.begin = Some(at);
    }

    pub(super) fn tick(&mut self, tick: &Tick) {
        self.live.tick(tick);
    }

    pub(super) fn stopping(&mut self) {
        self.live.stopping = true;
    }

    /// The next beat: keys first, then the screen if it is time. Nothing is awaited after the beat.
    pub(super) async fn step(&mut self) -> Option<Command> {
        let now = self.beats.tick().await;
        let command = self.keys();
        if command.is_some() {
            self.live.stopping = true;
        }
        let due = self
            .drawn
            .is_none_or(|drawn| now.saturating_duration_since(drawn) >= DRAW_EVERY);
        if due && OPEN.load(Ordering::SeqCst) {
            self.drawn = Some(now);
            let elapsed = self.begin.map(|begin| now.saturating_duration_since(begin));
            let live = &self.live;
            // where it cannot be drawn nobody looks
            let _ = self.terminal.draw(|frame| draw(frame, live, elapsed));
        }
        command
    }

    fn keys(&mut self) -> Option<Command> {
        for _ in 0..EVENTS_MAX {
            if !self.listening {
                break;
            }
            match event::poll(Duration::ZERO).and_then(|some| some.then(event::read).transpose()) {
                Ok(Some(Event::Key(key))) if asks_to_stop(key) => return Some(Command::Stop),
                Ok(Some(_)) => {}
                Ok(None) => break,
                Err(_) => self.listening = false,
            }
        }
        None
    }
}

fn enter() -> io::Result<Screen> {
    enable_raw_mode()?;
    execute!(stderr(), EnterAlternateScreen)?;
    Terminal::new(CrosstermBackend::new(BufWriter::new(stderr())))
}

impl Drop for Tui {
    fn drop(&mut self) {
        close();
    }
}

/// `q` and Ctrl-C.
fn asks_to_stop(key: KeyEvent) -> bool {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    let asked = matches!(
        (key.code, control),
        (KeyCode::Char('q'), false) | (KeyCode::Char('c'), true)
    );
    asked && key.kind == KeyEventKind::Press
}

/// A panic of any thread is printed on the page it belongs to.
fn close_on_panic() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        close();
        before(info);
    }));
}

/// Once, however often it is called.
fn close() {
    if OPEN.swap(false, Ordering::SeqCst) {
        // a terminal that is gone needs no restoring
        let _ = disable_raw_mode();
        let _ = execute!(stderr(), LeaveAlternateScreen, Show);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_keys_stop() {
        let key = |code, modifiers| asks_to_stop(KeyEvent::new(code, modifiers));
        let (none, control) = (KeyModifiers::NONE, KeyModifiers::CONTROL);
        assert!(key(KeyCode::Char('q'), none) && key(KeyCode::Char('c'), control));
        assert!(
            !key(KeyCode::Char('c'), none) && !key(KeyCode::Char('q'), control) && !key(KeyCode::Esc, none)
        );
    }
}
