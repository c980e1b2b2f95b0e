//! The page of `tax`: every sentence is made from the data it stands beside.

use super::arms::Arm;
use super::features::{Feature, Step};
use super::{QUESTION, pictures, tables};
use crate::exp::real::{self, Data, Figure, Way as _, added};
use crate::failure::Failure;
use crate::report::{self, Source};
use crate::stats::ROUNDS_MIN;
use charts::{Page, number};

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let mut page = report::begin(source, QUESTION, &answer(&data, seed));
    if !data.rounds.is_empty() {
        page = page.section("Latency").text(basis(&data));
        page = with(page, real::latency(source, &data, &data.timed(&Arm::ALL))?);
        page = with(page, pictures::difference(&data, seed, Figure::P50)?);
        page = with(page, pictures::difference(&data, seed, Figure::P99)?);
        page = page.table(tables::latency(&data, seed), latency_caption(&data));
    }
    page = page.section("What a request costs");
    page = with(page, real::instructions(&data, &data.counted(&Arm::PROXIES))?);
    page = with(page, real::cpu(&data, seed, &Arm::TIMED)?);
    page = page.table(
        tables::costs(&data, seed),
        "Per request; a dash was not measured, in brackets is the 95 % interval. At 2 000/s a proxy wakes for almost \
         every request, and most of its CPU time is that.",
    );
    if let Some(table) = tables::busy(&data, seed) {
        page = page.table(
            table,
            "At saturation, the proxy alone on its core: median over rounds and its 95 % interval; the ratio is taken within \
             the round.",
        );
    }
    if let Some(table) = tables::answers(&data) {
        page = page.table(
            table,
            "Per request, without a proxy: the same load on the stub itself, which answers 1 KiB from our engine, and on \
             nginx, which answers as much by itself.",
        );
    }
    page = page.text(dominant(&data));
    if let Some(table) = tables::syscalls(&data) {
        page = page.table(
            table,
            "System calls of a proxy per request, by name; those rarer than one in 200 requests are left out.",
        );
    }
    page = by_feature(page, &data)?;
    page = page.section("How it was measured").list(method(&data));
    page = page.section("What was not shown").list(not_shown(&data, seed));
    report::finish(page, source)
}

/// What each feature adds, alone and on top of the others; the page itself where that was not counted.
fn by_feature(page: Page, data: &Data) -> Result<Page, Failure> {
    let Some(alone) = pictures::alone(data)? else {
        return Ok(page);
    };
    let page = page
        .section("Each feature alone")
        .figure(alone)
        .table(
            tables::alone(data),
            "What a feature adds to a bare route that has nothing else; per request. Instructions are one slope each, and allocations the counting \
             build's.",
        );
    let page = with(page.section("One after the other"), pictures::chain(data)?);
    Ok(page.text(largest_layer(data)))
}

/// The layer of the chain that adds most.
fn largest_layer(data: &Data) -> String {
    let layers = pictures::layers(data);
    let all: f64 = layers.iter().map(|(_, added)| added).sum();
    let share = |added: f64| {
        format!(
            "{} instructions, {} % of the whole",
            number::fixed(added, 0),
            number::fixed(100.0 * added / all, 0)
        )
    };
    let mut text = String::new();
    if let [(_, bare), features @ ..] = &layers[..]
        && let Some((name, most)) = features.iter().max_by(|a, b| a.1.total_cmp(&b.1))
    {
        text = format!(
            "The dominant cost is the bare route itself: {}; of what is added to it, {name} is the most: {}.",
            share(*bare),
            share(*most)
        );
        if most > bare {
            text = format!("The dominant cost is {name}: {}.", share(*most));
        }
    }
    let alone = Feature::ALL
        .into_iter()
        .filter_map(|feature| Some((feature, tables::added_alone(data, feature, "instructions")?)));
    if let Some((feature, added)) = alone.max_by(|a, b| a.1.total_cmp(&b.1)) {
        let title = feature.title();
        text += &format!(
            " Alone, {title} adds most: {} instructions.",
            number::fixed(added, 0)
        );
    }
    let negative = Step::CHAIN.len() + 1 - layers.iter().filter(|(_, added)| *added >= 0.0).count();
    if negative > 0 && layers.len() > Step::CHAIN.len() {
        text += " A layer that came out below zero is drawn as none.";
    }
    text
}

