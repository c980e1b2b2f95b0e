//! What one run of a load generator has to show: cards and a banner, a heat map, panels, and curves on logarithmic axes.

use charts::{
    Axis, Card, Cells, Error, Figure, HeatMap, Limit, Line, Page, Panel, Panels, Percentile, Series, Span,
    Svg, Verdict,
};

/// Seconds of the run, and of one column of its heat map.
const RUN_S: u32 = 3600;
const COLUMN_S: u32 = 9;

pub(crate) fn page() -> Result<Page, Error> {
    let figure = |name: &str, svg: Svg, caption: &str| Figure::new(name, svg).caption(caption);
    Ok(Page::new("load: http://127.0.0.1:8080/, 200/s for 1 h")
        .banner(
            Verdict::Invalid,
            "INVALID: these figures are the generator's, not the server's",
            [
                "send lag p99 3.2 ms is above `--max-send-lag p99=200us`; give it a core of its own",
                "thread 2 was busy 97 % of the time",
            ],
        )
        .banner(
            Verdict::Holds,
            "VALID",
            ["send lag p99 41 µs, 100 % of 720 000 sent"],
        )
        .banner(
            Verdict::Refuted,
            "VALID, but an SLO is broken",
            ["p99 < 50 ms: 61.4 ms"],
        )
        .banner(
            Verdict::NotJudged,
            "closed loop: not judged",
            Vec::<String>::new(),
        )
        .cards(cards())
        .section("Latency")
        .figure(figure(
            "heat",
            heat()?,
            "Every request, by when it was due and how long it took.",
        ))
        .figure(figure(
            "bands",
            bands()?,
            "Percentiles, rates and connections on one time axis.",
        ))
        .figure(figure(
            "ccdf",
            ccdf()?,
            "How many requests took longer than so long.",
        ))
        .section("Search and comparison")
        .figure(figure(
            "hockey",
            hockey()?,
            "Latency over rate; hollow dots are rates that the generator did not reach.",
        ))
        .figure(figure(
            "difference",
            difference()?,
            "What B takes longer than A, quantile by quantile.",
        )))
}

fn cards() -> [Card; 7] {
    [
        Card::new("rate achieved", "199.8/s").note("of 200/s offered"),
        Card::new("p50", "1.21 ms"),
        Card::new("p99", "61.4 ms")
            .note("limit 50 ms")
            .verdict(Verdict::Refuted),
        Card::new("p99.9", "412 ms")
            .note("limit 500 ms")
            .verdict(Verdict::Holds),
        Card::new("max", "2.31 s"),
        Card::new("errors", "0.02 %").note("144 of 720 000: 106 timeouts, 38 resets"),
        Card::new("send lag p99", "3.2 ms")
            .note("limit 200 µs")
            .verdict(Verdict::Invalid),
    ]
}

/// A number from 0 to 1 that looks random and is the same everywhere.
fn noise(i: u32, salt: u32) -> f64 {
    let mut x = i.wrapping_mul(0x9e37_79b9) ^ salt.wrapping_mul(0x85eb_ca6b);
    x = (x ^ (x >> 16)).wrapping_mul(0x21f0_aaad);
    x = (x ^ (x >> 15)).wrapping_mul(0x735a_2d97);
    f64::from((x ^ (x >> 15)) >> 8) / f64::from(1 << 24)
}

fn down(t: f64) -> bool {
    (1500.0..1800.0).contains(&t)
}

/// Milliseconds of the request at `rank` (0 to 1) in the second `t`.
fn latency(t: f64, rank: f64) -> f64 {
    let tail = (1.0 - rank).max(1e-6).powf(-0.55);
    let slow = if down(t) { 6.0 } else { 1.0 };
    let stall = if t as u32 % 600 < 9 && rank > 0.97 {
        40.0
    } else {
        1.0
    };
    0.8 * tail * slow * stall
}

fn heat() -> Result<Svg, Error> {
    let mut cells = Cells::new(
        (0.0, f64::from(RUN_S)),
        (RUN_S / COLUMN_S) as usize,
        (0.5, 5_000.0),
        120,
    )?;
    for i in 0..720_000_u32 {
        let t = f64::from(i) / 720_000.0 * f64::from(RUN_S);
        cells.add(t, latency(t, noise(i, 1)), 1)?;
    }
    let p99 = (0..RUN_S / COLUMN_S).map(|c| {
        let t = f64::from(c * COLUMN_S);
        (t, latency(t, 0.99 + 0.004 * (noise(c, 2) - 0.5)))
    });
    HeatMap::new(
        "Latency over an hour",
        Axis::new("time since start", "s"),
        Axis::new("latency", "ms"),
        cells,
    )
    .subtitle("200 requests/s; latency from the intended send time")
    .counting("requests")
    .series(Series::new("p99", p99))
    .span(Span::new("replica r1 down", 1500.0, 1800.0))
    .span(Span::at("reload", 2500.0))
    .draw()
}

