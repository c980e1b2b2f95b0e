//! The command line: what may be asked, and what is done when it is interrupted.

use crate::exp;
use crate::failure::Failure;
use crate::runner::{self, Wish};
use crate::scale::Scale;
use crate::workspace;
use clap::Parser;
use std::path::PathBuf;
use tokio::signal::unix::{SignalKind, signal};
use world::{RealWorld, Seed, World as _};

const AFTER_HELP: &str = "\
Exit codes: 0 all judged claims hold; 1 could not run; 2 usage; 3 a claim is refuted; 4 a claim is invalid (its
instruments were not good enough) and none is refuted; 130 interrupted.

Reports go to reports/NAME, and the figures that can be compared with later runs to reports/history.csv.
An interrupted or failed run leaves the old report as it was, and no process behind. `trend` exits 3 where a figure got
worse beyond its interval.";

/// Measures Tollgate, one question at a time.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo experiment", after_help = AFTER_HELP)]
pub struct Arguments {
    /// An experiment, or `all`; `list` names them, `render` draws all reports again from their data, `trend` says what
    /// became of the figures since the runs before
    name: Option<String>,
    /// Steady figures only, at most 90 s: for CI
    #[arg(long, group = "scale")]
    smoke: bool,
    /// The default, about 40 s: counts and steady figures are judged, latency is drawn
    #[arg(long, group = "scale")]
    quick: bool,
    /// The rounds and durations that the claims ask for: everything is judged
    #[arg(long, group = "scale")]
    full: bool,
    /// Root of all chance; one is made up and recorded otherwise
    #[arg(long)]
    seed: Option<u64>,
    /// Where reports go [default: reports, in the workspace]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Measure this gateway instead of building it
    #[arg(long, value_name = "PATH")]
    gateway_bin: Option<PathBuf>,
    /// An earlier gateway: `ceiling` says what the one measured is worth against it
    #[arg(long, value_name = "PATH")]
    before_bin: Option<PathBuf>,
    /// Cargo profile of the parts [default: dist; release with --smoke]
    #[arg(long, value_name = "PROFILE")]
    profile: Option<String>,
}

impl Arguments {
    fn scale(&self) -> Scale {
        match (self.smoke, self.full) {
            (true, _) => Scale::Smoke,
            (_, true) => Scale::Full,
            _ => Scale::Quick,
        }
    }
}

/// Does what was asked; gives the exit code. Must run inside a `LocalRuntime`.
pub async fn main(arguments: Arguments) -> Result<u8, Failure> {
    let name = arguments.name.as_deref().unwrap_or("list");
    let experiments = match name {
        "list" => {
            print!("{}", list());
            return Ok(0);
        }
        "render" => {
            let drawn = runner::render(&out(&arguments)?)?;
            println!("reports drawn again from their data: {drawn}");
            return Ok(0);
        }
        "trend" => return runner::trend(&out(&arguments)?, &workspace::root()?),
        "all" => exp::registry().iter().collect(),
        name => match exp::find(name) {
            Some(experiment) => vec![experiment],
            None => {
                return Err(Failure::Usage(format!(
                    "there is no experiment {name:?}; there are:\n{}",
                    list()
                )));
            }
        },
    };
    let wish = wish(&arguments)?;
    // registered before anything is started, so that no moment is left in which a signal would just kill us
    let interrupted = Interrupted::listen()?;
    tokio::select! {
        // dropping the run ends every part and removes the unfinished report
        () = interrupted.wait() => Err(Failure::Interrupted(kept(&wish, &experiments))),
        code = runner::run(&wish, &experiments) => code,
    }
}

fn wish(arguments: &Arguments) -> Result<Wish, Failure> {
    let scale = arguments.scale();
    let seed = match arguments.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|e| Failure::run(format!("make up a seed: {e}")))?,
    };
    let world = RealWorld::new(seed, std::time::Duration::ZERO)
        .map_err(|e| Failure::run(format!("read the clock: {e}")))?;
    let profile = if scale == Scale::Smoke { "release" } else { "dist" };
    Ok(Wish {
        root: workspace::root()?,
        out: out(arguments)?,
        scale,
        seed,
        profile: arguments.profile.clone().unwrap_or_else(|| profile.to_owned()),
        gateway_bin: arguments.gateway_bin.clone(),
        before_bin: arguments.before_bin.clone(),
        unix_now: world.unix_now(),
    })
}

/// Absolute, because parts run in directories of their own.
fn out(arguments: &Arguments) -> Result<PathBuf, Failure> {
    let out = match &arguments.out {
        Some(out) => out.clone(),
        None => workspace::root()?.join("reports"),
    };
    std::path::absolute(&out).map_err(|e| Failure::io("find", &out, e))
}

fn list() -> String {
    exp::registry()
        .iter()
        .map(|experiment| format!("  {:<14} {}\n", experiment.name, experiment.question))
        .collect()
}

/// What the person may rely on after an interrupted run.
fn kept(wish: &Wish, experiments: &[&exp::Experiment]) -> String {
    let mut text = "the parts were ended, and nothing of the unfinished run was kept".to_owned();
    for experiment in experiments {
        let report = wish.out.join(experiment.name).join("index.html");
        let shown = report.strip_prefix(&wish.root).unwrap_or(&report).display();
        let state = if report.exists() {
            "is as it was published last"
        } else {
            "does not exist yet"
        };
        text += &format!("\n  {shown} {state}");
    }
    text
}

/// Ctrl-C, and the polite ways to end a process.
struct Interrupted {
    signals: [tokio::signal::unix::Signal; 3],
}

impl Interrupted {
    fn listen() -> Result<Self, Failure> {
        let listen = |kind| signal(kind).map_err(|e| Failure::run(format!("listen for signals: {e}")));
        Ok(Self {
            signals: [
                listen(SignalKind::interrupt())?,
                listen(SignalKind::terminate())?,
                listen(SignalKind::hangup())?,
            ],
        })
    }

    async fn wait(mut self) {
        let [interrupt, terminate, hangup] = &mut self.signals;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
}
