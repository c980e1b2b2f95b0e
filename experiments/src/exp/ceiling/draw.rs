//! The page of `ceiling`, and the lines for the terminal.

use super::QUESTION;
use super::arms::Arm;
use super::data::{Data, Held, OTHERS_MAX, P99_MS_MAX, Step};
use crate::exp::real::{Way as _, bar, with_interval};
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Axis, Bar, Cell, Column, Limit, Line, Page, Series, Table, number};

const DIGITS: usize = 3;
/// Owners in picture and table; the rest is a percent or two in all.
const OWNERS_SHOWN: usize = 14;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let mut page = report::begin(source, QUESTION, &answer(&data, seed));
    if !data.steps.is_empty() {
        page = page
            .section("Offered rate and response time")
            .figure(hockey_stick(&data)?)
            .figure(cores(&data)?)
            .table(ladder(&data), "In the order in which they were offered.");
    }
    if let Some(held) = data.held.first() {
        page = page
            .section("What holds it")
            .text(bottleneck(&data, held))
            .figure(profile(&data)?)
            .table(
                evidence(&data, held),
                "While the rate of the ceiling was held, without a profiler.",
            );
    }
    if !data.most.is_empty() {
        page = page.section("Beside no gateway").figure(most(&data, seed)?).table(
            ratios(&data, seed),
            "Answers for a second of CPU time of gateway and stub together; median over rounds and its 95 % interval, the ratio taken within \
             the round.",
        );
    }
    page = page.section("How it was measured").list(METHOD);
    page = page.section("What was not shown").list(not_shown(&data));
    report::finish(page, source)
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

/// Steps by rate.
fn by_rate(data: &Data) -> Vec<&Step> {
    let mut steps: Vec<&Step> = data.steps.iter().collect();
    steps.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    steps
}

fn hockey_stick(data: &Data) -> Result<charts::Figure, Failure> {
    let of = |figure: fn(&Step) -> f64| {
        let points = by_rate(data)
            .into_iter()
            .map(move |step| (step.rate, figure(step) / 1_000.0));
        points.collect::<Vec<_>>()
    };
    let mut picture = Line::new(
        "Response time by offered rate",
        Axis::new("offered rate", "per second"),
        Axis::new("response time", "ms").log(),
    )
    .subtitle("from the intended send time, Poisson arrivals")
    .series(Series::new("p50", of(|step| step.p50_us)).colour(0).dots())
    .series(Series::new("p99", of(|step| step.p99_us)).colour(1).dots())
    .limit(Limit::new("service level", P99_MS_MAX));
    if let Some(rate) = data.ceiling() {
        picture = picture.note(format!("the knee: {} per second", number::fixed(rate, 0)));
    }
    report::figure("hockey-stick", picture.draw(), "")
}

fn cores(data: &Data) -> Result<charts::Figure, Failure> {
    let of = |figure: fn(&Step) -> f64| {
        let points = by_rate(data)
            .into_iter()
            .map(move |step| (step.rate, 100.0 * figure(step)));
        points.collect::<Vec<_>>()
    };
    let picture = Line::new(
        "How busy the cores are",
        Axis::new("offered rate", "per second"),
        Axis::new("of a core", "%"),
    )
    .series(
        Series::new("gateway", of(|step| step.gateway_share))
            .colour(0)
            .dots(),
    )
    .series(
        Series::new("stub and generator", of(|step| step.others_share))
            .colour(1)
            .dots(),
    )
    .limit(Limit::new("valid up to", 100.0 * OTHERS_MAX));
    let caption = "By the kernel's account of the processes. Where stub and load generator are above 85 % of their core, what broke may be theirs.";
    report::figure("cores", picture.draw(), caption)
}

fn profile(data: &Data) -> Result<charts::Figure, Failure> {
    let shares: Vec<_> = data.shares().into_iter().take(OWNERS_SHOWN).collect();
    let name = |(owner, in_kernel, _): &(&str, bool, f64)| match in_kernel {
        true => format!("kernel: {owner}"),
        false => (*owner).to_owned(),
    };
    let picture = Bar::new(
        "Where the CPU time goes at the ceiling",
        Axis::new("of all samples", "%"),
    )
    .subtitle("the kernel by the call that led there, code by crate and module")
    .groups(shares.iter().map(name))
    .series("", shares.iter().map(|share| 100.0 * share.2))
    .sideways();
    report::figure("profile", picture.draw(), "")
}

fn most(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let picture = Bar::new("What a second of CPU time answers", Axis::new("requests", ""))
        .subtitle("64 connections that are always busy; median over rounds, 95 % interval")
        .groups(Arm::ALL.map(|arm| arm.title()))
        .series("", Arm::ALL.map(|arm| bar(data.most(seed, arm))))
        .sideways();
    report::figure("most", picture.draw(), "")
}

fn ladder(data: &Data) -> Table {
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

fn evidence(data: &Data, held: &Held) -> Table {
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
    rows.into_iter()
        .fold(Table::new(columns), |table, (name, value)| {
            table.row([Cell::text(name), Cell::text(value)])
        })
}

fn ratios(data: &Data, seed: u64) -> Table {
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

const METHOD: [&str; 4] = [
    "The rate rises by half until p99 or an answer breaks the service level, and is then narrowed down to 6 %; each step offers a Poisson \
     stream over 256 connections to one bare route. The gateway is alone on its core, stub and load generator share the other.",
    "At the ceiling the rate is held twice: once for the kernel's account (utime, stime, schedstat), and once with the gateway's own \
     profiler at 499 samples per second of CPU time.",
    "The comparison with direct keeps 64 connections busy, gateway and stub on one core in both arms, freshly booted in interleaved rounds. It \
     is by the CPU time of both, because a core that others use too gives two processes twice what it gives one.",
    "Allocations are the slope between two run lengths in a build that counts them.",
];

fn not_shown(data: &Data) -> Vec<String> {
    let mut limits = Vec::new();
    if data.steps.is_empty() {
        limits.push("Rates, ratios and the profile: a smoke run takes steady figures only.".to_owned());
    }
    let gaps = data.counted.iter().filter(|row| row.value.is_none());
    limits.extend(gaps.map(|row| format!("{}: not measured ({})", row.figure, row.missing)));
    limits.push("More than one worker, other payloads, many routes and upstreams, and what ten minutes at the ceiling do to memory and files.".to_owned());
    limits.push(
        "A service level is broken by whatever disturbs the machine; each rate is offered once.".to_owned(),
    );
    limits
}