/// What the latency figures stand on.
fn basis(data: &Data) -> String {
    let (good, all) = (data.good_rounds().len(), data.all_rounds().len());
    let first = data
        .rounds
        .iter()
        .find(|round| !round.valid)
        .map_or("", |round| round.reasons.as_str());
    if good == all {
        return format!("In all {all} rounds the instruments were good.");
    }
    let left = if good < ROUNDS_MIN {
        "That is too few to stand on, so all rounds are drawn and none is judged"
    } else {
        "The others are left out whole"
    };
    format!("In {good} of {all} rounds the instruments were good. {left}. The first complaint: {first}.")
}

fn latency_caption(data: &Data) -> String {
    /// Ten values beyond the p99.9.
    const REQUESTS_FOR_P999: u64 = 10_000;
    let mut caption =
        "Median over rounds. \"Added\" is the difference to direct within the round: median and 95 % \
                       interval, bootstrapped over rounds."
            .to_owned();
    let least = data.rounds.iter().map(|round| round.requests).min().unwrap_or(0);
    if least < REQUESTS_FOR_P999 {
        caption +=
            &format!(" With {least} requests in a round, p99.9 is little else than its slowest request.");
    }
    caption
}

fn with(page: Page, figure: Option<charts::Figure>) -> Page {
    match figure {
        Some(figure) => page.figure(figure),
        None => page,
    }
}

/// The answer, as far as this run has one.
fn answer(data: &Data, seed: u64) -> String {
    let mut sentences = Vec::new();
    let added = |figure| added_in_words(data, seed, figure);
    if let (Some(p50), Some(p99)) = (added(Figure::P50), added(Figure::P99)) {
        sentences.push(format!(
            "Going through the gateway adds {p50} to the median and {p99} to p99."
        ));
    }
    let instructions = |arm| data.value(arm, "instructions");
    if let Some(bare) = instructions(Arm::Passthrough) {
        let mut text = format!(
            "A bare passthrough takes {} user instructions per request",
            number::fixed(bare, 0)
        );
        if let Some(nginx) = instructions(Arm::Nginx) {
            text += &format!(" ({} times nginx's)", number::fixed(bare / nginx, 2));
        }
        if let Some(logged) = instructions(Arm::Logged) {
            text += &format!(
                "; request id, `X-Forwarded-*` and access log add {}",
                number::fixed(logged - bare, 0)
            );
        }
        sentences.push(text + ".");
    }
    if let [Some(ours), Some(nginx)] = Arm::SERVERS.map(instructions) {
        sentences.push(format!(
            "A plain answer of the stub takes {} ({} times nginx's).",
            number::fixed(ours, 0),
            number::fixed(ours / nginx, 2)
        ));
    }
    if sentences.is_empty() {
        return "This run measured neither latency nor instructions; the limits below say why.".to_owned();
    }
    sentences.join(" ")
}

/// A number only where a difference is shown.
fn added_in_words(data: &Data, seed: u64, figure: Figure) -> Option<String> {
    let delta = added(data, seed, Arm::Passthrough, Arm::Direct, figure)?;
    Some(match delta.interval {
        Some(interval) if delta.shows_a_difference() => {
            let digits = |value| number::significant(value, 3);
            format!(
                "{} µs (95 % interval {} to {})",
                digits(delta.median),
                digits(interval.low),
                digits(interval.high)
            )
        }
        Some(_) => "nothing that these rounds can show".to_owned(),
        None => format!("about {}", micros(delta.median)),
    })
}

