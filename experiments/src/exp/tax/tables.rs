//! The tables of `tax`.

use super::arms::Arm;
use super::data::{Data, Steady};
use super::deltas::{Figure, added, busy_level, busy_ratio, level};
use crate::stats::Interval;
use charts::{Cell, Column, Table, number};

/// Digits of figures with noise in them.
const DIGITS: usize = 3;

/// Per arm: levels and what is added to direct, each with its interval.
pub(super) fn latency(data: &Data, seed: u64) -> Table {
    let mut columns = vec![Column::text("arm")];
    for figure in Figure::LATENCY {
        columns.push(Column::number(figure.name(), "µs"));
        columns.push(Column::number(format!("added to {}", figure.name()), "µs"));
    }
    data.arms().into_iter().fold(Table::new(columns), |table, arm| {
        let mut cells = vec![Cell::text(arm.title())];
        for figure in Figure::LATENCY {
            cells
                .push(level(data, seed, arm, figure).map_or_else(Cell::missing, |(median, _)| shown(median)));
            cells.push(match added(data, seed, arm, figure) {
                Some(delta) if arm != Arm::Direct => with_interval(delta.median, delta.interval),
                _ => Cell::missing(),
            });
        }
        table.row(cells)
    })
}

/// Per arm: what a request costs.
pub(super) fn costs(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("arm"),
        Column::number("user instructions", ""),
        Column::number("system calls", ""),
        Column::number("allocations", ""),
        Column::number("allocated", "bytes"),
        Column::number("CPU at 2 000/s", "µs"),
        Column::number("memory", "MiB"),
    ];
    let arms = data.proxies();
    arms.into_iter().fold(Table::new(columns), |table, arm| {
        let steady = |figure: &str, decimals| {
            data.value(arm, figure)
                .map_or_else(Cell::missing, |v| Cell::number(v, decimals))
        };
        let cpu = level(data, seed, arm, Figure::ProxyCpu);
        table.row([
            Cell::text(arm.title()),
            steady("instructions", 0),
            steady("syscalls", 2),
            steady("allocations", 2),
            steady("allocated_bytes", 0),
            cpu.map_or_else(Cell::missing, |(median, interval)| {
                with_interval(median, interval)
            }),
            memory_mib(data, arm).map_or_else(Cell::missing, |mib| Cell::number(mib, 1)),
        ])
    })
}

/// What a plain answer costs the servers that give it; `None` where it was not counted.
pub(super) fn answers(data: &Data) -> Option<Table> {
    let columns = [
        Column::text("server"),
        Column::number("user instructions", ""),
        Column::number("system calls", ""),
    ];
    let counted = Arm::SERVERS
        .iter()
        .any(|arm| data.value(*arm, "instructions").is_some() || data.value(*arm, "syscalls").is_some());
    let table = Arm::SERVERS.iter().fold(Table::new(columns), |table, arm| {
        let steady = |figure: &str, decimals| {
            data.value(*arm, figure)
                .map_or_else(Cell::missing, |v| Cell::number(v, decimals))
        };
        table.row([
            Cell::text(arm.title()),
            steady("instructions", 0),
            steady("syscalls", 2),
        ])
    });
    counted.then_some(table)
}

/// CPU time at saturation, beside nginx's; `None` where it was not run.
pub(super) fn busy(data: &Data, seed: u64) -> Option<Table> {
    let columns = [
        Column::text("arm"),
        Column::number("CPU at saturation", "µs per request"),
        Column::number("in units of nginx's", ""),
        Column::number("kernel's share", "%"),
        Column::number("of its core", "%"),
    ];
    let arms = Arm::TIMED;
    let figure = |value: Option<(f64, Option<Interval>)>| {
        value.map_or_else(Cell::missing, |(median, interval)| {
            with_interval(median, interval)
        })
    };
    let table = arms.into_iter().fold(Table::new(columns), |table, arm| {
        let ratio = if arm == Arm::Nginx {
            None
        } else {
            busy_ratio(data, seed, arm)
        };
        let share = kernel_share(data, arm);
        table.row([
            Cell::text(arm.title()),
            figure(busy_level(data, seed, arm)),
            figure(ratio),
            share.map_or_else(Cell::missing, |share| Cell::number(share * 100.0, 0)),
            core_share(data, arm).map_or_else(Cell::missing, |share| Cell::number(share * 100.0, 0)),
        ])
    });
    (!data.busy.is_empty()).then_some(table)
}

