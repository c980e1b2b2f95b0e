//! Every kind of drawing, written to a directory, to be looked at: `cargo run -p charts --example gallery DIR`.
//!
//! The data is made up by formulas, so that the files are the same every time and a change of theme or
//! layout shows as a difference of files. It is an eye's test; what can be computed is tested in `tests/`.

mod edges;
mod lanes;
mod run;

use charts::{
    Axis, Bar, Cell, Claim, Column, Error, Figure, Flame, Frame, Limit, Line, Page, Percentile, Series, Span,
    Svg, Table, Value, Verdict,
};
use std::path::Path;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let directory = std::env::args().nth(1).ok_or("usage: gallery DIR")?;
    let directory = Path::new(&directory);
    std::fs::create_dir_all(directory)?;
    for (name, page) in [
        ("index", page()?),
        ("run", run::page()?),
        ("lanes", lanes::page()?),
        ("edges", edges::page()?),
    ] {
        for figure in page.figures() {
            std::fs::write(directory.join(figure.file_name()), figure.svg().standalone())?;
        }
        std::fs::write(directory.join(format!("{name}.html")), page.html()?)?;
        std::fs::write(directory.join(format!("{name}.md")), page.markdown()?)?;
        println!(
            "{} figures, {name}.html and {name}.md in {}",
            page.figures().count(),
            directory.display()
        );
    }
    Ok(())
}

