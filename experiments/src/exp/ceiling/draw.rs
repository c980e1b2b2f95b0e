//! The page of `ceiling`, and the lines for the terminal.

use super::arms::Arm;
use super::changes::Change;
use super::data::{Data, Held, P99_MS_MAX, Second};
use super::soak::SHARE;
use super::tables::DIGITS;
use super::{QUESTION, pictures, tables};
use crate::exp::real::Level;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Page, number};

/// Held for less, nothing is said of growth.
const LONG_S: f64 = 590.0;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let mut page = report::begin(source, QUESTION, &answer(&data, seed));
    if !data.steps.is_empty() {
        page = page
            .section("Offered rate and response time")
            .figure(pictures::hockey_stick(&data)?)
            .figure(pictures::cores(&data)?)
            .table(tables::ladder(&data), "In the order in which they were offered.");
    }
    if let Some(held) = data.held.first() {
        page = page
            .section("What holds it")
            .text(bottleneck(&data, held))
            .figure(pictures::profile(&data)?);
        if !data.stacks.0.is_empty() {
            page = page.figure(pictures::flame(&data)?);
        }
        page = page.table(
            tables::evidence(&data, held),
            "While the rate of the ceiling was held, without a profiler; calls were counted in another run.",
        );
    }
    if !data.grown.is_empty() {
        page = page
            .section("What holding it does")
            .text(held_long(&data))
            .figure(pictures::soak(&data)?);
    }
    if !data.most.is_empty() {
        page = beside_direct(page, &data, seed)?;
    }
    if !data.varied.is_empty() {
        page = page
            .section("What is varied")
            .figure(pictures::varied(&data, seed)?)
            .table(
                tables::varied(&data, seed),
                "Of the gateway, for a request; the ratio is taken within the round. Instructions are the user's, by cachegrind.",
            );
    }
    page = page.section("How it was measured").list(METHOD);
    page = page.section("What was not shown").list(not_shown(&data, seed));
    report::finish(page, source)
}

fn beside_direct(page: Page, data: &Data, seed: u64) -> Result<Page, Failure> {
    let page = page
        .section("Beside no gateway")
        .figure(pictures::most(data, seed)?)
        .table(
            tables::ratios(data, seed),
            "Answers for a second of CPU time of gateway and stub together; median over rounds and its 95 % interval, the ratio taken within \
             the round.",
        );
    let is_there = |change: &Change| data.cost(seed, *change).is_some();
    if !Change::ALL.iter().any(is_there) {
        return Ok(page);
    }
    Ok(page
        .section("What the top fix is worth")
        .text(top_fix(data, seed))
        .figure(pictures::changes(data, seed)?)
        .table(
            tables::changes(data, seed),
            "Where gateway and stub share a core. A sleep is a time that the gateway found nothing to do and waited to be woken (its \
             voluntary context switches). Instructions are counted of a build that was given with `--before-bin`, and of this one.",
        ))
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let mut lines = Vec::new();
    if !data.steps.is_empty() || !data.most.is_empty() {
        lines.push(answer(&data, source.run.seed));
    }
    if let Some(held) = data.held.first() {
        lines.push(bottleneck(&data, held));
    }
    if !data.most.is_empty() {
        lines.push(top_fix(&data, source.run.seed));
    }
    Ok(lines)
}

fn answer(data: &Data, seed: u64) -> String {
    let mut sentences = Vec::new();
    if let Some(rate) = data.ceiling() {
        let mut text = format!(
            "The highest offered rate with p99 below {P99_MS_MAX} ms was {} per second",
            number::fixed(rate, 0)
        );
        if let Some(why) = data.held.first().and_then(Held::complaint) {
            text += &format!(", which is not the gateway's own ceiling: {why}");
        }
        sentences.push(text + ".");
    }
    let pairs = [
        (
            Arm::ThroughWork,
            Arm::DirectWork,
            "with a stub that works 50 µs for each request",
        ),
        (Arm::Through, Arm::Direct, "with one that is free"),
    ];
    let ratios = pairs.into_iter().filter_map(|(arm, base, stub)| {
        let (percent, interval) = data.ratio(seed, arm, base)?;
        let digits = |value| number::significant(value, DIGITS);
        let range = interval.map_or_else(String::new, |i| {
            format!(" (95 % interval {} to {})", digits(i.low), digits(i.high))
        });
        Some(format!("{} %{range} {stub}", digits(percent)))
    });
    let ratios: Vec<String> = ratios.collect();
    if !ratios.is_empty() {
        sentences.push(format!(
            "A second of CPU time answers through the gateway, of what it does without: {}.",
            ratios.join(", and ")
        ));
    }
    if sentences.is_empty() {
        return "This run took steady figures only; the limits below say what is missing.".to_owned();
    }
    sentences.join(" ")
}

/// What the evidence names.
fn bottleneck(data: &Data, held: &Held) -> String {
    let percent = |share: f64| number::fixed(100.0 * share, 0);
    let mut text = format!(
        "At {} per second the gateway uses {} % of its core and its threads wait {} % of the time for it; stub and load generator use {} % \
         of theirs.",
        number::fixed(held.rate, 0),
        percent(held.gateway_share()),
        percent(held.waited_share()),
        percent(held.others_share)
    );
    let (part, share) = match held.kernel_share() {
        kernel if kernel >= 0.5 => ("in the kernel", kernel),
        kernel => ("in user code", 1.0 - kernel),
    };
    text += &format!(" Of its CPU time {} % is {part}.", percent(share));
    text += &format!(
        " A request takes {} µs of it, by which a whole core is worth {} per second.",
        number::significant(held.cpu_us(), DIGITS),
        number::significant(1e6 / held.cpu_us(), DIGITS)
    );
    let shares = data.shares();
    let first = |in_kernel| shares.iter().find(|(_, kernel, _)| *kernel == in_kernel);
    if let (Some(call), Some(code)) = (first(true), first(false)) {
        text += &format!(
            " The largest shares of the profile are `{}` of the kernel's ({} %) and `{}` of the code's ({} %).",
            call.0,
            percent(call.2),
            code.0,
            percent(code.2)
        );
    }
    text
}

