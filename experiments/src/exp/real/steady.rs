//! Steady figures: counted, not timed, so that a busy machine is good enough.
//!
//! Each is the slope between two run lengths over 64 keep-alive connections that are always busy: requests are
//! offered faster than they can be served, so the load generator's backlog never runs dry. That the
//! generator calls such a run invalid is right, and of no matter here: no latency is taken from it.

use super::chain::{Chain, How};
use super::data::Steady;
use super::drive::drive;
use super::watched::{Turns, Watched, written};
use super::way::Way;
use crate::exp::Context;
use crate::failure::Failure;
use crate::measure::{
    AllocationCount, Figure, parse_allocations, parse_syscalls, per_request, per_request_if_any, strace,
};
use crate::stand::{self, Layout, LoadReport};
use std::collections::BTreeMap;
use std::path::Path;

/// System calls per request, all and by name; `run` as in [`super::instructions()`].
pub(in crate::exp) async fn syscalls<W: Way>(
    ctx: &mut Context,
    way: W,
    run: impl AsyncFn(&mut Context, W, Watched<'_>) -> Result<LoadReport, Failure>,
) -> Result<Vec<Steady>, Failure> {
    let missing = |why: &str| Ok(vec![Steady::new(way, "syscalls", Figure::Missing(why.into()))]);
    let mut tables: Vec<BTreeMap<String, u64>> = Vec::new();
    for requests in way.lengths() {
        let table = ctx.scratch()?.join("strace.table");
        let wrapper = match strace(&table) {
            Ok(wrapper) => wrapper,
            Err(why) => return missing(&why),
        };
        ctx.tool("strace", "--version");
        let watched = Watched {
            wrapper: &wrapper,
            requests,
            traced: true,
            turns: &Turns::of(1),
        };
        let report = run(ctx, way, watched).await?;
        tables.push(parse_syscalls(&written(way, watched, &report, &table)?));
    }
    let [short, long] = &tables[..] else {
        return missing("strace gave no table");
    };
    let slope = |of: &dyn Fn(&BTreeMap<String, u64>) -> u64| {
        let [less, more] = way.lengths();
        per_request((less, of(short)), (more, of(long)))
    };
    let mut rows = vec![Steady::new(way, "syscalls", slope(&|table| table.values().sum()))];
    for name in long.keys() {
        let figure = slope(&|table| table.get(name).copied().unwrap_or(0));
        if figure.value().is_some_and(|calls| calls > 0.0) {
            rows.push(Steady::new(way, &format!("syscall:{name}"), figure));
        }
    }
    Ok(rows)
}

/// Allocations and allocated bytes per request, in the build that counts them.
pub(in crate::exp) async fn allocations<W: Way>(ctx: &mut Context, way: W) -> Result<Vec<Steady>, Failure> {
    let both = |allocations, bytes| {
        vec![
            Steady::new(way, "allocations", allocations),
            Steady::new(way, "allocated_bytes", bytes),
        ]
    };
    let binary = match ctx.instrumented() {
        Ok(binary) => binary,
        Err(why) => return Ok(both(Figure::Missing(why.clone()), Figure::Missing(why))),
    };
    let layout = Layout::capacity()?;
    let chain = Chain::boot(
        ctx,
        way,
        &layout,
        How {
            wrapper: None,
            gateway: Some(&binary),
        },
    )
    .await?;
    let admin = chain.admin()?;
    let count = async || {
        let answer = stand::get(admin, "/debug/heap").await?;
        parse_allocations(&answer).map_err(Failure::Run)
    };
    // a first run, of the longer ones, fills pools and buffers once and for all
    drive(
        ctx,
        &layout,
        way,
        chain.target(),
        way.lengths()[1],
        &chain.directory,
    )
    .await?;
    let mut used = Vec::new();
    for requests in way.lengths() {
        let before = count().await?;
        drive(ctx, &layout, way, chain.target(), requests, &chain.directory).await?;
        used.push(count().await?.since(before));
    }
    chain.stop(false).await?;
    let (short, long) = (used[0], used[1]);
    let slope = |of: fn(&AllocationCount) -> u64| {
        let [less, more] = way.lengths();
        per_request_if_any((less, of(&short)), (more, of(&long)))
    };
    Ok(both(slope(|count| count.allocations), slope(|count| count.bytes)))
}

/// One run through the way's watched proxy.
pub(in crate::exp) async fn through<W: Way>(
    ctx: &mut Context,
    way: W,
    watched: Watched<'_>,
) -> Result<LoadReport, Failure> {
    through_build(ctx, way, watched, None).await
}

/// The same through another build of our gateway.
pub(in crate::exp) async fn through_build<W: Way>(
    ctx: &mut Context,
    way: W,
    watched: Watched<'_>,
    gateway: Option<&Path>,
) -> Result<LoadReport, Failure> {
    let layout = ctx.capacity()?;
    let how = How {
        wrapper: Some(watched.wrapper),
        gateway,
    };
    let chain = Chain::boot(ctx, way, &layout, how).await?;
    let (target, requests) = (chain.target(), watched.requests);
    let driven = drive(ctx, &layout, way, target, requests, &chain.directory);
    let report = watched.turns.alone(driven).await?;
    chain.stop(watched.traced).await?;
    Ok(report)
}