fn bands() -> Result<Svg, Error> {
    let times = || (0..=240_u32).map(|i| f64::from(i * 15));
    let of = |name: &str, rank: f64, salt: u32| {
        let wobble = move |t: f64| 1.0 + 0.1 * (noise(t as u32, salt) - 0.5);
        Series::new(name, times().map(|t| (t, latency(t, rank) * wobble(t))))
    };
    let latencies = Panel::new(Axis::new("latency", "ms").log())
        .series(of("max", 0.999_99, 1).colour(7))
        .series(of("p99", 0.99, 2).colour(1))
        .series(of("p90", 0.9, 3).colour(2))
        .series(of("p50", 0.5, 4).colour(0))
        .limit(Limit::new("SLO: p99 < 50 ms", 50.0))
        .height(240.0);
    let achieved = times().map(|t| (t, 2000.0 - if down(t) { 300.0 } else { 8.0 * noise(t as u32, 5) }));
    let rate = Panel::new(Axis::new("rate", "requests/s"))
        .series(Series::new("offered", times().map(|t| (t, 2000.0))).colour(7))
        .series(Series::new("achieved", achieved).colour(0));
    let busy = |t: f64| if down(t) { 180.0 } else { 24.0 };
    let in_flight = times().map(|t| (t, busy(t) + 8.0 * noise(t as u32, 6)));
    let opened = times().map(|t| {
        (
            t,
            if t == 1500.0 {
                90.0
            } else {
                (2.0 * noise(t as u32, 7)).floor()
            },
        )
    });
    let connections = Panel::new(Axis::new("connections", ""))
        .series(Series::new("requests in flight", in_flight).colour(4))
        .series(Series::new("connections opened", opened).steps().colour(3));
    Panels::new("One run", Axis::new("time since start", "s"))
        .subtitle("Percentiles of each 15 s; latency from the intended send time")
        .panel(latencies)
        .panel(rate)
        .panel(connections)
        .span(Span::new("replica r1 down", 1500.0, 1800.0))
        .span(Span::at("reload", 2500.0))
        .note("Seed 42.")
        .draw()
}

fn ccdf() -> Result<Svg, Error> {
    let curve = |scale: f64, power: f64| {
        (0..=60).map(move |i| {
            let more = 10_f64.powf(-f64::from(i) / 10.0);
            (scale * more.powf(-power), more)
        })
    };
    Line::new(
        "Requests that took longer",
        Axis::new("latency x", "ms").log(),
        Axis::new("P(X > x)", "").log(),
    )
    .series(Series::new("response", curve(0.8, 0.55)))
    .series(Series::new("service", curve(0.7, 0.4)))
    .series(Series::new("send lag", curve(0.01, 0.3)))
    .draw()
}

fn hockey() -> Result<Svg, Error> {
    let at = |rate: f64| (rate, 1.1 / (1.0 - rate / 5200.0).powf(1.4));
    let rates = [500.0, 1000.0, 2000.0, 3000.0, 4000.0, 4500.0, 4750.0, 4875.0];
    Line::new(
        "p99 over rate",
        Axis::new("rate", "requests/s"),
        Axis::new("p99 latency", "ms").log(),
    )
    .series(
        Series::new("p99", rates.map(at))
            .dots()
            .band(rates.map(at).map(|(x, y)| (x, y * 0.85, y * 1.2)))
            .hollow("INVALID", [at(4750.0), (5000.0, 180.0), (5100.0, 410.0)]),
    )
    .limit(Limit::new("SLO: 50 ms", 50.0))
    .span(Span::limit("knee: 4 875/s", 4875.0))
    .draw()
}

fn difference() -> Result<Svg, Error> {
    let at = |i: u32| 1.0 - 10_f64.powf(-f64::from(i) / 14.0);
    let middle = |i: u32| 0.05 - 0.03 * f64::from(i) / 14.0 + 0.02 * (f64::from(i) / 5.0).sin();
    let wide = |i: u32| 0.01 * 1.055_f64.powi(i as i32);
    Percentile::new("B − A", Axis::new("difference of response times", "ms"))
        .subtitle("below zero, B is faster; 95 % interval bootstrapped over blocks of 1 s")
        .series("B − A", (0..=56).map(|i| (at(i), middle(i))))
        .band((0..=56).map(|i| (at(i), middle(i) - wide(i), middle(i) + wide(i))))
        .draw()
}
