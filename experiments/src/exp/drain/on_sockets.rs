//! The same on real sockets, and a successor that takes the sockets of the one before, which is there only.

use super::figures::counts;
use super::{ALONE, HANDED_OVER, ROLLING, pictures};
use crate::claims::Claim;
use crate::exp::Context;
use crate::exp::simulated::Data;
use crate::exp::sockets::{self, Overlay, Plan, Series, Sockets, expectations_hold};
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
        Scale::Smoke | Scale::Quick => 1,
        Scale::Full => 10,
    };
    let plan = Plan {
        seeds,
        side_by_side: 2,
        ..Plan::of("drain")
    };
    let succeeded = Plan {
        hands_over: true,
        alter: handed_over,
        ..plan
    };
    let mut hand = ctx.second_hand()?;
    let (mut seen, of_succeeded) =
        tokio::try_join!(sockets::play(ctx, &plan), sockets::play(&mut hand, &succeeded))?;
    ctx.absorb(hand);
    seen.extend(of_succeeded);
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
    let failed = |variant| {
        let of = counts(&sockets.data, variant);
        (of.failed, of.requests)
    };
    // one that says nothing has not said that it cut off none
    let aborted: u64 = sockets.stopped.iter().map(|of| of.aborted.unwrap_or(1)).sum();
    let drained: u64 = sockets.stopped.iter().filter_map(|of| of.drained).sum();
    let broken_off = sockets.instruments.iter().map(|of| of.broken_off).sum();
    let all = sockets.data.wholes.iter().map(|of| of.requests).sum();
    let not_well = sockets.stopped.iter().filter(|of| of.code != Some(0)).count() as u64;
    let none = |id: &str, claim: &str, found: (u64, u64), unit: &str| {
        sockets::none(sockets, (id, claim), found, unit)
    };
    let mut claims = vec![
        none(
            "sockets-aborted",
            "on sockets every gateway that stops says that it has cut off no request",
            (aborted, drained + aborted),
            "requests",
        ),
        none(
            "sockets-broken-off",
            "on sockets no client's connection ends before its answer is complete",
            (broken_off, all),
            "requests",
        ),
        none(
            "sockets-code",
            "on sockets every gateway that is stopped exits with 0",
            (not_well, sockets.stopped.len() as u64),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claims::Verdict;
    use crate::play::rows::{Instrument, Stopped};
    use crate::stand::simulated::Whole;

    fn played() -> Sockets {
        let mut played = Sockets::default();
        for variant in [ALONE, ROLLING, HANDED_OVER] {
            played.data.wholes.push(Whole {
                seed: 1,
                variant: variant.into(),
                requests: 100,
                ok: 100,
                ..Whole::default()
            });
            played.instruments.push(Instrument {
                variant: variant.into(),
                valid: true,
                ..Instrument::default()
            });
            played.stopped.push(Stopped {
                seed: 1,
                variant: variant.into(),
                gateway: "gateway".into(),
                at_us: 1,
                took_us: 2,
                drained: Some(7),
                aborted: Some(0),
                code: Some(0),
            });
        }
        played
    }

    fn verdict(played: &Sockets, id: &str) -> Verdict {
        let claims = judge(&Data::default(), played);
        let found = claims.iter().find(|claim| claim.id == id);
        found.expect("there is one").verdict
    }

    /// Puts one thing wrong and looks at the claim of it.
    fn wrong(id: &str, wrong: fn(&mut Sockets)) {
        let mut bad = played();
        assert_eq!(verdict(&bad, id), Verdict::Holds, "{id}");
        assert_eq!(verdict(&Sockets::default(), id), Verdict::NotJudged, "{id}");
        wrong(&mut bad);
        assert_eq!(verdict(&bad, id), Verdict::Refuted, "{id}");
        // what a late load generator has seen holds if it holds, and is not put down to the gateway if not
        bad.instruments[0].valid = false;
        assert_eq!(verdict(&bad, id), Verdict::Invalid, "{id}");
        let mut late = played();
        late.instruments[0].valid = false;
        assert_eq!(verdict(&late, id), Verdict::Holds, "{id}");
    }

    #[test]
    fn one_of_anything_refutes() {
        wrong("sockets-aborted", |bad| bad.stopped[0].aborted = Some(1));
        wrong("sockets-aborted", |bad| bad.stopped[2].aborted = None);
        wrong("sockets-broken-off", |bad| bad.instruments[1].broken_off = 1);
        wrong("sockets-code", |bad| bad.stopped[1].code = Some(3));
        wrong("sockets-rolling", |bad| bad.data.wholes[1].ok = 99);
        wrong("sockets-handed-over", |bad| bad.data.wholes[2].ok = 99);
        let page = drawn(Page::new("t"), &Data::default(), &played()).expect("drawn");
        assert!(page.markdown().expect("renders").contains("On real sockets"));
    }
}
