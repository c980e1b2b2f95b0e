//! The tables of `ceiling`.

use super::arms::Arm;
use super::changes::Change;
use super::data::{Data, Held};
use crate::exp::real::with_interval;
use charts::{Cell, Column, Table, number};

pub(super) const DIGITS: usize = 3;

pub(super) fn ladder(data: &Data) -> Table {
    let columns = [
        Column::number("offered", "per second"),
        Column::number("p50", "ms"),
        Column::number("p99", "ms"),
        Column::number("failed", ""),
        Column::number("send lag p99", "µs"),
        Column::number("gateway's core", "%"),
        Column::number("the others'", "%"),
        Column::text("service level"),
    ];
    data.steps.iter().fold(Table::new(columns), |table, step| {
        let ms = |us: f64| Cell::text(number::significant(us / 1_000.0, DIGITS));
        table.row([
            Cell::number(step.rate, 0),
            ms(step.p50_us),
            ms(step.p99_us),
            Cell::number(step.unexpected as f64, 0),
            Cell::number(step.send_lag_p99_us, 0),
            Cell::number(100.0 * step.gateway_share, 0),
            Cell::number(100.0 * step.others_share, 0),
            Cell::text(if step.held() { "held" } else { "broken" }),
        ])
    })
}

pub(super) fn evidence(data: &Data, held: &Held) -> Table {
    let columns = [Column::text("figure"), Column::number("value", "")];
    let percent = |share: f64| format!("{} %", number::fixed(100.0 * share, 1));
    let mut rows = vec![
        ("of its core, by the gateway", percent(held.gateway_share())),
        ("of that in the kernel", percent(held.kernel_share())),
        ("runnable and waiting for the core", percent(held.waited_share())),
        (
            "of their core, by stub and load generator",
            percent(held.others_share),
        ),
        (
            "CPU time per request",
            format!(
                "{} µs",
                number::significant(1e6 * held.cpu_s / (held.rate * held.seconds), DIGITS)
            ),
        ),
    ];
    if let Some(allocations) = data.allocations() {
        let per_second = number::significant(allocations * held.rate, DIGITS);
        rows.push(("allocations per second, by the counting build", per_second));
    }
    if let Some(calls) = data.lock_waits() {
        let calls = number::fixed(calls, 4);
        rows.push(("waits on locks, in futex calls per request by strace", calls));
        rows.push((
            "waits on locks, of the profile's samples",
            percent(data.share("futex")),
        ));
    }
    rows.into_iter()
        .fold(Table::new(columns), |table, (name, value)| {
            table.row([Cell::text(name), Cell::text(value)])
        })
}

pub(super) fn ratios(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("stub"),
        Column::number("by itself", "per second of CPU time"),
        Column::number("behind the gateway", "per second of CPU time"),
        Column::number("of it", "%"),
    ];
    let pairs = [
        ("50 µs of work", Arm::DirectWork, Arm::ThroughWork),
        ("free", Arm::Direct, Arm::Through),
    ];
    pairs
        .into_iter()
        .fold(Table::new(columns), |table, (name, base, arm)| {
            table.row([
                Cell::text(name),
                with_interval(data.most(seed, base)),
                with_interval(data.most(seed, arm)),
                with_interval(data.ratio(seed, arm, base)),
            ])
        })
}

/// Of each change what was before it and what is after it.
pub(super) fn changes(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("changed"),
        Column::number("CPU time per request", "% of before"),
        Column::number("answers of direct's, before", "%"),
        Column::number("after", "%"),
        Column::number("sleeps per request, before", ""),
        Column::number("after", ""),
        Column::number("user instructions, before", ""),
        Column::number("after", ""),
    ];
    let there = Change::ALL
        .into_iter()
        .filter(|change| data.cost(seed, *change).is_some());
    there.fold(Table::new(columns), |table, change| {
        let (before, after) = change.sides();
        let of_direct = |arm| with_interval(data.ratio(seed, arm, Arm::DirectWork));
        let instructions = |arm| {
            let counted = data
                .figure(arm, "instructions")
                .filter(|_| change == Change::Build);
            counted.map_or_else(Cell::missing, |count| Cell::number(count, 0))
        };
        table.row([
            Cell::text(change.title()),
            with_interval(data.cost(seed, change)),
            of_direct(before),
            of_direct(after),
            with_interval(data.sleeps(seed, before)),
            with_interval(data.sleeps(seed, after)),
            instructions(before),
            instructions(after),
        ])
    })
}

/// Of each variant, what a request costs the gateway.
pub(super) fn varied(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("variant"),
        Column::number("CPU time", "µs"),
        Column::number("in units of the first", ""),
        Column::number("user instructions", ""),
    ];
    Arm::VARIED.into_iter().fold(Table::new(columns), |table, arm| {
        let ratio = data.varied_ratio(seed, arm).filter(|_| arm != Arm::VARIED[0]);
        let instructions = data.figure(arm, "instructions");
        table.row([
            Cell::text(arm.varied_title()),
            with_interval(data.gateway_us(seed, arm)),
            with_interval(ratio),
            instructions.map_or_else(Cell::missing, |count| Cell::number(count, 0)),
        ])
    })
}
