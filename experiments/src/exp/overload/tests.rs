//! `overload` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Second, Whole, Window};

/// Twelve runs in which a limit leaves so many good answers a second, of which the slowest take so long.
fn data(good: u64, p99_ms: u64) -> Data {
    let mut data = Data::default();
    for seed in 0..12 {
        for (variant, _) in VARIANTS {
            let ok = match variant {
                NONE => 10,
                CAPACITY => 400,
                _ => good,
            };
            add(&mut data, seed, variant, ok, p99_ms);
        }
    }
    data
}

fn add(data: &mut Data, seed: u64, variant: &str, ok: u64, p99_ms: u64) {
    let asks = [None].into_iter().chain((0..4).map(Some));
    let kinds = asks.flat_map(|ask| (0..18).map(move |second| (ask, second)));
    data.seconds.extend(kinds.map(|(ask, second)| Second {
        seed,
        variant: variant.into(),
        ask,
        second,
        requests: if ask.is_none() { 800 } else { 200 },
        ok: if ask.is_none() { ok } else { ok / 4 },
        p99_us: Some(100_000),
        ..Second::default()
    }));
    data.windows.push(Window {
        seed,
        variant: variant.into(),
        from_s: judged_s(variant).0,
        to_s: judged_s(variant).1,
        ask: None,
        requests: 5_600,
        attempts: 2_800,
        ok: 7 * ok,
        p50_us: Some(1_000),
        p99_us: Some(50_000),
        p999_us: Some(60_000),
        ok_p99_us: Some(1_000 * p99_ms),
    });
    data.wholes.push(Whole {
        seed,
        variant: variant.into(),
        requests: 9_600,
        attempts: 4_800,
        ok: 12 * ok,
        ..Whole::default()
    });
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    judge(data, 7).into_iter().map(|claim| claim.verdict).collect()
}

#[test]
fn what_is_lost_is_judged_within_seeds_and_p99_by_the_worst() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&data(390, 150)), [Holds; 5]);
    assert_eq!(verdicts(&data(350, 150)), [Holds, Refuted, Holds, Refuted, Holds]);
    let mut one_is_slow = data(390, 150);
    let of_adaptive = |window: &&mut Window| window.variant == ADAPTIVE;
    let window = one_is_slow.windows.iter_mut().rfind(of_adaptive);
    window.expect("there are windows").ok_p99_us = Some(251_000);
    assert_eq!(verdicts(&one_is_slow), [Holds, Holds, Holds, Holds, Refuted]);
    assert_eq!(
        verdicts(&Data::default()),
        [Holds, NotJudged, NotJudged, NotJudged, NotJudged]
    );
}

#[test]
fn every_picture_can_be_drawn() {
    for data in [data(390, 150), Data::default()] {
        pictures::over_time(&data).expect("drawn");
        pictures::by_class(&data, 1).expect("drawn");
    }
}
