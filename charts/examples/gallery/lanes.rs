//! Lanes as the simulator draws them: who did what when, with few events and with many, and what was broken meanwhile.

use charts::{Axis, Error, Figure, Lane, Lanes, Page, Panel, Panels, Row, Series, Shape, Span, Svg};

/// Columns of bars over ten seconds.
const COLUMNS: u32 = 200;

pub(crate) fn page() -> Result<Page, Error> {
    Ok(Page::new("lanes: a replica is killed")
        .figure(Figure::new("lanes", run()?).caption("Every host over time, as requests travel."))
        .figure(Figure::new("lanes-empty", empty()?).caption("A lane on which nothing happened.")))
}

fn run() -> Result<Svg, Error> {
    let failed = |column: u32| (60..64).contains(&column);
    let bars = |most: u32, salt: u32| {
        (0..COLUMNS).map(move |column| u64::from(most / 2 + (column * 7 + salt) * 31 % (most / 2)))
    };
    let marks = (0..9_u32).map(|i| (3.0 + f64::from(i) * 0.03, format!("request {}: 502", 700 + i)));
    let clients = Lane::new("client0")
        .row(Row::bars("ok", bars(24, 1)).colour(2))
        .row(Row::marks("failed", marks).colour(1).shape(Shape::Cross));
    let retries = (0..COLUMNS).map(|column| if failed(column) { 12 } else { 0 });
    let gateway = Lane::new("gateway")
        .row(Row::bars("in flight", bars(40, 3)))
        .row(Row::bars("retries", retries).colour(4).shape(Shape::Triangle))
        .shade("partition ↔ r0", 6.5, 7.25)
        .shade("latency ↔ r1", 6.75, 9.0);
    let killed = bars(12, 5).zip(0_u32..);
    let killed = killed.map(|(count, column)| if (60..120).contains(&column) { 0 } else { count });
    let replica = Lane::new("r1")
        .row(Row::bars("requests", killed))
        .shade("crash", 3.0, 6.0)
        .shade("", 3.0, 6.0)
        .shade("latency ↔ gateway", 6.75, 9.0);
    let findings = Lane::new("findings").flag("at-most-once: request 702 reached r1 and then r2", 3.06);
    let lanes = [findings, clients, gateway, replica];
    let lanes = lanes.into_iter().fold(Lanes::new(0.0, 10.0), Lanes::lane);
    let share = (0..=40_u32).map(|i| (f64::from(i) / 4.0, if i == 12 { 71.0 } else { 100.0 }));
    Panels::new("A replica is killed", Axis::new("time", "s"))
        .subtitle("violated: at-most-once")
        .panel(Panel::lanes("hosts over time, as requests travel", lanes))
        .panel(
            Panel::new(Axis::new("requests that end well", "%").range(0.0, 105.0))
                .series(Series::new("ended well", share)),
        )
        .span(Span::at("heal", 9.0))
        .note("Bars count per 50 ms, each row by a scale of its own.")
        .draw()
}

fn empty() -> Result<Svg, Error> {
    let lanes = Lanes::new(0.0, 1.0).lane(Lane::new("r0").row(Row::bars("requests", [])));
    Panels::new("Nothing", Axis::new("time", "s"))
        .panel(Panel::lanes("hosts over time", lanes))
        .draw()
}
