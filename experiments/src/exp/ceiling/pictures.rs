//! The pictures of `ceiling`.

use super::arms::Arm;
use super::changes::Change;
use super::data::{Data, Grown, OTHERS_MAX, P99_MS_MAX, Step};
use super::soak::SHARE;
use crate::exp::real::{Way as _, bar};
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Bar, Flame, Frame, Limit, Line, Panel, Panels, Series, number};

/// Owners in the picture of shares; the rest is a percent or two in all.
const OWNERS_SHOWN: usize = 14;

/// Steps by rate.
fn by_rate(data: &Data) -> Vec<&Step> {
    let mut steps: Vec<&Step> = data.steps.iter().collect();
    steps.sort_by(|a, b| a.rate.total_cmp(&b.rate));
    steps
}

pub(super) fn hockey_stick(data: &Data) -> Result<charts::Figure, Failure> {
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

pub(super) fn cores(data: &Data) -> Result<charts::Figure, Failure> {
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

pub(super) fn profile(data: &Data) -> Result<charts::Figure, Failure> {
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

pub(super) fn most(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let picture = Bar::new("What a second of CPU time answers", Axis::new("requests", ""))
        .subtitle("64 connections that are always busy; median over rounds, 95 % interval")
        .groups(Arm::COMPARED.map(|arm| arm.title()))
        .series("", Arm::COMPARED.map(|arm| bar(data.most(seed, arm))))
        .sideways();
    report::figure("most", picture.draw(), "")
}

/// The profile's stacks.
pub(super) fn flame(data: &Data) -> Result<charts::Figure, Failure> {
    let frame = |frame: &String| {
        let owner = frame.split([':', ' ']).next().unwrap_or_default();
        Frame::new(frame, owner)
    };
    let picture = data.stacks.0.iter().fold(
        Flame::new("Who spends the CPU time at the ceiling, by who called it")
            .subtitle("crate, module and function; the kernel by the call that led there"),
        |picture, (frames, samples)| picture.stack(frames.iter().map(frame), *samples),
    );
    let caption = "A box is as wide as its share of the samples, its own and those of what it calls. Closures are part of what they are in, what is \
                   below 0.1 % or a single sample part of its caller. `profile.folded` has the stacks.";
    report::figure("flame", picture.draw(), caption)
}

/// What each change leaves of the CPU time of a request.
pub(super) fn changes(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let there = Change::ALL
        .into_iter()
        .filter_map(|change| Some((change, data.cost(seed, change)?)));
    let there: Vec<_> = there.collect();
    let axis = Axis::new("CPU time per request, of what it was before", "%");
    let picture = Bar::new("What a change leaves of the CPU time of a request", axis)
        .subtitle(
            "gateway and stub together, 50 µs of work; paired within the round, median and 95 % interval",
        )
        .groups(there.iter().map(|(change, _)| change.title().replace('`', "")))
        .series("", there.iter().map(|(_, cost)| bar(Some(*cost))))
        .sideways();
    report::figure("changes", picture.draw(), "100 % is no change.")
}

/// CPU time of the gateway per request of each variant.
pub(super) fn varied(data: &Data, seed: u64) -> Result<charts::Figure, Failure> {
    let picture = Bar::new("What a request costs the gateway", Axis::new("CPU time", "µs"))
        .subtitle("64 connections that are always busy; median over rounds, 95 % interval")
        .groups(Arm::VARIED.map(|arm| arm.varied_title()))
        .series("", Arm::VARIED.map(|arm| bar(data.gateway_us(seed, arm))))
        .sideways();
    report::figure("varied", picture.draw(), "")
}

/// What the gateway held, and how it answered, while a share of the ceiling was held.
pub(super) fn soak(data: &Data) -> Result<charts::Figure, Failure> {
    let of = |figure: fn(&Grown) -> f64| {
        let samples = data.grown.iter();
        samples
            .map(move |sample| (sample.at_s, figure(sample)))
            .collect::<Vec<_>>()
    };
    let p99 = data.seconds.iter();
    let p99 = p99.filter_map(|second| Some((second.until_s, second.p99_us? / 1_000.0)));
    let panel = |axis: Axis, series: Series| Panel::new(axis).height(110.0).series(series);
    let percent = number::fixed(100.0 * SHARE, 0);
    let picture = Panels::new(
        format!("{percent} % of the ceiling, held"),
        Axis::new("time", "s"),
    )
    .panel(panel(
        Axis::new("memory", "MiB"),
        Series::new("RSS", of(|sample| sample.rss_kib as f64 / 1_024.0)),
    ))
    .panel(panel(
        Axis::new("files", ""),
        Series::new("open", of(|sample| sample.open_files as f64)).colour(1),
    ))
    .panel(
        panel(
            Axis::new("response time", "ms").log(),
            Series::new("p99", p99.collect::<Vec<_>>()).colour(2),
        )
        .limit(Limit::new("service level", P99_MS_MAX)),
    );
    report::figure(
        "soak",
        picture.draw(),
        "Of the gateway, and of each second's answers.",
    )
}