/// What grew while a share of the ceiling was held.
fn held_long(data: &Data) -> String {
    let seconds = data.grown.last().map_or(0.0, |sample| sample.at_s);
    let mut text = format!(
        "{} % of the ceiling was held for {} s: at the ceiling itself a queue that a disturbance has filled never empties.",
        number::fixed(100.0 * SHARE, 0),
        number::fixed(seconds, 0)
    );
    let part = |name: &str, unit: &str, medians: Option<(f64, f64)>| {
        medians.map_or_else(String::new, |(second, last)| {
            format!(
                " The median of its {name} was {} {unit} in the second tenth of that and {} {unit} in the last.",
                number::fixed(second, 0),
                number::fixed(last, 0)
            )
        })
    };
    text += &part("memory", "KiB", data.second_and_last(|sample| sample.rss_kib));
    text += &part("open files", "", data.second_and_last(|sample| sample.open_files)).replace("  ", " ");
    let failed: u64 = data.seconds.iter().map(|second| second.unexpected).sum();
    text += &format!(" {failed} requests were not answered with 200");
    let slow = |second: &&Second| second.p99_us.is_some_and(|us| us >= 1_000.0 * P99_MS_MAX);
    text += &format!(
        ", and in {} of {} intervals p99 was above the service level.",
        data.seconds.iter().filter(slow).count(),
        data.seconds.len()
    );
    text
}

/// The change that takes most off, by the data.
fn top_fix(data: &Data, seed: u64) -> String {
    let Some((change, cost)) = data.top_change(seed) else {
        return "None of the changes takes CPU time off a request that these rounds could show.".to_owned();
    };
    let mut text = format!(
        "Of what was changed, `{}` takes most off: a request is left with {} of the CPU time that gateway and stub took for it before.",
        change.title().replace('`', ""),
        said(cost, " %")
    );
    let (before, after) = change.sides();
    if let (Some(was), Some(is)) = (data.sleeps(seed, before), data.sleeps(seed, after)) {
        text += &format!(
            " The gateway slept {} times per request before and {} after.",
            said(was, ""),
            said(is, "")
        );
    }
    let of_direct = |arm| data.ratio(seed, arm, Arm::DirectWork);
    if let (Some(was), Some(is)) = (of_direct(before), of_direct(after)) {
        text += &format!(
            " Of what the stub answers by itself a second of CPU time answered {} before and {} after.",
            said(was, " %"),
            said(is, " %")
        );
    }
    text
}

/// With its interval.
fn said((median, interval): Level, unit: &str) -> String {
    let digits = |value| number::significant(value, DIGITS);
    let range = interval.map_or_else(String::new, |i| {
        format!(" (95 % interval {} to {})", digits(i.low), digits(i.high))
    });
    format!("{}{unit}{range}", digits(median))
}

const METHOD: [&str; 6] = [
    "The rate rises by half until p99 or an answer breaks the service level, and is then narrowed down to 6 %; each step offers a Poisson \
     stream over 256 connections to one bare route. The gateway is alone on its core, stub and load generator share the other.",
    "At the ceiling the rate is held twice: once for the kernel's account (utime, stime, schedstat), and once with the gateway's own \
     profiler at 499 samples per second of CPU time.",
    "The comparison with direct keeps 64 connections busy, gateway and stub on one core in all arms. It is by the CPU time of both, because a \
     core that others use too gives two processes twice what it gives one.",
    "In each of its rounds a stub is booted with all gateways before it, and asked directly and through each in turn, there and back, so that \
     what is compared is a fraction of a second apart and before the same stub. Short runs between are taken off, so that connecting \
     cancels out.",
    "What is varied is driven in the same way, each variant before a stub of its own, the gateway alone on its core; two workers have both cores, \
     which they share with stub and load generator.",
    "Allocations are the slope between two run lengths in a build that counts them.",
];

fn not_shown(data: &Data, seed: u64) -> Vec<String> {
    let mut limits = Vec::new();
    if data.steps.is_empty() {
        limits.push("Rates, ratios and the profile: a smoke run takes steady figures only.".to_owned());
    }
    let gaps = data.counted.iter().filter(|row| row.value.is_none());
    limits.extend(gaps.map(|row| format!("{}: not measured ({})", row.figure, row.missing)));
    for change in Change::ALL {
        let cost = data.cost(seed, change);
        if cost.is_some_and(|(_, interval)| interval.is_some_and(|interval| interval.contains(100.0))) {
            limits.push(format!(
                "{}: no difference shown (the interval contains 100 %).",
                change.title()
            ));
        }
    }
    if data.cost(seed, Change::Nice).is_some() {
        limits.push(
            "What a lower priority costs in response time, and what it is worth to a gateway that has a core for itself."
                .to_owned(),
        );
    }
    if data.varied.is_empty() {
        limits.push("More than one worker, other payloads, many routes and upstreams.".to_owned());
    } else {
        limits.push(
            "How many requests two workers answer: gateway, stub and load generator together have more to do than two cores can."
                .to_owned(),
        );
    }
    if data.grown.last().is_none_or(|sample| sample.at_s < LONG_S) {
        limits.push(
            "What ten minutes near the ceiling do to memory and files: they are held in a full run."
                .to_owned(),
        );
    }
    limits.push(
        "A service level is broken by whatever disturbs the machine; each rate is offered once.".to_owned(),
    );
    limits
}
