//! `drain` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Check, Fault, Response, Second, Whole};

fn data() -> Data {
    let mut data = Data::default();
    for seed in 0..3 {
        for (variant, _) in VARIANTS {
            let variant = variant.to_owned();
            data.wholes.push(Whole {
                seed,
                variant: variant.clone(),
                requests: 1_000,
                attempts: 1_000,
                ok: if variant == ALONE { 600 } else { 1_000 },
                failed: if variant == ALONE { 400 } else { 0 },
                ..Whole::default()
            });
            data.faults.push(Fault {
                seed,
                variant: variant.clone(),
                kind: "stop".into(),
                what: "stop".into(),
                from_s: 1.0,
                to_s: 2.0,
            });
            data.checks.extend(["drain", "conservation"].map(|oracle| Check {
                seed,
                variant: variant.clone(),
                name: oracle.into(),
                what: "never".into(),
                measured: "10 looked at".into(),
                value: None,
                looked_at: Some(10),
                violations: Some(0),
                verdict: "holds".into(),
            }));
            if seed == 0 {
                example(&mut data, &variant);
            }
        }
    }
    data
}

fn example(data: &mut Data, variant: &str) {
    data.seconds.extend((0..4).map(|second| Second {
        seed: 0,
        variant: variant.into(),
        second,
        requests: 250,
        attempts: 250,
        ok: 250,
        p99_us: Some(20_000),
        ..Second::default()
    }));
    data.responses.extend((0..40).map(|column| Response {
        seed: 0,
        variant: variant.into(),
        from_us: 50_000 * column,
        to_us: 50_000 * (column + 1),
        response_us: 20_000.0 + 1_000.0 * column as f64,
        count: 1 + column,
    }));
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    judge(data).into_iter().map(|claim| claim.verdict).collect()
}

#[test]
fn one_of_anything_refutes() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&data()), [Holds; 4]);
    let violated = |oracle: &str| {
        let mut data = data();
        let check = data
            .checks
            .iter_mut()
            .find(|of| of.name == oracle)
            .expect("there");
        check.violations = Some(1);
        verdicts(&data)
    };
    assert_eq!(violated("drain"), [Holds, Refuted, Holds, Holds]);
    assert_eq!(violated("conservation"), [Holds, Holds, Refuted, Holds]);
    let mut noticed = data();
    let last = noticed.wholes.last_mut().expect("there are runs");
    last.ok -= 1;
    assert_eq!(verdicts(&noticed), [Holds, Holds, Holds, Refuted]);
    assert_eq!(
        verdicts(&Data::default()),
        [Holds, NotJudged, NotJudged, NotJudged]
    );
}

#[test]
fn every_picture_can_be_drawn() {
    let data = data();
    for variant in VARIANTS {
        assert!(pictures::heat(&data, variant).expect("drawn").is_some());
        pictures::answers(&data, variant, "").expect("drawn");
    }
    assert!(
        pictures::heat(&Data::default(), VARIANTS[0])
            .expect("drawn")
            .is_none()
    );
}
