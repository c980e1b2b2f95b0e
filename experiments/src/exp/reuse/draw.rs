//! The page of `reuse`, and the lines for the terminal.

use super::QUESTION;
use super::arms::{Arm, CROWD_UPSTREAM};
use super::data::{Data, Sample};
use crate::exp::real::{
    self, Data as Timed, Figure, Way as _, bar, busy_level, busy_ratio, level, with_interval,
};
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Cell, Column, Limit, Line, Page, Series, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let (data, timed) = (Data::read(&source.directory)?, Timed::read(&source.directory)?);
    let seed = source.run.seed;
    let mut page = report::begin(source, QUESTION, &answer(&data, &timed, seed))
        .section("What the pool saves")
        .figure(new_connections(&data)?);
    if let Some(figure) = real::cpu(&timed, seed, &Arm::SATURATED)? {
        page = page.figure(figure);
    }
    if !timed.rounds.is_empty() {
        page = page.figure(waits(&timed, seed)?);
    }
    page = page
        .table(table(&data, &timed, seed), "The steady state by pool; a dash was not measured, in brackets is the 95 % interval over rounds.")
        .section("Open files")
        .figure(files(&data)?)
        .section("A crowd")
        .figure(crowd(&data)?)
        .section("How it was measured")
        .list(method(&timed))
        .section("What was not shown")
        .list(not_shown(&timed));
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let (data, timed) = (Data::read(&source.directory)?, Timed::read(&source.directory)?);
    let line = |arm: Arm| {
        let steady = data.steady(arm)?;
        let mut text = format!(
            "{}: {} % of {} requests/s on open connections, {} new ones per second",
            arm.title(),
            number::fixed(steady.reuse_percent(), 2),
            number::significant(steady.requests_per_second(), DIGITS),
            number::significant(steady.new_per_second(), DIGITS)
        );
        if let Some((us, _)) = busy_level(&timed, source.run.seed, arm) {
            text += &format!(", {} µs of CPU at saturation", number::significant(us, DIGITS));
        }
        Some(text)
    };
    Ok(Arm::ALL.into_iter().filter_map(line).collect())
}

fn answer(data: &Data, timed: &Timed, seed: u64) -> String {
    let mut sentences = Vec::new();
    if let (Some(kept), Some(off)) = (data.steady(Arm::Kept), data.steady(Arm::Off)) {
        sentences.push(format!(
            "In the steady state {} % of the requests find a connection open, and the gateway opens {} per second instead of {}.",
            number::fixed(kept.reuse_percent(), 2),
            number::significant(kept.new_per_second(), DIGITS),
            number::significant(off.new_per_second(), DIGITS)
        ));
    }
    if let Some((ratio, Some(interval))) = busy_ratio(timed, seed, Arm::Off, Arm::Kept) {
        let digits = |value| number::significant(value, DIGITS);
        sentences.push(format!(
            "Without keep-alive a request takes {} times the gateway's CPU time (95 % interval {} to {}).",
            digits(ratio),
            digits(interval.low),
            digits(interval.high)
        ));
    }
    let most = |figure: fn(&Sample) -> u64| data.of(Arm::Crowd).map(figure).max();
    if let (Some(clients), Some(upstream)) = (most(|sample| sample.clients), most(|sample| sample.upstream)) {
        sentences.push(format!(
            "{} clients at once were carried on {upstream} connections to the upstream.",
            number::fixed(clients as f64, 0)
        ));
    }
    sentences.join(" ")
}

/// Connections opened per second, from one sample to the next.
fn new_connections(data: &Data) -> Result<charts::Figure, Failure> {
    let mut picture = Line::new(
        "New connections to the upstream",
        Axis::new("time", "s"),
        Axis::new("opened per second", ""),
    )
    .subtitle("by the stub's count, at 2 000 requests per second");
    for (colour, arm) in Arm::POOLS.into_iter().enumerate() {
        let samples: Vec<&Sample> = data.of(arm).collect();
        let rate = |pair: &[&Sample]| {
            let seconds = pair[1].at_s - pair[0].at_s;
            (
                pair[1].at_s,
                pair[1].accepted.saturating_sub(pair[0].accepted) as f64 / seconds,
            )
        };
        let points = samples.windows(2).map(rate).filter(|(_, rate)| rate.is_finite());
        picture = picture.series(Series::new(arm.title(), points).colour(colour));
    }
    report::figure("new-connections", picture.draw(), "")
}

