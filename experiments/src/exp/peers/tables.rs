//! The tables of `peers`.

use super::arms::Arm;
use crate::exp::real::{Data, Figure, Level, Way as _, added, busy_level, busy_ratio, level, with_interval};
use charts::{Cell, Column, Table};

/// Per proxy: what a bare request costs.
pub(super) fn costs(data: &Data, seed: u64) -> Table {
    let columns = [
        Column::text("proxy"),
        Column::number("CPU at saturation", "µs per request"),
        Column::number("kernel's share", "%"),
        Column::number("of its core", "%"),
        Column::number("user instructions", ""),
        Column::number("CPU at 2 000/s", "µs per request"),
        Column::number("memory", "MiB"),
    ];
    let arms = data.counted(&Arm::ALL).into_iter();
    arms.fold(Table::new(columns), |table, arm| {
        let percent = |share: Option<f64>| number(share.map(|share| share * 100.0), 0);
        table.row([
            Cell::text(arm.title()),
            with_interval(busy_level(data, seed, arm)),
            percent(data.kernel_share(arm)),
            percent(data.core_share(arm)),
            number(data.value(arm, "instructions"), 0),
            with_interval(level(data, seed, arm, Figure::ProxyCpu)),
            number(data.memory_mib(arm), 1),
        ])
    })
}

/// Per proxy: response times.
pub(super) fn latency(data: &Data, seed: u64) -> Table {
    let figures = Figure::LATENCY.map(|figure| Column::number(figure.name(), "µs"));
    let columns = std::iter::once(Column::text("proxy")).chain(figures);
    let arms = data.timed(&Arm::ALL).into_iter();
    arms.fold(Table::new(columns), |table, arm| {
        let cells = Figure::LATENCY.map(|figure| with_interval(level(data, seed, arm, figure)));
        table.row(std::iter::once(Cell::text(arm.title())).chain(cells))
    })
}

/// A difference to a peer, and whether it is one.
pub(super) struct Difference {
    pub(super) peer: Arm,
    pub(super) what: &'static str,
    pub(super) unit: &'static str,
    pub(super) level: Level,
    /// What no difference would be.
    pub(super) none: f64,
}

impl Difference {
    /// `Some(true)`: the gateway's is below, with its whole interval.
    pub(super) fn is_below(&self) -> Option<bool> {
        let interval = self.level.1?;
        (!interval.contains(self.none)).then_some(self.level.0 < self.none)
    }
}

/// Of all peers and figures that were timed.
pub(super) fn differences(data: &Data, seed: u64) -> Vec<Difference> {
    let mut all = Vec::new();
    for peer in data.counted(&Arm::PEERS) {
        all.extend(
            busy_ratio(data, seed, Arm::Gateway, peer).map(|level| Difference {
                peer,
                what: "CPU time at saturation",
                unit: "times the peer's",
                level,
                none: 1.0,
            }),
        );
        all.extend(Figure::LATENCY.into_iter().filter_map(|figure| {
            let delta = added(data, seed, Arm::Gateway, peer, figure)?;
            Some(Difference {
                peer,
                what: figure.name(),
                unit: "µs more than the peer's",
                level: (delta.median, delta.interval),
                none: 0.0,
            })
        }));
    }
    all
}

/// The same as a table.
pub(super) fn compared(data: &Data, seed: u64) -> Table {
    let columns = ["figure", "peer", "the gateway's is", "", "what that shows"].map(Column::text);
    differences(data, seed)
        .iter()
        .fold(Table::new(columns), |table, difference| {
            let shown = match (difference.is_below(), difference.level.1) {
                (Some(true), _) => "the gateway's is lower",
                (Some(false), _) => "the peer's is lower",
                (None, Some(_)) => "no difference shown",
                (None, None) => "too few rounds for an interval",
            };
            table.row([
                Cell::text(difference.what),
                Cell::text(difference.peer.title()),
                with_interval(Some(difference.level)),
                Cell::text(difference.unit),
                Cell::text(shown),
            ])
        })
}

fn number(value: Option<f64>, decimals: usize) -> Cell {
    value.map_or_else(Cell::missing, |value| Cell::number(value, decimals))
}
