//! What is too small, or too fast, to be measured here: against a server that answers at once.
//!
//! Everything that happens by accident makes a floor higher, so of several rounds the lowest counts. The bare round trip
//! is taken by a dozen lines that know nothing of the generator: it is the machine's part of the floor.

use super::case::Scale;
use super::stage::{Client, Load, Stage};
use hdrhistogram::Histogram;
use loadgen::null::Behaviour;
use loadgen::{Arrival, JobSpec, Latency, Limits, Recording, Witness};
use serde::Serialize;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::Instant;
use world::World;

/// One at a time: nothing waits for anything but the machine.
const LOW_RATE: f64 = 1_000.0;
const ROUNDS: usize = 3;
/// Far apart enough for the core to become idle in between, as it does under a low rate.
const GAP: Duration = Duration::from_millis(1);
const SAMPLES: u32 = 1_000;
/// More than any thread can do: the plan is late at once, and all that is due leaves as fast as it goes.
const BOUNDLESS_RATE: f64 = 5_000_000.0;
/// Longer times are recorded as a minute.
const LONGEST_NS: u64 = 60_000_000_000;
/// How many requests tell how long the ceiling is to be looked at.
const CEILING_TRIAL: u64 = 20_000;
/// 112 MB of backlog: ten seconds at two hundred thousand requests a second.
const CEILING_MAX: f64 = 2_000_000.0;

/// The machine and the generator in figures. Latencies in microseconds, rates per second.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// From the time that was asked for to the wake-up, on the generator's thread.
    pub(super) timer_us: Latency,
    /// The lowest of several rounds at a low rate.
    pub(super) floor_us: Latency,
    /// Answers per second when as many are asked for as it takes.
    pub(super) ceiling: f64,
    /// Send lag at half of that.
    pub(super) lag_us: Latency,
    /// The highest of the rates tried whose run is valid.
    pub(super) valid_rate: Option<f64>,
    /// Threads waiting for a core, and the hypervisor, over all of this.
    pub(super) taken_away_ms: f64,
    /// Why not everything could be measured.
    pub(super) reasons: Vec<String>,
}

/// Round trips over a bare socket, in nanoseconds.
pub(super) fn bare(stage: &Stage) -> Result<Histogram<u64>, String> {
    let take = stage.play(Behaviour::Immediate, async |client: Client| {
        let failed = |e: std::io::Error| format!("ask the null server: {e}");
        let mut stream = client.world.connect(client.server).await.map_err(failed)?;
        let mut times = histogram();
        for _ in 0..SAMPLES {
            client.world.sleep_until(Instant::now() + GAP).await;
            let sent = Instant::now();
            ask(&mut stream).await.map_err(failed)?;
            times.saturating_record(nanos(sent.elapsed()));
        }
        Ok(times)
    })?;
    Ok(take.outcome)
}

async fn ask(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"GET / HTTP/1.1\r\nhost: null\r\n\r\n").await?;
    let (mut answer, mut filled) = ([0_u8; 1_024], 0);
    while !answer[..filled].ends_with(b"\r\n\r\n") {
        match stream.read(&mut answer[filled..]).await? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            more => filled += more,
        }
    }
    Ok(())
}

pub(super) fn measure(stage: &Stage, scale: Scale) -> Result<Machine, String> {
    let seconds = |full: f64, quick: f64| if scale == Scale::Full { full } else { quick };
    let (mut taken_away, mut reasons) = (Duration::ZERO, Vec::new());
    let mut run = |rate, seconds: f64, requests| -> Result<Load, String> {
        let take = stage.load(Behaviour::Immediate, move |target| {
            let mut spec = JobSpec::new(target, "null");
            (spec.rate, spec.requests) = (rate, requests);
            spec.duration = Duration::from_secs_f64(seconds);
            spec.preconnect = true;
            if requests.is_some() {
                spec.arrival = Arrival::Constant;
                (spec.timeout, spec.drain) = (Duration::from_secs(120), Duration::from_secs(120));
                spec.backlog = CEILING_MAX as usize;
            }
            spec
        })?;
        taken_away += take.taken_away;
        Ok(take.outcome)
    };
    let timer = timer(stage)?;
    let mut lowest: Option<(Vec<String>, Latency)> = None;
    for _ in 0..ROUNDS {
        let round = run(LOW_RATE, seconds(2.0, 0.5), None)?;
        let (why, response) = (round.invalid(), Latency::new(&round.recording.response));
        // one that is valid is better than any that is not
        let rank = |why: &[String], response: &Latency| (why.len(), (response.p99 * 1e3) as u64);
        if lowest
            .as_ref()
            .is_none_or(|(old, last)| rank(&why, &response) < rank(old, last))
        {
            lowest = Some((why, response));
        }
    }
    let (why, floor_us) = lowest.unwrap_or_default();
    reasons.extend(why.first().map(|why| format!("at {LOW_RATE}/s {why}")));
    let mut boundless =
        |requests| run(BOUNDLESS_RATE, 60.0, Some(requests)).map(|run| achieved(&run.recording));
    let trial = boundless(CEILING_TRIAL)?;
    let requests = (trial * seconds(2.0, 0.5)).clamp(1.0, CEILING_MAX);
    let ceiling = boundless(requests as u64)?;
    let half = run(ceiling / 2.0, seconds(3.0, 1.0), None)?;
    if let Some(why) = half.invalid().first() {
        reasons.push(format!("at half the ceiling {why}"));
    }
    let mut valid_rate = None;
    for tenths in (1..=9_u32).rev() {
        let rate = ceiling * f64::from(tenths) / 10.0;
        if run(rate, seconds(1.0, 0.4), None)?.invalid().is_empty() {
            valid_rate = Some(rate);
            break;
        }
    }
    if valid_rate.is_none() {
        reasons.push("no rate was valid, down to a tenth of the ceiling".into());
    }
    Ok(Machine {
        timer_us: Latency::new(&timer),
        floor_us,
        ceiling,
        lag_us: Latency::new(&half.recording.send_lag),
        valid_rate,
        taken_away_ms: taken_away.as_secs_f64() * 1e3,
        reasons,
    })
}

/// How late the pacer's clock wakes, with the guard that a run has.
fn timer(stage: &Stage) -> Result<Histogram<u64>, String> {
    let take = stage.play(Behaviour::Immediate, async |client: Client| {
        let mut late = histogram();
        for _ in 0..SAMPLES {
            let at = Instant::now() + GAP;
            client.world.sleep_until(at).await;
            late.saturating_record(nanos(at.elapsed()));
        }
        Ok(late)
    })?;
    Ok(take.outcome)
}

impl Load {
    /// Why it is not to be believed.
    pub(super) fn invalid(&self) -> Vec<String> {
        invalid(&self.recording, &[self.busy])
    }
}

/// Why a recording is not to be believed, of threads that were so busy.
pub(super) fn invalid(recording: &Recording, busy: &[f64]) -> Vec<String> {
    let witness = Witness {
        busy,
        ..Witness::default()
    };
    Limits::default().judge(recording, &witness).reasons
}

fn achieved(recording: &Recording) -> f64 {
    recording.counts.done as f64 / recording.last_outcome.as_secs_f64().max(1e-9)
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST_NS, 3).expect("constant bounds in range")
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}
