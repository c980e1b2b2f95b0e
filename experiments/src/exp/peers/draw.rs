//! The page of `peers`, and the lines for the terminal.

use super::QUESTION;
use super::arms::Arm;
use super::tables::{self, Difference, differences};
use crate::exp::real::{self, Data, Figure, Way as _, bar, busy_level, busy_ratio, level};
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Page, number};

const DIGITS: usize = 3;
/// Ten values beyond the p99.9.
const REQUESTS_FOR_P999: u64 = 10_000;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let arms = data.counted(&Arm::ALL);
    let mut page = report::begin(source, QUESTION, &answer(&data, seed)).section("What a request costs");
    page = with(page, real::cpu(&data, seed, &arms)?);
    page = with(page, real::instructions(&data, &arms)?);
    page = page.table(
        tables::costs(&data, seed),
        "Per request; a dash was not measured, in brackets is the 95 % interval of the median over rounds. CPU time is the \
         kernel's account of the proxy's process, user and kernel.",
    );
    if !data.rounds.is_empty() {
        page = page.section("How long it takes").text(basis(&data));
        page = with(page, real::latency(source, &data, &data.timed(&Arm::ALL))?);
        for figure in Figure::LATENCY {
            page = page.figure(level_of(&data, seed, figure)?);
        }
        page = page.table(
            tables::latency(&data, seed),
            "Median over rounds and its 95 % interval.",
        );
    }
    if !differences(&data, seed).is_empty() {
        page = page.section("Differences within rounds").table(
            tables::compared(&data, seed),
            "Median over rounds of the gateway's figure beside the peer's in the same round, and its 95 % interval. An interval \
             that contains 1 (of a ratio) or 0 (of a difference) shows none.",
        );
    }
    page = page.section("How it was measured").list(method(&data));
    page = page.section("What was not shown").list(not_shown(&data, seed));
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let line = |arm: Arm| {
        let instructions = data.value(arm, "instructions");
        let instructions = instructions.map(|value| format!("{} instructions", number::fixed(value, 0)));
        let cpu = busy_level(&data, seed, arm);
        let cpu = cpu.map(|(us, _)| format!("{} µs of CPU at saturation", number::significant(us, DIGITS)));
        let latency = |figure: Figure| {
            let (us, _) = level(&data, seed, arm, figure)?;
            Some(format!(
                "{} {} µs",
                figure.name(),
                number::significant(us, DIGITS)
            ))
        };
        let latency = Figure::LATENCY.into_iter().filter_map(latency);
        let parts: Vec<String> = instructions.into_iter().chain(cpu).chain(latency).collect();
        format!("{}: {}", arm.title(), parts.join(", "))
    };
    Ok(data.counted(&Arm::ALL).into_iter().map(line).collect())
}

fn with(page: Page, figure: Option<charts::Figure>) -> Page {
    match figure {
        Some(figure) => page.figure(figure),
        None => page,
    }
}

/// The answer, as far as this run has one.
fn answer(data: &Data, seed: u64) -> String {
    let instructions = |arm| data.value(arm, "instructions");
    let mut sentences = Vec::new();
    let peers = || data.counted(&Arm::PEERS).into_iter();
    let times: Vec<String> = peers()
        .filter_map(|peer| {
            let (ratio, interval) = busy_ratio(data, seed, Arm::Gateway, peer)?;
            let range = interval.map_or_else(String::new, |i| {
                let digits = |value| number::significant(value, DIGITS);
                format!(" (95 % interval {} to {})", digits(i.low), digits(i.high))
            });
            Some(format!(
                "{} times {}'s{range}",
                number::significant(ratio, DIGITS),
                peer.title()
            ))
        })
        .collect();
    if !times.is_empty() {
        sentences.push(format!(
            "The gateway's CPU time for a bare request at saturation is {}.",
            times.join(" and ")
        ));
    }
    let counted: Vec<String> = peers()
        .filter_map(|peer| {
            let ratio = instructions(Arm::Gateway)? / instructions(peer)?;
            Some(format!("{} times {}'s", number::fixed(ratio, 2), peer.title()))
        })
        .collect();
    if !counted.is_empty() {
        sentences.push(format!("Its user instructions are {}.", counted.join(" and ")));
    }
    let all = differences(data, seed);
    let lower = named(&all, Some(false));
    if !lower.is_empty() {
        sentences.push(format!("A peer is lower in {}.", lower.join(", ")));
    }
    if sentences.is_empty() {
        return "This run had nothing to compare; the limits below say why.".to_owned();
    }
    sentences.join(" ")
}

