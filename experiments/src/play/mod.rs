//! A scenario on real sockets: the shipped binaries do what `sim` does with simulated hosts.
//!
//! The description is the simulator's own ([`scenarios`]), and what comes of it is told in the same rows, so that figures and pictures of one world
//! are those of the other. Witnesses are the load generator's log of requests and the stubs' ledgers; of the gateway it is asked what only it knows: the
//! states of its breakers.
//!
//! What is other than in the simulator, and said in each report: hosts are processes on the loopback network, so that a hop takes no time; a crashed replica is one that
//! does not listen and resets what is connected; breakers, memory and files are looked at so many times a second and not at every change; in place of a scenario's tunnels there are
//! streams of events. A fault or a load that cannot be played is refused: nothing of a plan is left out silently.
//!
//! Files: `hosts` gives addresses, `cast` boots, `load` sends and `log` adds up what became of it, `watch`, `held` and `witness` look on, `strikes` carries
//! out the plan.

mod cast;
mod held;
mod hosts;
mod load;
mod log;
mod process;
pub mod rows;
mod strikes;
#[cfg(test)]
mod tests;
mod watch;
mod witness;

use crate::failure::Failure;
use crate::stand::Binaries;
use crate::stand::simulated::Variant as Told;
use cast::Cast;
use rows::{Applied, Held, Instrument, Moment, Stopped, Witnessed};
use scenarios::{Scenario, Variant, What};
use std::path::Path;
use std::time::Duration;
use tokio::time::Instant;
use watch::Beside;

/// From when the stubs listen to when the load begins: gateways are booted in it, and the load generator, which takes a tenth of it where nobody else wants the
/// cores.
const LEAD: Duration = Duration::from_millis(2_500);

/// What came of it.
#[derive(Debug, Clone)]
pub struct Played {
    /// As the simulator tells it, but for what oracles say.
    pub told: Told,
    pub instrument: Instrument,
    pub moments: Vec<Moment>,
    pub applied: Vec<Applied>,
    pub stopped: Vec<Stopped>,
    pub held: Vec<Held>,
    /// Where configs tell whose an answer is.
    pub witnessed: Option<Witnessed>,
}

/// Who plays, and how.
#[derive(Debug, Clone, Copy)]
pub struct Stage<'a> {
    pub binaries: &'a Binaries,
    /// For this play alone.
    pub directory: &'a Path,
    /// Of the scenario, which its rows are known by.
    pub seed: u64,
    /// The load ends here, if it does not before.
    pub until: Duration,
    /// A gateway that ends is replaced by one that took its sockets before, instead of one that is started afterwards.
    pub hands_over: bool,
    /// Streams of events that are held open all the time.
    pub streams: usize,
}

/// A play in progress, as everybody in it sees it.
#[derive(Clone, Copy)]
struct Scene<'a> {
    stage: Stage<'a>,
    cast: &'a Cast,
    scenario: &'a Scenario,
    variant: &'a str,
    /// Of the load; times of the plan count from here.
    start: Instant,
}

impl Scene<'_> {
    /// How long the load lasts.
    fn lasts(&self) -> Duration {
        self.scenario.load.duration.min(self.stage.until)
    }

    /// µs from the start to now; 0 before it.
    fn now_us(&self) -> u64 {
        let since = Instant::now().saturating_duration_since(self.start);
        u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
    }
}

/// Plays one variant to its end.
pub async fn play(stage: Stage<'_>, variant: &Variant) -> Result<Played, Failure> {
    let fail = |why: String| Failure::run(format!("play {} on sockets: {why}", variant.name));
    possible(variant).map_err(fail)?;
    let cast = Cast::boot(stage, &variant.scenario).await?;
    let scene = Scene {
        stage,
        cast: &cast,
        scenario: &variant.scenario,
        variant: &variant.name,
        start: cast.started + LEAD,
    };
    let (instrument, seen, struck, held, (witnessed, asked)) = tokio::try_join!(
        load::send(scene),
        watch::watch(scene),
        strikes::strike(scene),
        held::hold(scene),
        witness::witness(scene)
    )?;
    cast.stop().await?;
    let requests = log::read(&stage.directory.join(load::LOG))?;
    let mut told = log::told(stage, variant, &requests);
    // streams are asked for at the start
    let beside = held.iter().map(|_| 0).chain(asked).collect();
    seen.tell(&mut told, &Beside(beside));
    told.reloads = struck.reloads;
    Ok(Played {
        told,
        instrument: Instrument {
            broken_off: log::broken_off(&requests),
            ..instrument
        },
        moments: seen.moments,
        applied: struck.applied,
        stopped: struck.stopped,
        held,
        witnessed,
    })
}

/// Whether sockets can play it, or why not.
fn possible(variant: &Variant) -> Result<(), String> {
    let scenario = &variant.scenario;
    let dies = |host: &String| scenario.replicas.iter().any(|of| of.name == *host);
    let can = |what: &What| match what {
        What::Reload { .. } | What::Stop { .. } => true,
        What::Crash { host } => dies(host),
        what => what.words().is_some(),
    };
    if let Some(fault) = scenario.faults.iter().find(|fault| !can(&fault.what)) {
        let kind = fault.what.kind().name();
        return Err(format!("the fault {kind} is there in the simulator only"));
    }
    let mut strikes = scenario
        .faults
        .iter()
        .filter(|fault| strikes::is_one(&fault.what));
    let mut until = Duration::ZERO;
    if strikes.any(|fault| std::mem::replace(&mut until, fault.end()) > fault.at) {
        return Err("reloads and stops that overlap are there in the simulator only".into());
    }
    let by_name = |config: &scenarios::Config| config.upstreams.iter().any(|upstream| upstream.by_name);
    if scenario.configs.iter().any(by_name) {
        return Err("upstreams by name are there in the simulator only".into());
    }
    if !scenario.load.arrivals.is_empty() || scenario.load.asks.iter().any(|ask| ask.visits) {
        return Err("a load that is written out, or of visitors, is there in the simulator only".into());
    }
    Ok(())
}
