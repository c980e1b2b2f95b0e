//! The tables of `tax`.

use super::arms::Arm;
use super::features::{Feature, Step};
use crate::exp::real::{Data, Figure, Steady, Way as _, added, busy_level, busy_ratio, level, with_interval};
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
    data.timed(&Arm::ALL)
        .into_iter()
        .fold(Table::new(columns), |table, arm| {
            let mut cells = vec![Cell::text(arm.title())];
            for figure in Figure::LATENCY {
                cells.push(
                    level(data, seed, arm, figure).map_or_else(Cell::missing, |(median, _)| shown(median)),
                );
                let delta = added(data, seed, arm, Arm::Direct, figure).filter(|_| arm != Arm::Direct);
                cells.push(with_interval(delta.map(|delta| (delta.median, delta.interval))));
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
    let arms = data.counted(&Arm::PROXIES);
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
            with_interval(cpu),
            data.memory_mib(arm)
                .map_or_else(Cell::missing, |mib| Cell::number(mib, 1)),
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

/// What a feature alone adds of a figure to the bare route; `None` where either was not counted.
pub(super) fn added_alone(data: &Data, feature: Feature, figure: &str) -> Option<f64> {
    let with = data.value(Step::Alone(feature), figure)?;
    Some(with - data.value(Arm::Passthrough, figure)?)
}

/// Each feature by itself.
pub(super) fn alone(data: &Data) -> Table {
    let columns = [
        Column::text("feature"),
        Column::number("user instructions added", ""),
        Column::number("of the bare route's", "%"),
        Column::number("allocations added", ""),
        Column::number("bytes added", ""),
    ];
    let bare = data.value(Arm::Passthrough, "instructions");
    Feature::ALL
        .into_iter()
        .fold(Table::new(columns), |table, feature| {
            let added = |figure: &str| added_alone(data, feature, figure);
            let shown = |value: Option<f64>, decimals| {
                value.map_or_else(Cell::missing, |value| Cell::number(value, decimals))
            };
            let share = added("instructions")
                .zip(bare)
                .map(|(added, bare)| 100.0 * added / bare);
            table.row([
                Cell::text(feature.title()),
                shown(added("instructions"), 0),
                shown(share, 1),
                shown(added("allocations"), 2),
                shown(added("allocated_bytes"), 0),
            ])
        })
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
    let table = arms.into_iter().fold(Table::new(columns), |table, arm| {
        let ratio = if arm == Arm::Nginx {
            None
        } else {
            busy_ratio(data, seed, arm, Arm::Nginx)
        };
        let share = data.kernel_share(arm);
        table.row([
            Cell::text(arm.title()),
            with_interval(busy_level(data, seed, arm)),
            with_interval(ratio),
            share.map_or_else(Cell::missing, |share| Cell::number(share * 100.0, 0)),
            data.core_share(arm)
                .map_or_else(Cell::missing, |share| Cell::number(share * 100.0, 0)),
        ])
    });
    (!data.busy.is_empty()).then_some(table)
}

/// Which system calls a request makes; columns are arms.
pub(super) fn syscalls(data: &Data) -> Option<Table> {
    const PREFIX: &str = "syscall:";
    /// Rarer calls are start-up's leftovers and timers.
    const SHOWN_MIN: f64 = 0.005;
    let arms = data.counted(&Arm::PROXIES);
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

fn shown(value: f64) -> Cell {
    Cell::text(number::significant(value, DIGITS))
}
