//! Distributions against their closed forms, their bounds, and their text.

use super::*;
use proptest::prelude::*;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

const N: usize = 400_000;

fn parse(text: &str) -> Dist {
    text.parse().expect(text)
}

/// Sample quantiles and mean against the closed form `quantile(q) -> µs`, within `tolerance` of it.
fn check(text: &str, tolerance: f64, quantile: impl Fn(f64) -> f64) {
    let dist = parse(text);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut samples: Vec<u64> = (0..N).map(|_| micros(dist.sample(&mut rng))).collect();
    samples.sort_unstable();
    for q in [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999] {
        let found = samples[(q * N as f64) as usize] as f64;
        let expected = quantile(q);
        // half a microsecond is what rounding may cost
        let allowed = expected * tolerance + 0.5;
        assert!(
            (found - expected).abs() <= allowed,
            "{text} q={q}: {found} µs, expected {expected} µs"
        );
    }
    let mean = samples.iter().sum::<u64>() as f64 / N as f64;
    let expected = float(dist.mean().expect("finite"));
    assert!(
        (mean / expected - 1.0).abs() < tolerance,
        "{text}: mean {mean} µs, expected {expected} µs"
    );
}

#[test]
fn fixed_is_fixed() {
    check("fixed:5ms", 0.0001, |_| 5_000.0);
    assert_eq!(parse("5ms"), Dist::Fixed(Duration::from_millis(5)));
}

#[test]
fn uniform_quantiles() {
    check("uniform:1ms..5ms", 0.01, |q| 1_000.0 + q * 4_000.0);
}

#[test]
fn exponential_quantiles() {
    check("exp:5ms", 0.03, |q| -5_000.0 * libm::log(1.0 - q));
}

#[test]
fn lognormal_quantiles() {
    // standard normal quantiles from tables, not from the code under test
    let z = [
        (0.01, -2.326_348),
        (0.1, -1.281_552),
        (0.25, -0.674_490),
        (0.5, 0.0),
        (0.75, 0.674_490),
        (0.9, 1.281_552),
        (0.99, 2.326_348),
        (0.999, 3.090_232),
    ];
    let sigma = libm::log(10.0) / 2.326_348;
    check("lognormal:p50=5ms,p99=50ms", 0.04, |q| {
        let (_, z) = z.iter().find(|(p, _)| *p == q).expect("tabulated");
        5_000.0 * libm::exp(sigma * z)
    });
}

#[test]
fn pareto_quantiles() {
    check("pareto:min=1ms,alpha=2.5", 0.04, |q| {
        1_000.0 * libm::pow(1.0 - q, -1.0 / 2.5)
    });
}

#[test]
fn bounded_pareto_quantiles() {
    for alpha in [0.8, 1.0, 1.5] {
        let beyond = libm::pow(1.0 / 100.0, alpha);
        check(&format!("pareto:min=1ms,alpha={alpha},max=100ms"), 0.03, |q| {
            1_000.0 * libm::pow(1.0 - q * (1.0 - beyond), -1.0 / alpha)
        });
    }
}

#[test]
fn infinite_means_are_told() {
    assert_eq!(parse("pareto:min=1ms,alpha=1").mean(), None);
    assert_eq!(
        parse("pareto:min=1ms,alpha=2").mean(),
        Some(Duration::from_millis(2))
    );
    assert_eq!(parse("exp:3ms").mean(), Some(Duration::from_millis(3)));
}

#[test]
fn old_seeds_replay() {
    // these numbers may not change: recorded runs depend on them
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let texts = [
        "uniform:1ms..5ms",
        "exp:5ms",
        "lognormal:p50=5ms,p99=50ms",
        "pareto:min=1ms,alpha=1.5,max=1s",
    ];
    let samples: Vec<u64> = texts.iter().map(|t| micros(parse(t).sample(&mut rng))).collect();
    assert_eq!(samples, REPLAY);
}

const REPLAY: [u64; 4] = [1_631, 8_919, 4_432, 1_404];

#[test]
fn bad_text_is_told_apart() {
    for (text, part) in [
        ("", "not a duration"),
        ("gauss:5ms", "unknown distribution"),
        ("exp:0s", "longer than zero"),
        ("exp:5", "not a duration"),
        ("fixed:500ns", "finer than a microsecond"),
        ("fixed:2days", "longer than a day"),
        ("uniform:5ms..1ms", "write uniform:1ms..5ms"),
        ("uniform:5ms", "no range"),
        ("lognormal:p50=5ms", "needs p99="),
        ("lognormal:p50=5ms,p99=1ms", "below p50"),
        ("lognormal:p50=5ms,p50=6ms,p99=7ms", "given twice"),
        ("lognormal:p50=5ms,p95=50ms", "no parameter"),
        ("pareto:min=1ms,alpha=0", "positive number"),
        ("pareto:min=1ms,alpha=NaN", "positive number"),
        ("pareto:min=1ms,alpha=1.5,max=1ms", "longer than min"),
    ] {
        let error = text.parse::<Dist>().expect_err(text);
        assert!(
            error.contains(part),
            "{text:?} gave {error:?}, which lacks {part:?}"
        );
    }
}

fn any_dist() -> impl Strategy<Value = Dist> {
    let time = || (1_u64..=SAMPLE_MAX.as_micros() as u64).prop_map(Duration::from_micros);
    let ordered = move || (time(), time()).prop_map(|(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        time().prop_map(Dist::Fixed),
        ordered().prop_map(|(low, high)| Dist::Uniform { low, high }),
        time().prop_map(|mean| Dist::Exp { mean }),
        ordered().prop_map(|(p50, p99)| Dist::Lognormal { p50, p99 }),
        (ordered(), 0.01_f64..20.0, any::<bool>()).prop_map(|((min, max), alpha, bounded)| Dist::Pareto {
            min,
            alpha,
            max: (bounded && max > min).then_some(max),
        }),
    ]
}

proptest! {
    #[test]
    fn text_round_trips(dist in any_dist()) {
        let text = dist.to_string();
        prop_assert!(!text.contains(' '));
        prop_assert_eq!(text.parse::<Dist>().expect("own text"), dist);
        prop_assert_eq!(Dist::try_from(String::from(dist)), Ok(dist));
    }

    #[test]
    fn samples_are_within_bounds(dist in any_dist(), seed: u64) {
        let (low, high) = match dist {
            Dist::Fixed(value) => (value, value),
            Dist::Uniform { low, high } => (low, high),
            Dist::Exp { .. } | Dist::Lognormal { .. } => (Duration::ZERO, SAMPLE_MAX),
            Dist::Pareto { min, max, .. } => (min, max.unwrap_or(SAMPLE_MAX)),
        };
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let samples: Vec<_> = (0..64).map(|_| dist.sample(&mut rng)).collect();
        for sample in &samples {
            prop_assert!((low..=high).contains(sample), "{} not in {:?}..={:?}", sample.as_micros(), low, high);
            prop_assert_eq!(sample.subsec_nanos() % 1_000, 0);
        }
        let mut again = ChaCha8Rng::seed_from_u64(seed);
        prop_assert!(samples.iter().all(|sample| dist.sample(&mut again) == *sample));
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in "[a-z0-9:=,.µ ]{0,40}") {
        let _ = text.parse::<Dist>();
    }
}
