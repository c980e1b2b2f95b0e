//! What is too small, or too fast, to be measured here: against a server that answers at once.
//!
//! Everything that happens by accident makes a floor higher, so of several rounds the lowest counts. The bare round trip
//! is taken by a dozen lines that know nothing of the generator: it is the machine's part of the floor.

use super::case::Scale;
use super::stage::{Client, Load, Stage};
use hdrhistogram::Histogram;
use loadgen::null::Behaviour;
use loadgen::{JobSpec, Latency, Limits, Recording, Witness};
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
/// Longer times are recorded as a minute.
const LONGEST_NS: u64 = 60_000_000_000;

/// The machine and the generator in figures. Latencies in microseconds, rates per second.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Machine {
    /// From the time that was asked for to the wake-up, on the generator's thread.
    pub(super) timer_us: Latency,
    /// The lowest of several rounds at a low rate.
    pub(super) floor_us: Latency,
    /// Answers per second of a closed loop.
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
    let mut run = |rate: Option<f64>, seconds: f64| -> Result<Load, String> {
        let take = stage.load(Behaviour::Immediate, move |target| {
            let mut spec = JobSpec::new(target, "null");
            (spec.load_id, spec.preconnect) = (false, true);
            spec.closed = rate.is_none();
            spec.rate = rate.unwrap_or(spec.rate);
            spec.duration = Duration::from_secs_f64(seconds);
            spec
        })?;
        taken_away += take.taken_away;
        Ok(take.outcome)
    };
    let timer = timer(stage)?;
    let response = |run: &Recording| Latency::new(&run.response);
    let (why, floor_us) = lowest(|| run(Some(LOW_RATE), seconds(2.0, 0.5)), response)?;
    reasons.extend(why.map(|why| format!("at {LOW_RATE}/s {why}")));
    let ceiling = achieved(&run(None, seconds(2.0, 0.5))?.recording);
    let lag = |run: &Recording| Latency::new(&run.send_lag);
    let (why, lag_us) = lowest(|| run(Some(ceiling / 2.0), seconds(2.0, 0.5)), lag)?;
    reasons.extend(why.map(|why| format!("at half the ceiling {why}")));
    let mut valid_rate = None;
    for tenths in (1..=9_u32).rev() {
        let rate = ceiling * f64::from(tenths) / 10.0;
        if run(Some(rate), seconds(1.0, 0.4))?.invalid().is_empty() {
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
        lag_us,
        valid_rate,
        taken_away_ms: taken_away.as_secs_f64() * 1e3,
        reasons,
    })
}

/// The lowest of several rounds by its p99, and why it is not to be believed. One that is valid is better than any that
/// is not.
fn lowest(
    mut run: impl FnMut() -> Result<Load, String>,
    latency: impl Fn(&Recording) -> Latency,
) -> Result<(Option<String>, Latency), String> {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let round = run()?;
        rounds.push((round.invalid().into_iter().next(), latency(&round.recording)));
    }
    let order = |(why, latency): &(Option<String>, Latency)| (why.is_some(), latency.p99);
    let best = rounds.into_iter().min_by(|one, other| {
        let ((one, low), (other, high)) = (order(one), order(other));
        one.cmp(&other).then(low.total_cmp(&high))
    });
    Ok(best.unwrap_or_default())
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