/// Which system calls a request makes; columns are arms.
pub(super) fn syscalls(data: &Data) -> Option<Table> {
    const PREFIX: &str = "syscall:";
    /// Rarer calls are start-up's leftovers and timers.
    const SHOWN_MIN: f64 = 0.005;
    let arms = data.proxies();
    let mut names: Vec<&str> = data
        .steady
        .iter()
        .filter(|row| arms.iter().any(|arm| row.arm == arm.key()))
        .filter(|row| row.value.is_some_and(|calls| calls >= SHOWN_MIN))
        .filter_map(|row| row.figure.strip_prefix(PREFIX))
        .collect();
    names.sort_unstable();
    names.dedup();
    let columns = arms.iter().map(|arm| Column::number(arm.title(), ""));
    let columns = std::iter::once(Column::text("system call")).chain(columns);
    let table = names.iter().fold(Table::new(columns), |table, name| {
        let calls = |arm: &Arm| data.value(*arm, &format!("{PREFIX}{name}"));
        let cells = arms
            .iter()
            .map(|arm| calls(arm).map_or_else(Cell::missing, |calls| Cell::number(calls, 2)));
        table.row(std::iter::once(Cell::text(*name)).chain(cells))
    });
    (!names.is_empty()).then_some(table)
}

/// What was not measured, and why.
pub(super) fn missing(data: &Data) -> Vec<String> {
    let gaps = data.steady.iter().filter(|row| row.value.is_none());
    gaps.map(
        |Steady {
             arm, figure, missing, ..
         }| format!("{figure} of {arm}: not measured ({missing})"),
    )
    .collect()
}

/// Share of the proxy's CPU time spent in the kernel at saturation, over all rounds.
pub(super) fn kernel_share(data: &Data, arm: Arm) -> Option<f64> {
    let rows = || data.busy.iter().filter(|row| row.arm == arm.key());
    let (user, kernel): (u64, u64) = (
        rows().map(|row| row.user_ns).sum(),
        rows().map(|row| row.kernel_ns).sum(),
    );
    (user + kernel > 0).then(|| kernel as f64 / (user + kernel) as f64)
}

/// How busy the proxy was at saturation, over all rounds: below 1 it waited for the others on their core.
fn core_share(data: &Data, arm: Arm) -> Option<f64> {
    let rows = || data.busy.iter().filter(|row| row.arm == arm.key());
    let (cpu, wall): (u64, u64) = (
        rows().map(|row| row.cpu_ns).sum(),
        rows().map(|row| row.wall_ns).sum(),
    );
    (wall > 0).then(|| cpu as f64 / wall as f64)
}

/// The most the proxy held at the end of a round.
fn memory_mib(data: &Data, arm: Arm) -> Option<f64> {
    let rounds = data.rounds.iter().filter(|round| round.arm == arm.key());
    rounds
        .map(|round| round.proxy_rss_kib)
        .max()
        .map(|kib| kib as f64 / 1_024.0)
}

fn shown(value: f64) -> Cell {
    Cell::text(number::significant(value, DIGITS))
}

fn with_interval(median: f64, interval: Option<Interval>) -> Cell {
    let digits = |value| number::significant(value, DIGITS);
    Cell::text(match interval {
        Some(Interval { low, high }) => format!("{} [{}, {}]", digits(median), digits(low), digits(high)),
        None => digits(median),
    })
}