fn page() -> Result<Page, Error> {
    let figure = |name: &str, svg: Svg, caption: &str| Figure::new(name, svg).caption(caption);
    Ok(Page::new("tax: what does each edge feature cost per request?")
        .summary(
            "Passing a request through the gateway adds 0.21 ms at p99. The dominant cost is the kernel: two more \
             socket reads and two more writes per request.",
        )
        .claims(claims())
        .section("Latency")
        .text("Latency counts from the intended send time; `loadgen` never waits for replies before it sends.")
        .figure(figure("percentile", percentile()?, "Response time by percentile, median of 12 rounds & their range."))
        .figure(figure("outage", outage()?, "One of three replicas is killed for ten seconds."))
        .table(table(), "Per layer, with 95 % intervals bootstrapped over rounds.")
        .section("Cost")
        .figure(figure("instructions", instructions()?, "User instructions per request, by cachegrind."))
        .figure(figure("cpu", cpu()?, "CPU time per request, user and kernel."))
        .figure(figure("delta", delta()?, "Paired differences against direct."))
        .figure(figure("syscalls", syscalls()?, "System calls per request."))
        .figure(figure("flame", flame()?, "Where a worker's CPU time goes."))
        .section("Edges")
        .figure(figure("amplification", amplification()?, "Attempts per request over offered load."))
        .figure(figure("crowd", crowd()?, "More series than fit beside the plot."))
        .figure(figure("empty", empty()?, "A run that ended before its first sample."))
        .section("Data")
        .links([("latency.csv", "latency.csv"), ("run.json", "run.json")])
        .details("Provenance", [
            ("command", "`cargo experiment tax --full --seed 42`"),
            ("commit", "0123456789abcdef0123456789abcdef01234567"),
            ("gateway", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"),
            ("CPU", "AMD EPYC 7B13, 2 cores"),
        ])
        .code("gateway.yaml", "listen: { http: 127.0.0.1:0 }\nroutes:\n  - name: all  # <everything>\n"))
}

fn claims() -> [Claim; 5] {
    [
        Claim::new(
            "Passthrough adds less than 1 ms at p99",
            "0.21 ms (95 % 0.18 to 0.25)",
            "< 1 ms",
            Verdict::Holds,
        ),
        Claim::new(
            "The full chain adds less than 2 ms at p99",
            "2.31 ms (95 % 2.20 to 2.42)",
            "< 2 ms",
            Verdict::Refuted,
        ),
        Claim::new(
            "The full chain takes at most 13 000 instructions",
            "13 970",
            "≤ 13 000",
            Verdict::Missed,
        ),
        Claim::new(
            "JWT verification takes less than 100 µs at p99 with warm keys",
            "–",
            "< 100 µs",
            Verdict::NotJudged,
        ),
        Claim::new(
            "CPU per request within 5 % of direct",
            "the generator lagged 3.2 ms",
            "≤ 5 %",
            Verdict::Invalid,
        ),
    ]
}

fn percentile() -> Result<Svg, Error> {
    let curve = |base: f64, tail: f64| {
        (0..=56).map(move |i| {
            let nines = f64::from(i) / 14.0;
            (1.0 - 10_f64.powf(-nines), base + tail * (nines / 4.0).powi(3))
        })
    };
    let band = |base: f64, tail: f64| curve(base, tail).map(|(q, v)| (q, v * 0.9, v * 1.15));
    Percentile::new(
        "Response time from the intended send time",
        Axis::new("latency", "ms").log(),
    )
    .subtitle("2 000 requests/s, Poisson arrivals, 12 interleaved rounds of 20 s")
    .series("direct", curve(0.11, 1.4))
    .band(band(0.11, 1.4))
    .series("passthrough", curve(0.22, 2.1))
    .band(band(0.22, 2.1))
    .series("passthrough + request id + log", curve(0.24, 3.4))
    .limit(Limit::new("1 ms", 1.0))
    .note("Latency layout: load generator alone on core 1, gateway and stub on core 0. Seed 42.")
    .draw()
}

fn outage() -> Result<Svg, Error> {
    let wave = |t: f64, k: f64| (t * k).sin() * 0.06 + (t * k * 2.7).cos() * 0.04;
    let at = |i: u32| f64::from(i) / 4.0;
    let down = |t: f64| if (20.0..30.0).contains(&t) { 1.0 } else { 0.0 };
    Line::new(
        "Latency through an outage",
        Axis::new("time since start", "s"),
        Axis::new("p99 latency", "ms"),
    )
    .subtitle("One of three replicas is killed at 20 s and comes back at 30 s; 2 000 requests/s")
    .series(Series::new(
        "naive retries",
        (0..=240).map(at).map(|t| (t, 1.2 + wave(t, 1.3) + down(t) * 2.9)),
    ))
    .series(Series::new(
        "retry budget",
        (0..=240).map(at).map(|t| (t, 1.1 + wave(t, 1.7) + down(t) * 0.8)),
    ))
    .series(
        Series::new(
            "budget + breaker",
            (0..=240)
                .map(at)
                .map(|t| (t, 1.0 + wave(t, 2.1) + down(t) * 0.08)),
        )
        .band(
            (0..=240)
                .map(at)
                .map(|t| (t, 0.8 + wave(t, 2.1), 1.25 + wave(t, 2.1))),
        ),
    )
    .span(Span::new("replica r1 down", 20.0, 30.0))
    .span(Span::at("reload", 44.0))
    .span(Span::at("breaker opens", 20.4))
    .limit(Limit::new("promised: < 2 ms", 2.0))
    .draw()
}

fn amplification() -> Result<Svg, Error> {
    let loads = [100.0, 200.0, 500.0, 1000.0, 2000.0, 5000.0, 10_000.0, 20_000.0];
    let curve = |gain: f64| loads.map(|l| (l, 1.0 + gain * l / (l + 2500.0)));
    Line::new(
        "Amplification",
        Axis::new("offered load", "requests/s").log(),
        Axis::new("attempts per request", ""),
    )
    .series(Series::new("naive ×3", curve(2.0)).dots())
    .series(Series::new("budget ≤ 10 %", curve(0.1)).dots())
    .series(Series::new("no retries", loads.map(|l| (l, 1.0))).dots())
    .height(220.0)
    .draw()
}

fn crowd() -> Result<Svg, Error> {
    let mut line = Line::new(
        "Fourteen replicas, of which the names are too long to stand beside the plot and the title is too long for a line",
        Axis::new("time", "s"),
        Axis::new("in flight", "requests").fit(),
    )
    .height(200.0);
    for i in 0..14_u32 {
        let k = f64::from(i);
        let points = (0..=60).map(|t| {
            (
                f64::from(t),
                1000.0 + 20.0 * k + 30.0 * (f64::from(t) / 9.0 + k).sin(),
            )
        });
        line = line.series(Series::new(format!("replica-{i} in zone europe-west-{}", i % 3), points).steps());
    }
    line.draw()
}

fn empty() -> Result<Svg, Error> {
    Line::new("Latency", Axis::new("time", "s"), Axis::new("latency", "ms"))
        .height(160.0)
        .draw()
}

fn instructions() -> Result<Svg, Error> {
    Bar::new("Instructions per request", Axis::new("user instructions", ""))
        .subtitle("cachegrind, difference of two run lengths")
        .groups([
            "direct",
            "passthrough",
            "passthrough + request id + access log",
            "passthrough + auth (RS256)",
            "full chain",
        ])
        .series(
            "",
            [
                Value::missing(),
                21_140.0.into(),
                22_710.0.into(),
                48_950.0.into(),
                61_300.0.into(),
            ],
        )
        .digits(4)
        .sideways()
        .draw()
}

fn cpu() -> Result<Svg, Error> {
    Bar::new("CPU time per request", Axis::new("CPU time", "µs"))
        .groups([
            "direct",
            "passthrough",
            "+ request id + access log",
            "+ auth",
            "full chain",
        ])
        .series("user", [4.1, 9.8, 10.9, 31.0, 38.2])
        .series("kernel", [11.2, 27.4, 27.9, 28.1, 28.0])
        .stacked()
        .draw()
}

fn delta() -> Result<Svg, Error> {
    let value = |v: f64, d: f64| Value::new(v).between(v - d, v + d);
    Bar::new("Added latency against direct", Axis::new("Δ latency", "µs"))
        .subtitle("paired within rounds; 95 % intervals bootstrapped over 12 rounds")
        .groups(["passthrough", "+ request id + access log", "+ breaker"])
        .series("p50", [value(102.0, 4.0), value(108.0, 5.0), value(-6.0, 9.0)])
        .series("p99", [value(214.0, 31.0), value(260.0, 44.0), value(12.0, 38.0)])
        .series(
            "p99.9",
            [value(890.0, 240.0), value(1010.0, 310.0), Value::missing()],
        )
        .note("A negative difference is noise unless its interval excludes 0.")
        .draw()
}

fn syscalls() -> Result<Svg, Error> {
    Bar::new("System calls per request", Axis::new("calls", ""))
        .groups(["direct", "passthrough", "log on"])
        .series("read", [1.0, 2.02, 2.02])
        .series("write", [1.0, 2.0, 2.01])
        .series("epoll_wait", [0.8, 1.37, 1.41])
        .sideways()
        .draw()
}

fn flame() -> Result<Svg, Error> {
    let stacks = [
        (
            "tokio::run;http1::serve;gateway::handle;gateway::pick;http1::send;kernel::send",
            340,
        ),
        (
            "tokio::run;http1::serve;gateway::handle;http1::receive;kernel::recv",
            60,
        ),
        ("tokio::run;http1::serve;gateway::handle", 50),
        ("tokio::run;http1::serve;http1::answer;kernel::writev", 310),
        ("tokio::run;http1::serve;http1::head", 70),
        ("tokio::run;http1::serve;kernel::recv", 55),
        ("tokio::run;mio::poll;kernel::epoll_wait", 45),
        ("tokio::run", 20),
        ("tokio::run;a function from <elsewhere>", 12),
        ("writer::write;kernel::write", 9),
    ];
    let frame = |name: &str| Frame::new(name, name.split("::").next().unwrap_or_default());
    stacks
        .into_iter()
        .fold(
            Flame::new("CPU time at the ceiling").subtitle("499 samples per second of CPU time"),
            |flame, (stack, samples)| flame.stack(stack.split(';').map(frame), samples),
        )
        .draw()
}

fn table() -> Table {
    let row = |name: &str, p50: f64, p99: f64, delta: Option<&str>, instructions: Option<f64>| {
        [
            Cell::text(name),
            Cell::number(p50, 1),
            Cell::number(p99, 1),
            delta.map_or_else(Cell::missing, Cell::text),
            instructions.map_or_else(Cell::missing, |i| Cell::number(i, 0)),
        ]
    };
    Table::new([
        Column::text("layer"),
        Column::number("p50", "µs"),
        Column::number("p99", "µs"),
        Column::number("Δ p99", "µs"),
        Column::number("instructions", ""),
    ])
    .row(row("direct", 112.0, 812.25, None, None))
    .row(row(
        "passthrough",
        214.0,
        1026.5,
        Some("+214 ± 31"),
        Some(21_140.0),
    ))
    .row(row(
        "+ request id + access log",
        220.25,
        1072.0,
        Some("+260 ± 44"),
        Some(22_710.0),
    ))
}
