//! Pictures of runs that happen: each has its curves, and no run that a generator can make is refused.

mod scenes;

use super::*;
use crate::report::Document;

#[test]
#[ignore]
fn dump() {
    let dir = std::path::PathBuf::from("/tmp/pict_out");
    std::fs::create_dir_all(&dir).expect("dir");
    let scenes: [(&str, Document); 7] = [
        ("stall", scenes::stall()),
        ("ramp", scenes::ramp()),
        ("overload", scenes::overload()),
        ("refused", scenes::refused()),
        ("three", scenes::three()),
        ("hour", scenes::hour()),
        ("closed", scenes::closed()),
    ];
    let write = |name: String, svg: Option<charts::Svg>| match svg {
        Some(svg) => std::fs::write(dir.join(name + ".svg"), svg.standalone()).expect("w"),
        None => println!("{name}: none"),
    };
    for (name, document) in &scenes {
        let run = [Named { name, document }];
        write(format!("{name}-percentiles"), percentiles(&run).expect("draws"));
        write(format!("{name}-heat"), heat_map(document).expect("draws"));
        write(format!("{name}-bands"), bands(document).expect("draws"));
        write(format!("{name}-load"), load(document).expect("draws"));
        write(format!("{name}-ccdf"), ccdf(&run).expect("draws"));
        std::fs::write(
            dir.join(format!("{name}.html")),
            page(document).expect("page").html().expect("html"),
        )
        .expect("w");
        std::fs::write(
            dir.join(format!("{name}.json")),
            serde_json::to_string(document).expect("json"),
        )
        .expect("w");
    }
    let all: Vec<Named<'_>> = scenes
        .iter()
        .map(|(name, document)| Named { name, document })
        .collect();
    write("all-percentiles".into(), percentiles(&all).expect("draws"));
    write("all-ccdf".into(), ccdf(&all).expect("draws"));
    let points = differences(all[5], all[0]);
    write(
        "difference".into(),
        difference("hour", "stall", &points).expect("draws"),
    );
    let banded: Vec<Difference> = points
        .iter()
        .map(|p| Difference {
            interval_us: Some((p.us - 300.0 - p.us.abs() * 0.2, p.us + 300.0 + p.us.abs() * 0.2)),
            ..*p
        })
        .collect();
    write(
        "difference-band".into(),
        difference("hour", "stall", &banded).expect("draws"),
    );
    let rates = [
        500.0, 1000.0, 2000.0, 4000.0, 3000.0, 3500.0, 3500.0, 3500.0, 3750.0, 3900.0,
    ];
    let points: Vec<Point> = rates
        .iter()
        .enumerate()
        .map(|(i, rate)| {
            let p50 = 400.0 / (1.0 - rate / 4200.0_f64) * (1.0 + 0.1 * i as f64 / 10.0);
            Point {
                rate: *rate,
                achieved: rate.min(3_800.0),
                p50_us: p50,
                p99_us: p50 * 6.0,
                p99_9_us: p50 * 14.0,
                valid: *rate < 3_800.0,
                holds: p50 * 6.0 < 20_000.0,
            }
        })
        .collect();
    let goal = Goal {
        name: "p99 < 20 ms".into(),
        us: 20_000.0,
    };
    write(
        "hockey".into(),
        hockey_stick("http://127.0.0.1:8080/, 10 runs of 10 s", &points, Some(&goal)).expect("draws"),
    );
}