/// Differences whose gateway is on this side.
fn named(all: &[Difference], is_below: Option<bool>) -> Vec<String> {
    let these = all.iter().filter(|difference| difference.is_below() == is_below);
    these
        .map(|difference| format!("{} ({})", difference.what, difference.peer.title()))
        .collect()
}

fn basis(data: &Data) -> String {
    let (good, all) = (data.good_rounds().len(), data.all_rounds().len());
    let drawn = data.drawn_rounds().len();
    let first = data.rounds.iter().find(|round| !round.valid);
    let complaint = first.map_or_else(String::new, |round| {
        format!(" The first complaint: {}.", round.reasons)
    });
    format!("In {good} of {all} rounds the instruments were good; {drawn} rounds are drawn.{complaint}")
}

fn level_of(data: &Data, seed: u64, figure: Figure) -> Result<charts::Figure, Failure> {
    let arms = data.timed(&Arm::ALL);
    let name = figure.name();
    let picture = Bar::new(
        format!("{name} by proxy"),
        Axis::new(format!("{name} of the response time"), "µs"),
    )
    .subtitle("at 2 000 requests per second; median over rounds, 95 % interval")
    .groups(arms.iter().map(|arm| arm.title()))
    .series("", arms.iter().map(|arm| bar(level(data, seed, *arm, figure))))
    .sideways();
    report::figure(name, picture.draw(), "")
}

fn method(data: &Data) -> Vec<String> {
    let mut method = vec![
        "Bare proxying: one route to one stub that answers 1 KiB at once, keep-alive on both sides, one worker of one process, no \
         access log. The configs are printed below as they were used."
            .to_owned(),
        "User instructions are the slope between a run of 1 000 and one of 5 000 requests over 64 busy keep-alive connections \
         under valgrind, so that start-up and connecting cancel out."
            .to_owned(),
    ];
    if !data.busy.is_empty() {
        method.push(
            "CPU time at saturation: the proxy alone on its core; of each round's freshly booted proxy the time of a short run is \
             taken off that of a long one."
                .to_owned(),
        );
    }
    if !data.rounds.is_empty() {
        method.push(
            "Latency is from the intended send time of an open model with Poisson arrivals at 2 000 per second, the load generator \
             alone on its core. Proxies are interleaved, another one first in each round, and all of a round get the same arrivals; a round in which any \
             instrument was bad is left out as a whole."
                .to_owned(),
        );
    }
    method
}

fn not_shown(data: &Data, seed: u64) -> Vec<String> {
    let mut limits = Vec::new();
    let all = differences(data, seed);
    let open = named(&all, None);
    if !open.is_empty() {
        limits.push(format!("No difference shown in {}.", open.join(", ")));
    }
    let with_interval = all
        .iter()
        .filter(|difference| difference.level.1.is_some())
        .count();
    if with_interval > 1 {
        limits.push(format!(
            "{with_interval} differences have an interval of 95 % each: about one of twenty such intervals misses."
        ));
    }
    let least = data.rounds.iter().map(|round| round.requests).min();
    if let Some(least) = least.filter(|least| *least < REQUESTS_FOR_P999) {
        limits.push(format!(
            "With {least} requests in a round, its p99.9 is little else than its slowest request."
        ));
    }
    if data.rounds.is_empty() {
        limits.push("Latency and CPU time: a smoke run takes steady figures only.".to_owned());
    }
    let gaps = data.steady.iter().filter(|row| row.value.is_none());
    limits.extend(gaps.map(|row| format!("{} of {}: not measured ({})", row.figure, row.arm, row.missing)));
    limits.push(
        "Anything but bare proxying: no TLS, no HTTP/2, no cache, no large bodies, no second worker."
            .to_owned(),
    );
    limits.push("All parts share one machine and its loopback: no network card, no distance.".to_owned());
    limits
}
