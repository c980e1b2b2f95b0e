//! Driving load: one run of the shipped load generator, and what it reported.

use super::launch::Launch;
use super::load_report::LoadReport;
use super::part::Part;
use crate::failure::Failure;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

/// A run may take this much longer than planned and than its last request: writing the report.
const BEYOND_DURATION: Duration = Duration::from_secs(60);

/// The load generator's own code for "ran, and does not trust itself".
const EXIT_INVALID: i32 = 4;

/// When requests come.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Arrivals {
    /// Open model: so many per second, Poisson.
    Poisson(f64),
    /// Each connection asks again when it is answered: for keeping all of them busy, not for latency.
    Closed,
}

/// One run of load with `GET`.
#[derive(Debug, Clone)]
pub struct Load {
    pub target: SocketAddr,
    /// What is asked for in turn.
    pub paths: Vec<String>,
    /// Fields of each request beside its own, as `name: value`.
    pub headers: Vec<String>,
    pub arrivals: Arrivals,
    pub duration: Duration,
    /// End after this many requests, if that comes first.
    pub requests: Option<u64>,
    pub connections: usize,
    /// Requests due in this first part are sent and not recorded.
    pub warmup: Duration,
    pub timeout: Duration,
    pub seed: u64,
    /// Sleeps in the kernel rather than spinning: for when the core is shared.
    pub timer_only: bool,
}

/// Runs `load` to its end and reads the report. An INVALID report is a result, not a failure.
pub async fn run_load(
    binary: &Path,
    load: &Load,
    hlog: Option<&Path>,
    directory: &Path,
    core: Option<usize>,
) -> Result<LoadReport, Failure> {
    let report = directory.join("load.json");
    let mut launch = Launch::new("loadgen", binary, directory).with(arguments(load));
    if load.paths.len() > 1 {
        let targets = directory.join("targets");
        let target = |path| format!("GET http://{}{path}\n", load.target);
        let lines: String = load.paths.iter().map(target).collect();
        std::fs::write(&targets, lines).map_err(|e| Failure::io("write", &targets, e))?;
        launch = launch.with(["--targets"]).with([&targets]);
    }
    launch = launch.with(["--format", "json", "-o"]).with([&report]);
    if let Some(hlog) = hlog {
        launch = launch.with(["--hlog"]).with([hlog]);
    }
    let mut part = Part::start(&Launch { core, ..launch })?;
    let status = part.wait(load.duration + load.timeout + BEYOND_DURATION).await?;
    if !matches!(status.code(), Some(0 | EXIT_INVALID)) {
        return Err(Failure::run(format!(
            "run loadgen: it ended with {status}{}",
            part.quoted_stderr()
        )));
    }
    let text = std::fs::read_to_string(&report).map_err(|e| Failure::io("read", &report, e))?;
    LoadReport::parse(&text)
}

fn arguments(load: &Load) -> Vec<String> {
    let time = |duration: Duration| humantime::format_duration(duration).to_string();
    // those of several are in a file, and then this one is not asked for
    let path = load.paths.first().map_or("/", String::as_str);
    let url = format!("http://{}{path}", load.target);
    let mut arguments: Vec<String> = ["run", &url, "-t", "1", "--load-id", "--quiet"]
        .map(str::to_owned)
        .into();
    let mut flag = |name: &str, value: String| arguments.extend([name.to_owned(), value]);
    if let Arrivals::Poisson(rate) = load.arrivals {
        flag("--arrival", "poisson".into());
        flag("-R", rate.to_string());
    }
    flag("-d", time(load.duration));
    flag("-c", load.connections.to_string());
    flag("--warmup", time(load.warmup));
    flag("--timeout", time(load.timeout));
    // a request may take its time, and it counts how many were answered
    flag("--drain", time(load.timeout));
    flag("--seed", load.seed.to_string());
    flag(
        "--pacer",
        if load.timer_only { "timerfd" } else { "hybrid" }.into(),
    );
    for header in &load.headers {
        flag("-H", header.clone());
    }
    if let Some(requests) = load.requests {
        flag("-n", requests.to_string());
    }
    if load.arrivals == Arrivals::Closed {
        arguments.push("--closed".to_owned());
    }
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_waits_for_its_last_answer_as_long_as_that_may_take() {
        let load = Load {
            target: SocketAddr::from(([127, 0, 0, 1], 9)),
            paths: Vec::new(),
            headers: Vec::new(),
            arrivals: Arrivals::Poisson(1.0),
            duration: Duration::from_secs(1),
            requests: Some(1),
            connections: 1,
            warmup: Duration::ZERO,
            timeout: Duration::from_secs(77),
            seed: 1,
            timer_only: false,
        };
        let arguments = arguments(&load);
        let after = |flag: &str| {
            let mut words = arguments.iter().skip_while(|word| *word != flag);
            words.nth(1).cloned()
        };
        assert_eq!(after("--timeout").as_deref(), Some("1m 17s"));
        assert_eq!(after("--drain"), after("--timeout"));
    }
}
