//! What experiments in the simulator have in common: many seeds of one scenario, kept as tables, compared and judged.
//!
//! The unit of observation is a run from one seed: its topology's small numbers, its arrivals and its chances are its own, and variants
//! of one run share them, so they are compared within it. `data` keeps the tables, `stretch` sums up parts of runs, `compare` takes figures over seeds, `judge` makes
//! claims of them, `draw` has the parts of pictures.

mod compare;
mod data;
mod draw;
mod judge;
mod stretch;

pub(super) use compare::{Level, Samples, difference, level, ratio, values};
pub(super) use data::Data;
pub(super) use draw::{bracketed, breaker_panel, cells, curve, median_curve, value};
pub(super) use judge::{least, never, of_few_seeds, worst};
pub(super) use stretch::{Sums, over};

use super::context::Context;
use super::shared::Shared;
use crate::failure::Failure;
use crate::stand;
use std::cell::RefCell;

/// What not every experiment draws, and most would keep for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extra {
    /// Each kind of request second by second.
    Kinds,
    /// How many answers took how long.
    Responses,
    /// What reached replicas around the first end of a fault, finely.
    Reached,
}

/// A scenario that is played, and what is kept of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a> {
    /// Of the report, before the names of its files; empty where there is one only.
    pub name: &'a str,
    pub scenario: &'a str,
    /// What else the simulator is told.
    pub arguments: &'a [&'a str],
    pub seeds: u64,
    pub extras: &'a [Extra],
}

/// Plays so many seeds of `scenario`.
pub(super) async fn play(
    ctx: &mut Context,
    scenario: &str,
    seeds: u64,
    extras: &[Extra],
) -> Result<Data, Failure> {
    let part = Part {
        name: "",
        scenario,
        arguments: &[],
        seeds,
        extras,
    };
    play_part(ctx, part).await
}

/// The same as one part of several. Parts that play one scenario have the same seeds.
pub(super) async fn play_part(ctx: &mut Context, part: Part<'_>) -> Result<Data, Failure> {
    let Part {
        name,
        scenario,
        arguments,
        seeds,
        extras,
    } = part;
    let simulator = ctx.simulator()?;
    ctx.console.expect_steps(seeds as usize);
    let mut runs = Vec::new();
    for nth in 1..=seeds {
        runs.push((nth, ctx.seed_of(&format!("{scenario}/{nth}")), ctx.scratch()?));
    }
    let (runs, console) = (Shared::of(runs), RefCell::new(&mut ctx.console));
    // a run is a function of its seed: who runs beside it changes nothing
    let hand = async || {
        while let Some((place, (nth, seed, directory))) = runs.take() {
            console.borrow_mut().step(&format!("seed {nth} of {seeds}"));
            let told = stand::simulate(&simulator, (scenario, arguments), seed, &directory).await?;
            runs.done(place, told);
        }
        Ok::<_, Failure>(())
    };
    tokio::try_join!(hand(), hand())?;
    let mut data = Data::default();
    runs.into_done().for_each(|told| data.add(told));
    data.keep(extras);
    data.write(&ctx.directory, name)?;
    Ok(data)
}