fn waits(timed: &Timed, seed: u64) -> Result<charts::Figure, Failure> {
    let mut picture = Bar::new("Response time by pool", Axis::new("response time", "µs"))
        .subtitle(
            "at 2 000 requests per second to an upstream that takes 1 ms; median over rounds, 95 % interval",
        )
        .groups(Figure::LATENCY.map(Figure::name));
    for arm in Arm::POOLS {
        let values = Figure::LATENCY.map(|figure| bar(level(timed, seed, arm, figure)));
        picture = picture.series(arm.title(), values);
    }
    report::figure("response-time", picture.draw(), "")
}

fn files(data: &Data) -> Result<charts::Figure, Failure> {
    let mut picture = Line::new(
        "Open files of the gateway",
        Axis::new("time", "s"),
        Axis::new("open files", ""),
    )
    .subtitle("counted in /proc every tenth of a second");
    for (colour, arm) in Arm::POOLS.into_iter().enumerate() {
        let points = data.of(arm).map(|sample| (sample.at_s, sample.own_files()));
        picture = picture.series(Series::new(arm.title(), points).colour(colour));
    }
    report::figure(
        "open-files",
        picture.draw(),
        "Without the connections of clients, which the load generator opens and closes as it needs them.",
    )
}

fn crowd(data: &Data) -> Result<charts::Figure, Failure> {
    let of = |figure: fn(&Sample) -> u64| {
        let samples = data.of(Arm::Crowd);
        // a logarithmic axis has no zero
        let points = samples.map(move |sample| (sample.at_s, figure(sample) as f64));
        points.filter(|(_, count)| *count > 0.0).collect::<Vec<_>>()
    };
    let picture = Line::new(
        "A crowd, and what carries it",
        Axis::new("time", "s"),
        Axis::new("connections", "").log(),
    )
    .subtitle("each client asks again as soon as it is answered")
    .series(Series::new("of clients", of(|sample| sample.clients)).colour(0))
    .series(Series::new("to the upstream", of(|sample| sample.upstream)).colour(1))
    .limit(Limit::new("bound of the pool", CROWD_UPSTREAM as f64));
    let caption = "Clients by the gateway's metrics, connections to the upstream by the stub's ledger.";
    report::figure("crowd", picture.draw(), caption)
}

fn table(data: &Data, timed: &Timed, seed: u64) -> Table {
    let columns = [
        Column::text("pool"),
        Column::number("requests", "per second"),
        Column::number("on open connections", "%"),
        Column::number("new connections", "per second"),
        Column::number("CPU at saturation", "µs per request"),
        Column::number("p99 at 2 000/s", "µs"),
    ];
    Arm::ALL.into_iter().fold(Table::new(columns), |table, arm| {
        let steady = data.steady(arm);
        let figure = |value: Option<f64>| {
            value.map_or_else(Cell::missing, |value| {
                Cell::text(number::significant(value, DIGITS))
            })
        };
        table.row([
            Cell::text(arm.title()),
            figure(steady.map(|steady| steady.requests_per_second())),
            steady.map_or_else(Cell::missing, |steady| Cell::number(steady.reuse_percent(), 2)),
            figure(steady.map(|steady| steady.new_per_second())),
            with_interval(busy_level(timed, seed, arm)),
            with_interval(level(timed, seed, arm, Figure::P99)),
        ])
    })
}

fn method(timed: &Timed) -> Vec<String> {
    let mut method = vec![
        "The stub answers 1 KiB after 1 ms, so that at 2 000 requests per second about two are under way at a time: a pool that \
         keeps one connection is too small for them, and the pool of the first arm never is."
            .to_owned(),
        "Requests that found a connection open and connections opened are the gateway's counters; connections accepted and open \
         are the stub's; open files are the kernel's. Pools are filled by 64 busy connections before, \
         and the first second of a run is left out of what is called steady."
            .to_owned(),
        "The crowd is a closed loop: every client asks again as soon as it is answered, so that all of them are always waiting. \
         No latency is taken from it."
            .to_owned(),
    ];
    if !timed.busy.is_empty() {
        method.push(
            "CPU time at saturation: the gateway alone on its core, freshly booted in each of the interleaved rounds; the time of a \
             short run is taken off that of a long one."
                .to_owned(),
        );
    }
    method
}

fn not_shown(timed: &Timed) -> Vec<String> {
    let mut limits = Vec::new();
    if timed.rounds.is_empty() {
        limits.push("Latency and CPU time: a smoke run takes counts only.".to_owned());
    }
    limits.push(
        "What a handshake of TLS would add to each new connection, and what distance would: on a loopback a connection is \
         opened in some tens of microseconds."
            .to_owned(),
    );
    limits.push("What an upstream pays for connections that it has to accept and to close.".to_owned());
    limits
}
