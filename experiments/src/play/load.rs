//! The load of a scenario, sent by the shipped load generator.

use super::Scene;
use super::rows::Instrument;
use crate::failure::Failure;
use crate::stand::{Launch, LoadReport, Part};
use scenarios::Ask;
use serde_json::{Map, Value, json};
use std::time::Duration;
use tokio::time::Instant;
use world::{RealWorld, Seed, World as _};

/// A line for each request, in the play's directory.
pub(super) const LOG: &str = "requests.csv";

/// Counts are what is judged: a request that is sent a scheduler's slice late is in the same second.
const SEND_LAG_P99: &str = "p99=50ms";

/// A run may take this much longer than planned: drain, and writing the report.
const BEYOND: Duration = Duration::from_secs(60);

/// The load generator's own code for "ran, and does not trust itself".
const EXIT_INVALID: i32 = 4;

/// The name of the ask at this place, in the log.
pub(super) fn ask_name(place: usize) -> String {
    format!("ask{place}")
}

pub(super) async fn send(scene: Scene<'_>) -> Result<Instrument, Failure> {
    let Scene { stage, scenario, .. } = scene;
    let (mix, report) = (
        stage.directory.join("mix.yaml"),
        stage.directory.join("load.json"),
    );
    let asks = scenario.load.asks.iter().enumerate();
    let asks: Vec<Value> = asks
        .map(|(place, ask)| scenario_of(place, ask, &scenario.load.host))
        .collect();
    // JSON is YAML
    let text = json!({ "scenarios": asks }).to_string();
    std::fs::write(&mix, text).map_err(|e| Failure::io("write", &mix, e))?;
    let launch = Launch::new("loadgen", &stage.binaries.loadgen, stage.directory);
    let launch = launch.with(arguments(scene, starts_at(scene)?));
    let launch = launch.with([
        "--mix".as_ref(),
        mix.as_os_str(),
        "-o".as_ref(),
        report.as_os_str(),
    ]);
    let mut part = Part::start(&launch)?;
    let load = &scenario.load;
    let status = part.wait(load.duration + 2 * load.timeout + BEYOND).await?;
    if !matches!(status.code(), Some(0 | EXIT_INVALID)) {
        let said = part.quoted_stderr();
        return Err(Failure::run(format!("run loadgen: it ended with {status}{said}")));
    }
    let text = std::fs::read_to_string(&report).map_err(|e| Failure::io("read", &report, e))?;
    let report = LoadReport::parse(&text)?;
    Ok(Instrument {
        seed: stage.seed,
        variant: scene.variant.to_owned(),
        valid: report.valid,
        reasons: report.reasons.join("; "),
        send_lag_p99_us: report.send_lag.p99,
        ..Instrument::default()
    })
}

/// One ask, as a mix has it.
pub(super) fn scenario_of(place: usize, ask: &Ask, host: &str) -> Value {
    let mut headers: Map<String, Value> = Map::new();
    headers.insert("Host".into(), json!(ask.host.as_deref().unwrap_or(host)));
    for (name, value) in &ask.headers {
        headers.insert(name.clone(), json!(value));
    }
    if ask.keyed {
        headers.insert("Idempotency-Key".into(), json!("key-{{seq}}"));
    }
    let mut scenario = json!({
        "name": ask_name(place), "weight": ask.weight, "method": ask.method, "path": ask.path, "headers": headers,
    });
    if ask.bytes > 0 {
        scenario["body"] = json!("x".repeat(ask.bytes));
    }
    scenario
}

/// By the wall clock, since the Unix epoch: processes have no other in common.
fn starts_at(scene: Scene<'_>) -> Result<Duration, Failure> {
    let world = RealWorld::new(Seed(scene.stage.seed), Duration::ZERO);
    let world = world.map_err(|e| Failure::run(format!("read the wall clock: {e}")))?;
    Ok(world.unix_now() + scene.start.saturating_duration_since(Instant::now()))
}

fn arguments(scene: Scene<'_>, starts_at: Duration) -> Vec<String> {
    let load = &scene.scenario.load;
    let time = |time: Duration| format!("{}us", time.as_micros());
    let url = format!("http://{}/", scene.cast.hosts.front());
    let arrival = if load.constant { "constant" } else { "poisson" };
    let (rate, connections, seed) = (
        load.rate.to_string(),
        load.connections.to_string(),
        scene.stage.seed.to_string(),
    );
    let (duration, timeout) = (time(scene.lasts()), time(load.timeout));
    let start_at = format!("{:.6}", starts_at.as_secs_f64());
    let offered = match &load.schedule {
        Some(schedule) => ("--schedule", schedule.as_str()),
        None => ("-R", rate.as_str()),
    };
    let pairs = [
        offered,
        ("--arrival", arrival),
        ("-d", &duration),
        ("--timeout", &timeout),
        ("--drain", &timeout),
        ("-c", &connections),
        ("--seed", &seed),
        ("-t", "1"),
        ("--pacer", "timerfd"),
        ("--max-send-lag", SEND_LAG_P99),
        ("--format", "json"),
        ("--log", LOG),
        ("--start-at", &start_at),
    ];
    let pairs = pairs
        .into_iter()
        .flat_map(|(name, value)| [name.to_owned(), value.to_owned()]);
    let flags = ["--load-id", "--quiet"].map(str::to_owned);
    ["run".to_owned(), url]
        .into_iter()
        .chain(pairs)
        .chain(flags)
        .collect()
}
