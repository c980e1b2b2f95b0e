//! `reload` on made-up data.

use super::*;
use crate::claims::Verdict;
use crate::stand::simulated::{Check, Reload, Response, Second, Whole};

fn data() -> Data {
    let mut data = Data::default();
    for seed in 0..3 {
        let reload = |at_us, config: &str, is_refused| Reload {
            seed,
            variant: VARIANT.into(),
            at_us,
            config: config.into(),
            is_refused,
        };
        data.reloads.extend([
            reload(1_000_000, OTHER, false),
            reload(1_100_000, MAIN, false),
            reload(1_200_000, BROKEN, true),
        ]);
        data.wholes.push(Whole {
            seed,
            variant: VARIANT.into(),
            requests: 1_000,
            attempts: 1_000,
            ok: 1_000,
            ..Whole::default()
        });
        data.checks.extend(["snapshot", "tunnels"].map(|oracle| Check {
            seed,
            variant: VARIANT.into(),
            name: oracle.into(),
            what: "never".into(),
            measured: "10 looked at".into(),
            value: None,
            looked_at: Some(10),
            violations: Some(0),
            verdict: "holds".into(),
        }));
    }
    data.seconds.push(Second {
        seed: 0,
        variant: VARIANT.into(),
        second: 1,
        requests: 1_000,
        attempts: 1_000,
        ok: 1_000,
        p99_us: Some(20_000),
        ..Second::default()
    });
    let columns = (0..40).map(|column| Response {
        seed: 0,
        variant: VARIANT.into(),
        from_us: 50_000 * column,
        to_us: 50_000 * (column + 1),
        response_us: 20_000.0 + 1_000.0 * column as f64,
        count: 1 + column,
    });
    data.responses.extend(columns);
    data
}

fn verdicts(data: &Data) -> Vec<Verdict> {
    let claims = judge(data, &Sockets::default()).into_iter();
    claims.take(6).map(|claim| claim.verdict).collect()
}

#[test]
fn one_of_anything_refutes() {
    use Verdict::{Holds, NotJudged, Refuted};
    assert_eq!(verdicts(&data()), [Holds; 6]);
    let mut dropped = data();
    dropped.wholes[1].ok -= 1;
    assert_eq!(verdicts(&dropped), [Holds, Refuted, Holds, Holds, Holds, Holds]);
    let mut mixed = data();
    mixed.checks[2].violations = Some(1);
    assert_eq!(verdicts(&mixed), [Holds, Holds, Refuted, Holds, Holds, Holds]);
    let mut taken = data();
    taken.reloads[5].is_refused = false;
    assert_eq!(verdicts(&taken), [Holds, Holds, Holds, Refuted, Holds, Holds]);
    let mut refused = data();
    refused.reloads[3].is_refused = true;
    assert_eq!(verdicts(&refused), [Holds, Holds, Holds, Holds, Refuted, Holds]);
    let nothing = verdicts(&Data::default());
    assert_eq!((nothing[0], &nothing[1..]), (Holds, [NotJudged; 5].as_slice()));
}

#[test]
fn every_picture_can_be_drawn() {
    assert!(pictures::heat(&data()).expect("drawn").is_some());
    assert!(pictures::heat(&Data::default()).expect("drawn").is_none());
    pictures::configs(&data()).expect("drawn");
}
