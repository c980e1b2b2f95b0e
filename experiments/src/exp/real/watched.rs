//! A run that a program watches: whose turn it is, and what was written of it.

use super::way::Way;
use crate::failure::Failure;
use crate::stand::{LoadReport, Wrapper};
use std::path::Path;
use tokio::sync::{Barrier, Mutex};

/// A watched run: of so many requests, whose program is the child of a tracer or not.
#[derive(Clone, Copy)]
pub(in crate::exp) struct Watched<'a> {
    pub(in crate::exp) wrapper: &'a Wrapper,
    pub(in crate::exp) requests: u64,
    pub(in crate::exp) traced: bool,
    pub(in crate::exp) turns: &'a Turns,
}

/// Runs that are booted together and driven one after the other: under valgrind a boot takes longer than what is counted.
pub(in crate::exp) struct Turns {
    booted_or_driven: Barrier,
    turn: Mutex<()>,
}

impl Turns {
    pub(super) fn of(runs: usize) -> Self {
        Self {
            booted_or_driven: Barrier::new(runs),
            turn: Mutex::new(()),
        }
    }

    /// To be asked once by each run when it is booted: what is driven is so while none of the others is driven, booted or stopped.
    pub(in crate::exp) async fn alone<T>(&self, driven: impl Future<Output = T>) -> T {
        self.booted_or_driven.wait().await;
        let came = {
            let _turn = self.turn.lock().await;
            driven.await
        };
        self.booted_or_driven.wait().await;
        came
    }
}

/// What the wrapper wrote of a run in which every request was answered.
pub(super) fn written<W: Way>(
    way: W,
    watched: Watched<'_>,
    report: &LoadReport,
    output: &Path,
) -> Result<String, Failure> {
    if report.counts.done != watched.requests {
        let why = format!(
            "count over {} requests of {}: only {} were answered",
            watched.requests,
            way.key(),
            report.counts.done
        );
        return Err(Failure::run(why));
    }
    std::fs::read_to_string(output).map_err(|e| Failure::io("read", output, e))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::{Instant, sleep};

    #[tokio::test(start_paused = true)]
    async fn runs_are_driven_in_turn_after_the_last_boot_and_before_the_first_stop() {
        let (turns, start) = (Turns::of(2), Instant::now());
        let run = async |boots_s: u64| {
            sleep(Duration::from_secs(boots_s)).await;
            let driven = turns.alone(async {
                let from = start.elapsed().as_secs();
                sleep(Duration::from_secs(10)).await;
                (from, start.elapsed().as_secs())
            });
            (driven.await, start.elapsed().as_secs())
        };
        let (one, other) = tokio::join!(run(1), run(3));
        let mut driven = [one.0, other.0];
        driven.sort_unstable();
        assert_eq!(driven, [(3, 13), (13, 23)]);
        assert_eq!([one.1, other.1], [23, 23]);
    }
}
