//! One run of the simulator, `sim run NAME --seed N --json`, and the part of its report that experiments judge by.
//!
//! The report is a function of the scenario, the seed and the binary: nothing of this machine is in it.

use super::launch::Launch;
use super::part::Part;
use super::simulated::Simulated;
use crate::failure::Failure;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// The longest scenario takes seconds; on a machine that has something else to do, a minute.
const SIMULATED_WITHIN: Duration = Duration::from_secs(10 * 60);

/// A report has a row for each simulated second of each variant.
const REPORT_BYTES_MAX: u64 = 64 << 20;

/// Everything holds; and the three ways in which it does not, which are results too.
const REPORTED: [i32; 4] = [0, 3, 4, 5];

/// Plays `scenario` from `seed`, with more arguments if there are any. One that does not hold is a result, not a failure.
pub async fn simulate(
    binary: &Path,
    (scenario, arguments): (&str, &[&str]),
    seed: u64,
    directory: &Path,
) -> Result<Simulated, Failure> {
    let fail = |why: String| Failure::run(format!("simulate {scenario} from seed {seed}: {why}"));
    let launch = Launch::new("sim", binary, directory).with(["run", scenario, "--json", "--seed"]);
    let launch = launch.with([seed.to_string()]).with(arguments);
    let mut part = Part::start(&Launch {
        stdout_piped: true,
        ..launch
    })?;
    let mut report = String::new();
    if let Some(stdout) = part.take_stdout() {
        let mut stdout = stdout.take(REPORT_BYTES_MAX);
        let reading = tokio::time::timeout(SIMULATED_WITHIN, stdout.read_to_string(&mut report));
        let read = reading.await.map_err(|_| fail("it takes too long".into()))?;
        read.map_err(|error| fail(format!("its report broke off: {error}")))?;
    }
    let status = part.wait(SIMULATED_WITHIN).await?;
    if !status.code().is_some_and(|code| REPORTED.contains(&code)) {
        return Err(fail(format!("it ended with {status}{}", part.quoted_stderr())));
    }
    parse(&report).map_err(|error| fail(format!("its report makes no sense: {error}")))
}

fn parse(report: &str) -> Result<Simulated, serde_json::Error> {
    let mut report: Value = serde_json::from_str(report)?;
    place(&mut report);
    serde_json::from_value(report)
}

/// Gives every variant, and every row of one, its seed and its variant.
fn place(report: &mut Value) {
    let seed = report.get("seed").cloned().unwrap_or_default();
    let variants = report.get_mut("variants").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten().filter_map(Value::as_object_mut) {
        let name = variant.get("name").cloned().unwrap_or_default();
        let place = [("seed".to_owned(), seed.clone()), ("variant".to_owned(), name)];
        let tables = variant.values_mut().filter_map(Value::as_array_mut);
        for row in tables.flatten().filter_map(Value::as_object_mut) {
            row.extend(place.clone());
        }
        variant.extend(place);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_row_knows_its_run() {
        let report = json!({
            "seed": 7,
            "knobs": { "rate": "100" },
            "variants": [{
                "name": "none", "requests": 3, "attempts": 4, "ok": 2, "failed": 1, "last_failed_us": 5, "p50_us": 1, "p99_us": null, "p999_us": null,
                "seconds": [], "seconds_of_asks": [], "responses": [], "faults": [], "reloads": [], "breakers": [], "windows": [], "checks": [],
                "replicas": [{ "name": "r0", "requests": 4, "most_in_hand": 1 }],
            }],
        });
        let simulated = parse(&report.to_string()).expect("a report");
        let variant = &simulated.variants[0];
        assert_eq!((variant.whole.seed, variant.whole.variant.as_str()), (7, "none"));
        let replica = &variant.replicas[0];
        assert_eq!(
            (replica.seed, replica.variant.as_str(), replica.replica.as_str()),
            (7, "none", "r0")
        );
        assert!(parse("{}").is_err());
        assert!(parse("{\"seed\": 1, \"variants\": [1]}").is_err());
    }
}
