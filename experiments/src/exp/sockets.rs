//! The other half of an experiment in both worlds: the same scenarios from the same seeds on real sockets, and whether they come to the same.
//!
//! `tables` keeps what was seen beside the simulator's tables, `agree` lays a series of one world over the other's band and `overlay` all of an experiment, `judge` makes
//! claims, `draw` has the pictures.

mod agree;
mod draw;
mod judge;
mod overlay;
mod tables;

pub(super) use agree::Series;
pub(super) use draw::moments_panels;
pub(super) use judge::{NOT_PLAYED, expectations_hold, held_open, judged_by, none, of_smoke, seen};
pub(super) use overlay::Overlay;
pub(super) use tables::Sockets;

use super::context::Context;
use crate::failure::Failure;
use crate::play::{self, Played, Stage};
use crate::stand::Binaries;
use crate::stand::simulated::Knob;
use scenarios::Variant;
use std::path::PathBuf;
use std::time::Duration;
use tokio::task::JoinSet;
use world::Seed;

/// What is played.
pub(super) struct Plan {
    pub(super) scenario: &'static str,
    /// The first so many of those that the simulator plays.
    pub(super) seeds: u64,
    /// The load ends here, where it would last longer.
    pub(super) until: Duration,
    /// Variants that are played at the same time, each with processes of its own: what waits most of the time does not mind.
    pub(super) side_by_side: usize,
    /// Streams of events that are held open in each.
    pub(super) streams: usize,
    pub(super) hands_over: bool,
    /// What reached whom between two looks is kept.
    pub(super) reached: bool,
    /// What is done to a variant before it is played; `false` leaves it out.
    pub(super) alter: fn(&mut Variant) -> bool,
}

impl Plan {
    /// One seed, all variants, to their end.
    pub(super) fn of(scenario: &'static str) -> Self {
        Self {
            scenario,
            seeds: 1,
            until: Duration::MAX,
            side_by_side: 1,
            streams: 0,
            hands_over: false,
            reached: false,
            alter: |_| true,
        }
    }
}

/// Plays it, and keeps what was seen.
pub(super) async fn play(ctx: &mut Context, plan: &Plan) -> Result<Sockets, Failure> {
    let mut sockets = Sockets::default();
    let binaries = ctx.binaries()?;
    for nth in 1..=plan.seeds {
        let seed = ctx.seed_of(&format!("{}/{nth}", plan.scenario));
        let (variants, knobs) = variants(plan, seed)?;
        sockets.data.knobs.extend(knobs);
        ctx.console.expect_steps(variants.len());
        for some in variants.chunks(plan.side_by_side.max(1)) {
            let names: Vec<&str> = some.iter().map(|variant| variant.name.as_str()).collect();
            ctx.console.step(&format!(
                "on sockets, seed {nth} of {}: {}",
                plan.seeds,
                names.join(", ")
            ));
            let mut playing = JoinSet::new();
            for (place, variant) in some.iter().enumerate() {
                let cast = (binaries.clone(), ctx.scratch()?, variant.clone());
                let (until, hands_over, streams) = (plan.until, plan.hands_over, plan.streams);
                playing.spawn(async move { (place, one(cast, (seed, until, hands_over, streams)).await) });
            }
            let mut all = Vec::new();
            while let Some(ended) = playing.join_next().await {
                let (place, played) = ended.map_err(|e| Failure::run(format!("play on sockets: {e}")))?;
                all.push((place, played?));
            }
            // as the scenario has them, whoever was done first
            all.sort_by_key(|(place, _)| *place);
            all.into_iter().for_each(|(_, played)| sockets.add(played));
        }
    }
    if !plan.reached {
        sockets.data.reached.clear();
    }
    Ok(sockets)
}

async fn one(
    (binaries, directory, variant): (Binaries, PathBuf, Variant),
    (seed, until, hands_over, streams): (u64, Duration, bool, usize),
) -> Result<Played, Failure> {
    let stage = Stage {
        binaries: &binaries,
        directory: &directory,
        seed,
        until,
        hands_over,
        streams,
    };
    play::play(stage, &variant).await
}

/// What is played from a seed, and what it decided.
fn variants(plan: &Plan, seed: u64) -> Result<(Vec<Variant>, Vec<Knob>), Failure> {
    let fail = |why: String| Failure::run(format!("build the scenario {}: {why}", plan.scenario));
    let entry = scenarios::find(plan.scenario).ok_or_else(|| fail("there is none".into()))?;
    let built = entry
        .build(Seed(seed), &[])
        .map_err(|errors| fail(errors.to_string()))?;
    let mut variants = built.variants;
    variants.retain_mut(plan.alter);
    let knob = |(name, value): (&str, String)| Knob {
        seed,
        knob: name.to_owned(),
        value,
    };
    Ok((variants, built.knobs.into_iter().map(knob).collect()))
}
