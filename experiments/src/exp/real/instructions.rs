//! Instructions per request, a steady figure too: the slope between two runs under valgrind.

use super::data::Steady;
use super::watched::{Turns, Watched, written};
use super::way::Way;
use crate::exp::Context;
use crate::exp::shared::Shared;
use crate::failure::Failure;
use crate::measure::{Figure, cachegrind, parse_instructions, per_request};
use crate::stand::{LoadReport, Wrapper};
use crate::stats::median;
use std::path::PathBuf;

/// How often a slope of instructions is taken: how many events a server finds at once is chance, and moved nginx's by a hundredth
/// from run to run.
const SLOPES: usize = 3;

/// User instructions per request, the median of some slopes; `run` drives a watched run of the way, as [`super::through`] does.
pub(in crate::exp) async fn instructions<W: Way>(
    ctx: &mut Context,
    way: W,
    run: impl AsyncFn(&mut Context, W, Watched<'_>) -> Result<LoadReport, Failure>,
) -> Result<Figure, Failure> {
    let mut taken = Vec::new();
    for _ in 0..SLOPES {
        taken.push(slope(ctx, way, Boot::Together, &run).await?);
    }
    Ok(middle(taken))
}

/// Of each way the same by so many slopes, two ways at once. For ways that are compared with each other: how many events a server finds at once is moved by what
/// runs on the other core, and a count by a hundredth.
pub(in crate::exp) async fn instructions_of_each<W: Way>(
    ctx: &mut Context,
    ways: &[W],
    slopes: usize,
    run: impl AsyncFn(&mut Context, W, Watched<'_>) -> Result<LoadReport, Failure>,
) -> Result<Vec<Steady>, Failure> {
    let work = Shared::of(ways.iter().copied());
    let count = async |ctx: &mut Context| {
        while let Some((place, way)) = work.take() {
            let mut taken = Vec::new();
            for _ in 0..slopes {
                taken.push(slope(ctx, way, Boot::InTurn, &run).await?);
            }
            work.done(place, Steady::new(way, "instructions", middle(taken)));
        }
        Ok::<_, Failure>(())
    };
    let mut hand = ctx.second_hand()?;
    tokio::try_join!(count(ctx), count(&mut hand))?;
    ctx.absorb(hand);
    Ok(work.into_done().collect())
}

/// The median of some slopes; missing if one of them is.
fn middle(slopes: Vec<Figure>) -> Figure {
    let mut taken = Vec::new();
    for slope in slopes {
        match slope {
            Figure::Measured(slope) => taken.push(slope),
            missing @ Figure::Missing(_) => return missing,
        }
    }
    median(&taken).map_or_else(|| Figure::Missing("no slope was taken".into()), Figure::Measured)
}

/// How the two runs of a slope are booted.
#[derive(Clone, Copy)]
enum Boot {
    /// A core each; they are driven in turn.
    Together,
    /// On the one core that there is.
    InTurn,
}

async fn slope<W: Way>(
    ctx: &mut Context,
    way: W,
    boot: Boot,
    run: &impl AsyncFn(&mut Context, W, Watched<'_>) -> Result<LoadReport, Failure>,
) -> Result<Figure, Failure> {
    let [short, long] = match Counted::of(ctx, way)? {
        Ok(counted) => counted,
        Err(why) => return Ok(Figure::Missing(why)),
    };
    let (short, long) = match boot {
        Boot::Together => {
            let (turns, mut hand) = (Turns::of(2), ctx.second_hand()?);
            let of_short = Box::pin(short.total(ctx, way, &turns, run));
            let of_long = Box::pin(long.total(&mut hand, way, &turns, run));
            let both = tokio::try_join!(of_short, of_long)?;
            ctx.absorb(hand);
            both
        }
        Boot::InTurn => {
            let turns = Turns::of(1);
            let of_short = Box::pin(short.total(ctx, way, &turns, run)).await?;
            let of_long = Box::pin(long.total(ctx, way, &turns, run)).await?;
            (of_short, of_long)
        }
    };
    Ok(match (short, long) {
        (Some(short), Some(long)) => per_request(short, long),
        _ => Figure::Missing("valgrind gave no total".into()),
    })
}

/// A run whose instructions are counted.
struct Counted {
    requests: u64,
    log: PathBuf,
    wrapper: Wrapper,
}

impl Counted {
    /// The shorter and the longer run of a way, or why there are none.
    fn of<W: Way>(ctx: &mut Context, way: W) -> Result<Result<[Self; 2], String>, Failure> {
        ctx.tool("valgrind", "--version");
        let directory = ctx.scratch()?;
        let run = |requests: u64| {
            let log = directory.join(format!("{requests}.cachegrind"));
            let wrapper = cachegrind(&log)?;
            Ok(Self {
                requests,
                log,
                wrapper,
            })
        };
        let [short, long] = way.lengths();
        Ok(run(short).and_then(|short| Ok([short, run(long)?])))
    }

    /// Requests and instructions; `None` if valgrind does not say.
    async fn total<W: Way>(
        &self,
        ctx: &mut Context,
        way: W,
        turns: &Turns,
        run: &impl AsyncFn(&mut Context, W, Watched<'_>) -> Result<LoadReport, Failure>,
    ) -> Result<Option<(u64, u64)>, Failure> {
        let watched = Watched {
            wrapper: &self.wrapper,
            requests: self.requests,
            traced: false,
            turns,
        };
        let report = run(ctx, way, watched).await?;
        let total = parse_instructions(&written(way, watched, &report, &self.log)?);
        Ok(total.map(|total| (self.requests, total)))
    }
}
