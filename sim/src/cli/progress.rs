//! What the person at the terminal sees while a sweep runs: a bar on a terminal, a plain line now and then elsewhere,
//! and every failure as it comes. All of it goes to standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sim::sweep::{FAILURES_MAX, Progress, Swept, failure_text};
use std::io::IsTerminal as _;
use std::time::Duration;

/// Between two plain lines: a log of an hour's sweep is a page.
const LINE_EVERY: Duration = Duration::from_secs(30);

pub(super) struct Console {
    /// None where there is no terminal.
    bar: Option<ProgressBar>,
    next_line: Duration,
    failures: usize,
    quiet: bool,
}

impl Console {
    /// With `quiet` nothing is said at all.
    pub(super) fn new(runs: u64, quiet: bool) -> Self {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(Some(runs), ProgressDrawTarget::stderr());
            let template = "{bar:30} {pos}/{len} seeds  {msg}  {per_sec}  {elapsed}, {eta} to go";
            // a fixed template of ours: if it were wrong the plain style would do
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Self {
            bar,
            next_line: LINE_EVERY,
            failures: 0,
            quiet,
        }
    }

    pub(super) fn tell(&mut self, progress: &Progress<'_>, swept: &Swept) {
        if self.quiet {
            return;
        }
        if let Some(failure) = progress.failure {
            self.failures += 1;
            if self.failures <= FAILURES_MAX {
                self.say(failure_text(failure, swept).trim_end());
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_position(progress.done);
            bar.set_message(failed(progress.failed));
        } else if progress.wall >= self.next_line {
            self.next_line = progress.wall + LINE_EVERY;
            self.say(&line(progress));
        }
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.iter().for_each(ProgressBar::finish_and_clear);
    }

    fn say(&self, line: &str) {
        match &self.bar {
            Some(bar) => bar.suspend(|| eprintln!("{line}")),
            None => eprintln!("{line}"),
        }
    }
}

fn line(progress: &Progress<'_>) -> String {
    let rate = progress.done as f64 / progress.wall.as_secs_f64().max(1e-9);
    let left = (progress.of - progress.done) as f64 / rate;
    format!(
        "{}/{} seeds, {}, {rate:.1} a second, {left:.0} s to go",
        progress.done,
        progress.of,
        failed(progress.failed)
    )
}

fn failed(count: u64) -> String {
    match count {
        0 => "none failed".into(),
        count => format!("{count} FAILED"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_line_says_how_far_it_is() {
        let progress = Progress {
            done: 30,
            of: 90,
            failed: 2,
            wall: Duration::from_secs(15),
            failure: None,
        };
        assert_eq!(line(&progress), "30/90 seeds, 2 FAILED, 2.0 a second, 30 s to go");
    }
}
