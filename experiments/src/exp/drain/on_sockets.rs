//! The same on real sockets, and a successor that takes the sockets of the one before, which is there only.

use super::figures::counts;
use super::{ALONE, HANDED_OVER, ROLLING, pictures};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::Data;
use crate::exp::sockets::{self, NOT_PLAYED, Overlay, Plan, Series, Sockets, expectations_hold, kept};
use crate::failure::Failure;
use crate::scale::Scale;
use charts::{Cell, Column, Page, Table, number};
use scenarios::Variant;
use std::time::Duration;

const VARIANTS: [(&str, &str); 3] = [
    (ALONE, "one gateway, stopped"),
    (ROLLING, "gateways replaced one by one"),
    (HANDED_OVER, "a successor takes the sockets"),
];
/// Clients that nobody listens to are refused from a moment within a second on.
const SERIES: [Series<'static>; 1] = [Series::good_answers(0.05)];

/// In its name, where a variant is replaced by a successor at once.
fn handed_over(variant: &mut Variant) -> bool {
    let is_meant = variant.name == ALONE;
    variant.name = HANDED_OVER.into();
    // at once
    variant
        .scenario
        .faults
        .iter_mut()
        .for_each(|fault| fault.lasts = Duration::ZERO);
    // what comes while nobody listens is expected to fail, and here there is no such time
    variant.scenario.expectations.clear();
    is_meant
}

pub(super) async fn play(ctx: &mut Context) -> Result<Sockets, Failure> {
    let seeds = match ctx.scale {
        Scale::Smoke => 1,
        Scale::Quick => 2,
        Scale::Full => 10,
    };
    let plan = Plan {
        seeds,
        side_by_side: 2,
        ..Plan::of("drain")
    };
    let mut seen = sockets::play(ctx, &plan).await?;
    let plan = Plan {
        hands_over: true,
        alter: handed_over,
        ..plan
    };
    seen.extend(sockets::play(ctx, &plan).await?);
    Ok(seen)
}

fn overlay<'a>(data: &'a Data, sockets: &'a Sockets) -> Overlay<'a> {
    Overlay {
        simulated: data,
        sockets,
        variants: &super::VARIANTS,
        origin: |data, seed| data.broken_s(ALONE, seed).map_or(0.0, |(from_s, _)| from_s),
        span: None,
        series: &SERIES,
    }
}

pub(super) fn judge(data: &Data, sockets: &Sockets) -> Vec<Claim> {
    let none = |id: &str, claim: &str, found: Option<(u64, u64)>, what: &str| match found {
        None | Some((_, 0)) => Claim::unmeasured(id, claim, 0.0, what, NOT_PLAYED),
        Some((count, of)) => kept(
            sockets,
            Claim::at_most(id, claim, count as f64, 0.0, what).with_note(format!("of {of}")),
        ),
    };
    let failed = |variant| {
        let of = counts(&sockets.data, variant);
        (of.runs > 0).then_some((of.failed, of.requests))
    };
    let aborted = sockets.stopped.iter().map(|of| of.aborted.unwrap_or(u64::MAX));
    let drained: u64 = sockets.stopped.iter().filter_map(|of| of.drained).sum();
    let aborted = aborted.fold(0, u64::saturating_add);
    let broken_off = sockets.instruments.iter().map(|of| of.broken_off).sum();
    let all = sockets.data.wholes.iter().map(|of| of.requests).sum();
    let silent = sockets.stopped.iter().filter(|of| of.code != Some(0)).count() as u64;
    let mut claims = vec![
        none(
            "sockets-aborted",
            "on sockets every gateway that stops says that it has cut off no request",
            (drained + aborted > 0).then_some((aborted, drained.saturating_add(aborted))),
            "requests",
        ),
        none(
            "sockets-broken-off",
            "on sockets no client's connection ends before its answer is complete",
            (all > 0).then_some((broken_off, all)),
            "requests",
        ),
        none(
            "sockets-code",
            "on sockets every gateway that is stopped exits with 0",
            Some((silent, sockets.stopped.len() as u64)),
            "gateways",
        ),
        none(
            "sockets-rolling",
            "on sockets no client gets an error while gateways are replaced one by one",
            failed(ROLLING),
            "requests",
        ),
        none(
            "sockets-handed-over",
            "on sockets no client gets an error while a successor takes the sockets of a gateway",
            failed(HANDED_OVER),
            "requests",
        ),
    ];
    claims.push(expectations_hold(sockets));
    claims.extend(overlay(data, sockets).claims());
    claims
}

pub(super) fn drawn(mut page: Page, data: &Data, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    page = page.section("On real sockets");
    for variant in VARIANTS {
        if let Some(heat) = pictures::heat_on_sockets(&sockets.data, variant)? {
            page = page.figure(heat);
        }
        page = page.figure(pictures::answers(&sockets.data, variant, "-sockets")?);
    }
    let page = page.table(
        table(sockets),
        "What each gateway said at its end, and how long that took.",
    );
    overlay(data, sockets).drawn(page)
}

fn table(sockets: &Sockets) -> Table {
    let columns = [Column::text("how"), Column::text("gateway")];
    let numbers = [
        ("at", "s"),
        ("took", "s"),
        ("drained", ""),
        ("cut off", ""),
        ("exit code", ""),
    ];
    let numbers = numbers.map(|(title, unit)| Column::number(title, unit));
    let mut table = Table::new(columns.into_iter().chain(numbers));
    let count = |of: Option<u64>| of.map_or_else(Cell::missing, |of| Cell::number(of as f64, 0));
    for of in &sockets.stopped {
        let title = VARIANTS.iter().find(|(variant, _)| *variant == of.variant);
        let seconds = |us: u64| Cell::text(number::fixed(us as f64 / 1e6, 3));
        table = table.row([
            Cell::text(title.map_or("", |(_, title)| *title)),
            Cell::text(of.gateway.clone()),
            seconds(of.at_us),
            seconds(of.took_us),
            count(of.drained),
            count(of.aborted),
            of.code
                .map_or_else(Cell::missing, |code| Cell::number(f64::from(code), 0)),
        ]);
    }
    table
}