/// Names the largest part of the cost.
fn dominant(data: &Data) -> String {
    let mut text = String::new();
    if let Some(share) = data.kernel_share(Arm::Passthrough) {
        let (part, percent) = if share >= 0.5 {
            ("the kernel", share)
        } else {
            ("our own code", 1.0 - share)
        };
        text = format!(
            "The dominant cost of a passthrough request is {part}: {} % of the gateway's CPU time (by ticks of utime and stime over all rounds at saturation). ",
            number::fixed(percent * 100.0, 0)
        );
    }
    let calls = |name: &str| data.value(Arm::Passthrough, name);
    if let Some(total) = calls("syscalls") {
        text += &format!(
            "It makes {} system calls; two receives and two sends are the floor.",
            number::fixed(total, 2)
        );
    }
    text
}

fn method(data: &Data) -> Vec<String> {
    let mut method = vec![
        "The shipped binaries are run as processes and booted anew for every measurement; the stub answers 1 KiB at once."
            .to_owned(),
        "Instructions, system calls and allocations are the slope between a run of 1 000 and one of 5 000 requests over \
         64 busy keep-alive connections, so that start-up and connecting cancel out. Allocations are counted in a second \
         build with a counting allocator."
            .to_owned(),
    ];
    if !pictures::layers(data).is_empty() {
        method.push(
            "Features are counted on one route, alone and one after the other; instructions of two arms at once, one on each core. How \
             busy the machine is changes how many events are found at a time, and a count by some tens."
                .to_owned(),
        );
    }
    if !data.rounds.is_empty() {
        method.push(
            "Latency is from the intended send time of an open model with Poisson arrivals. Arms are interleaved; all arms \
             of a round get the same arrivals; differences are taken within a round, and intervals are bootstrapped over \
             rounds. A round in which any arm's instruments were bad is left out as a whole."
                .to_owned(),
        );
    }
    method
}

fn not_shown(data: &Data, seed: u64) -> Vec<String> {
    let mut limits = Vec::new();
    for arm in pictures::behind(data) {
        let of = |figure| added(data, seed, arm, Arm::Direct, figure);
        let named = |figures: Vec<Figure>| figures.iter().map(|f| f.name()).collect::<Vec<_>>().join(", ");
        let (with, without): (Vec<_>, Vec<_>) = Figure::LATENCY
            .into_iter()
            .partition(|figure| of(*figure).is_some_and(|delta| delta.interval.is_some()));
        let open: Vec<_> = with
            .into_iter()
            .filter(|figure| !of(*figure).is_some_and(|delta| delta.shows_a_difference()))
            .collect();
        if !without.is_empty() {
            limits.push(format!(
                "{}: too few rounds for an interval of {}.",
                arm.title(),
                named(without)
            ));
        }
        if !open.is_empty() {
            let title = arm.title();
            limits.push(format!(
                "{title}: no difference shown in {} (the interval contains 0).",
                named(open)
            ));
        }
    }
    if pictures::layers(data).is_empty() {
        limits.push("Each feature alone: a smoke run counts what claims are about.".to_owned());
    } else {
        limits.push(
            "Of the features one by one there is one slope each, and no interval: instructions of the same config differ by some tens from \
             slope to slope."
                .to_owned(),
        );
    }
    if data.rounds.is_empty() {
        limits.push("Latency and CPU time: a smoke run takes steady figures only.".to_owned());
    }
    limits.extend(tables::missing(data));
    limits.push(
        "All parts share one machine and its loopback: no network card, no distance, no other tenants."
            .to_owned(),
    );
    limits.push(
        "Gateway and stub share a core in the latency rounds, so \"added\" holds their switching too."
            .to_owned(),
    );
    limits
}

fn micros(value: f64) -> String {
    format!("{} µs", number::significant(value, 3))
}
