//! Steady figures: counted, not timed, so that one run on a busy machine is enough.
//!
//! Each is the slope between two run lengths over 64 keep-alive connections that are always busy: requests are
//! offered faster than they can be served, so the load generator's backlog never runs dry. That the
//! generator calls such a run invalid is right, and of no matter here: no latency is taken from it.

use super::arms::Arm;
use super::chain::{Chain, How};
use super::data::Steady;
use super::drive::drive;
use super::server::Server;
use crate::exp::Context;
use crate::failure::Failure;
use crate::measure::{
    Figure, cachegrind, parse_allocations, parse_instructions, parse_syscalls, per_request,
    per_request_if_any, strace,
};
use crate::stand::{self, Layout, Wrapper};
use std::collections::BTreeMap;
use std::path::Path;

/// Of the run whose counts are compared: the 64 dials must be far below one in a hundred.
const COUNTED: u64 = 20_000;

/// Steps that [`measure`] will tell the console of.
pub(super) fn steps(arms: &[Arm]) -> usize {
    arms.len() * 2 + Arm::GATEWAY.len() * 2
}

/// Measures `arms`, the direct one not among them.
pub(super) async fn measure(ctx: &mut Context, arms: &[Arm]) -> Result<Vec<Steady>, Failure> {
    let mut rows = Vec::new();
    for &arm in arms {
        ctx.console.step(&format!("instructions: {}", arm.title()));
        rows.push(Steady::new(arm, "instructions", instructions(ctx, arm).await?));
        ctx.console.step(&format!("system calls: {}", arm.title()));
        rows.extend(syscalls(ctx, arm).await?);
        if Arm::GATEWAY.contains(&arm) {
            ctx.console.step(&format!("allocations: {}", arm.title()));
            rows.extend(allocations(ctx, arm).await?);
            ctx.console.step(&format!("counts: {}", arm.title()));
            rows.extend(super::counts::measure(ctx, arm, COUNTED).await?);
        }
    }
    Ok(rows)
}

async fn instructions(ctx: &mut Context, arm: Arm) -> Result<Figure, Failure> {
    let mut totals = Vec::new();
    for requests in arm.lengths() {
        let log = ctx.scratch()?.join("cachegrind.log");
        let wrapper = match cachegrind(&log) {
            Ok(wrapper) => wrapper,
            Err(why) => return Ok(Figure::Missing(why)),
        };
        ctx.tool("valgrind", "--version");
        let text = watched(ctx, arm, &wrapper, requests, &log, false).await?;
        match parse_instructions(&text) {
            Some(total) => totals.push((requests, total)),
            None => return Ok(Figure::Missing("valgrind gave no total".into())),
        }
    }
    Ok(per_request(totals[0], totals[1]))
}

async fn syscalls(ctx: &mut Context, arm: Arm) -> Result<Vec<Steady>, Failure> {
    let missing = |why: &str| Ok(vec![Steady::new(arm, "syscalls", Figure::Missing(why.into()))]);
    let mut tables: Vec<BTreeMap<String, u64>> = Vec::new();
    for requests in arm.lengths() {
        let table = ctx.scratch()?.join("strace.table");
        let wrapper = match strace(&table) {
            Ok(wrapper) => wrapper,
            Err(why) => return missing(&why),
        };
        ctx.tool("strace", "--version");
        tables.push(parse_syscalls(
            &watched(ctx, arm, &wrapper, requests, &table, true).await?,
        ));
    }
    let [short, long] = &tables[..] else {
        return missing("strace gave no table");
    };
    let slope = |of: &dyn Fn(&BTreeMap<String, u64>) -> u64| {
        let [less, more] = arm.lengths();
        per_request((less, of(short)), (more, of(long)))
    };
    let mut rows = vec![Steady::new(arm, "syscalls", slope(&|table| table.values().sum()))];
    for name in long.keys() {
        let figure = slope(&|table| table.get(name).copied().unwrap_or(0));
        if figure.value().is_some_and(|calls| calls > 0.0) {
            rows.push(Steady::new(arm, &format!("syscall:{name}"), figure));
        }
    }
    Ok(rows)
}

/// One run under a wrapper; gives what the wrapper wrote into `output`.
async fn watched(
    ctx: &mut Context,
    arm: Arm,
    wrapper: &Wrapper,
    requests: u64,
    output: &Path,
    traced: bool,
) -> Result<String, Failure> {
    let layout = Layout::capacity()?;
    let report = if Arm::SERVERS.contains(&arm) {
        let server = Server::boot(ctx, arm, &layout, wrapper).await?;
        let report = drive(ctx, &layout, arm, server.target, requests, &server.directory).await?;
        server.stop(traced).await?;
        report
    } else {
        let how = How {
            wrapper: Some(wrapper),
            gateway: None,
        };
        let chain = Chain::boot(ctx, arm, &layout, how).await?;
        let report = drive(ctx, &layout, arm, chain.target(), requests, &chain.directory).await?;
        chain.stop(traced).await?;
        report
    };
    if report.counts.done != requests {
        let why = format!(
            "count over {requests} requests of {}: only {} were answered",
            arm.key(),
            report.counts.done
        );
        return Err(Failure::run(why));
    }
    std::fs::read_to_string(output).map_err(|e| Failure::io("read", output, e))
}

async fn allocations(ctx: &mut Context, arm: Arm) -> Result<Vec<Steady>, Failure> {
    let both = |allocations, bytes| {
        vec![
            Steady::new(arm, "allocations", allocations),
            Steady::new(arm, "allocated_bytes", bytes),
        ]
    };
    let binary = match ctx.instrumented() {
        Ok(binary) => binary,
        Err(why) => return Ok(both(Figure::Missing(why.clone()), Figure::Missing(why))),
    };
    let layout = Layout::capacity()?;
    let chain = Chain::boot(
        ctx,
        arm,
        &layout,
        How {
            wrapper: None,
            gateway: Some(&binary),
        },
    )
    .await?;
    let admin = chain
        .admin()
        .ok_or_else(|| Failure::run("find the admin port of the instrumented gateway"))?;
    let count = async || {
        let answer = stand::get(admin, "/debug/heap").await?;
        parse_allocations(&answer).map_err(Failure::Run)
    };
    // a first run fills pools and buffers once and for all
    drive(
        ctx,
        &layout,
        arm,
        chain.target(),
        arm.lengths()[0],
        &chain.directory,
    )
    .await?;
    let mut used = Vec::new();
    for requests in arm.lengths() {
        let before = count().await?;
        drive(ctx, &layout, arm, chain.target(), requests, &chain.directory).await?;
        used.push(count().await?.since(before));
    }
    chain.stop(false).await?;
    let (short, long) = (used[0], used[1]);
    let slope = |of: fn(&crate::measure::AllocationCount) -> u64| {
        let [less, more] = arm.lengths();
        per_request_if_any((less, of(&short)), (more, of(&long)))
    };
    Ok(both(slope(|count| count.allocations), slope(|count| count.bytes)))
}
