//! The course of one run: check, look up, measure, write, exit.

use super::args::Args;
use super::exit::{BROKEN, COULD_NOT_RUN, INTERRUPTED, INVALID, Refusal};
use super::measure::{Ended, measure};
use super::output::Outputs;
use super::plan::Plan;
use super::target::target;
use super::title::command_line;
use loadgen::Tls;
use std::ffi::OsString;
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use world::{RealWorld, Seed, World};

/// `typed` is the command line without the program's and the command's name.
pub(super) fn run(args: Args, typed: &[OsString]) -> Result<u8, Refusal> {
    let mut plan = Plan::new(args).map_err(|errors| Refusal::usage(&errors))?;
    let outputs = Outputs::open(&plan).map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
    let seed = match plan.load.seed {
        Some(seed) => Seed(seed),
        None => RealWorld::fresh_seed().map_err(|e| Refusal::failed("get a seed from the system", e))?,
    };
    let again = command_line(typed, seed, plan.load.seed.is_some());
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| Refusal::failed("build a runtime", e))?;
    runtime.block_on(async {
        let world = RealWorld::new(seed, Duration::ZERO);
        let world = world.map_err(|e| Refusal::failed("make a timerfd", e))?;
        if plan.place.unix.is_none() {
            plan.job.target = target(&world, &plan.place.name()).await?;
        }
        if let Some(spec) = &plan.place.tls {
            let tls = Tls::new(spec, world.unix_now());
            plan.job.tls = Some(tls.map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?);
        }
        let job = plan.job.clone().build();
        let job = job.map_err(|errors| Refusal::usage(&errors.0))?;
        let (document, ended) = measure(&world, &plan, &job, again, outputs.log()).await?;
        outputs
            .write(&document)
            .map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))?;
        Ok(match ended {
            Ended::Interrupted => INTERRUPTED,
            _ if !document.report.valid && !plan.validity.allow_invalid => INVALID,
            _ if !document.slos_hold() => BROKEN,
            _ => 0,
        })
    })
}
