//! Looking at a part again and again while something runs.

use crate::failure::Failure;
use std::time::Duration;
use tokio::time::Instant;

/// What `running` gives, and into `samples` what was seen meanwhile; `sample` is told when it all began. What cannot be looked at any
/// more ends the whole.
pub(in crate::exp) async fn watch<Report, Sample>(
    running: impl Future<Output = Result<Report, Failure>>,
    every: Duration,
    samples: &mut Vec<Sample>,
    sample: impl AsyncFn(Instant) -> Result<Sample, Failure>,
) -> Result<Report, Failure> {
    let began = Instant::now();
    let looking = async {
        loop {
            match sample(began).await {
                Ok(taken) => samples.push(taken),
                Err(failure) => return failure,
            }
            tokio::time::sleep(every).await;
        }
    };
    tokio::select! {
        report = running => report,
        failure = looking => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watched(seconds: u64, broken_after: usize) -> (Result<u8, Failure>, Vec<u64>) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.expect("a runtime").block_on(async {
            let mut samples = Vec::new();
            let seen = std::cell::Cell::new(0);
            let running = async {
                tokio::time::sleep(Duration::from_secs(seconds)).await;
                Ok(7)
            };
            let sample = async |began: Instant| {
                seen.set(seen.get() + 1);
                match seen.get() > broken_after {
                    true => Err(Failure::run("look")),
                    false => Ok(began.elapsed().as_millis() as u64),
                }
            };
            let report = watch(running, Duration::from_millis(400), &mut samples, sample).await;
            (report, samples)
        })
    }

    #[test]
    fn it_is_looked_at_until_the_run_ends_or_nothing_can_be_seen() {
        assert_eq!(watched(1, 99), (Ok(7), vec![0, 400, 800]));
        let (report, samples) = watched(1, 2);
        assert!(report.is_err());
        assert_eq!(samples, [0, 400]);
    }
}
