//! What pictures and pages say: refusals by name, "no data", escaping, one golden drawing.

use charts::{
    Axis, Bar, Card, Cell, Claim, Column, Error, Figure, Limit, Line, Page, Percentile, Series, Span, Table,
    Value, Verdict,
};

fn axis() -> Axis {
    Axis::new("latency", "ms")
}

fn line(points: impl IntoIterator<Item = (f64, f64)>) -> Line {
    Line::new("t", Axis::new("time", "s"), axis()).series(Series::new("p99", points))
}

#[test]
fn impossible_input_is_refused_by_name() {
    let check = |result: Result<charts::Svg, Error>, want: &str| {
        let text = result.expect_err(want).to_string();
        assert!(text.contains(want), "{text:?} does not say {want:?}");
    };
    check(
        line([(0.0, 1.0), (1.0, f64::NAN)]).draw(),
        "y of series \"p99\": value 1 is not a finite number",
    );
    check(
        line([(f64::INFINITY, 1.0)]).draw(),
        "x of series \"p99\": value 0 is not a finite number",
    );
    check(line([(0.0, 1e300)]).draw(), "choose a larger unit");
    let log = Line::new("t", Axis::new("time", "s"), axis().log()).series(Series::new("p99", [(0.0, 0.0)]));
    check(log.draw(), "is not positive");
    check(
        line([]).span(Span::new("down", 3.0, 2.0)).draw(),
        "span \"down\": its low end 3 lies above",
    );
    check(
        line([]).limit(Limit::new("slo", f64::NAN)).draw(),
        "limit \"slo\"",
    );
    check(
        Line::new("t", axis().range(2.0, 2.0), axis()).draw(),
        "axis \"latency\"",
    );
    let band = Series::new("p99", [(0.0, 1.0)]).band([(0.0, 2.0, 1.0)]);
    check(
        Line::new("t", axis(), axis()).series(band).draw(),
        "the band of series \"p99\"",
    );
    check(
        Percentile::new("t", axis())
            .series("direct", [(99.0, 1.0)])
            .draw(),
        "99 % is 0.99",
    );
    check(Bar::new("t", axis().log()).draw(), "holds zero");
    check(
        Bar::new("t", axis()).groups(["a", "b"]).series("s", [1.0]).draw(),
        "expected 2 values, found 1",
    );
    let nan = Bar::new("t", axis())
        .groups(["a"])
        .series("s", [Value::new(1.0).between(0.0, f64::NAN)]);
    check(nan.draw(), "group 0");
    check(
        Bar::new("t", axis())
            .groups(["a"])
            .series("s", [-1.0])
            .stacked()
            .draw(),
        "is negative",
    );
    check(
        (0..99)
            .fold(line([]), |l, _| l.series(Series::new("", [])))
            .draw(),
        "stay readable",
    );
}

#[test]
fn nothing_to_draw_says_so() {
    let empty_bar = Bar::new("t", axis())
        .groups(["a"])
        .series("s", [Value::missing()]);
    let drawings = [
        Line::new("t", axis(), axis()).draw(),
        line([]).draw(),
        Percentile::new("t", axis()).draw(),
        Bar::new("t", axis()).draw(),
        empty_bar.draw(),
    ];
    for svg in drawings {
        let svg = svg.expect("empty is not impossible");
        assert!(svg.standalone().contains(">no data</text>"), "{svg}");
        assert!(svg.description().contains("No data"), "{}", svg.description());
    }
}

#[test]
fn a_page_carries_hostile_text_as_text() {
    let evil = "</style><script>alert('x')</script>\"&\u{0}";
    let svg = Line::new(evil, Axis::new(evil, evil), Axis::new(evil, evil))
        .series(Series::new(evil, [(0.0, 1.0), (1.0, 2.0)]))
        .note(evil)
        .draw()
        .expect("possible input");
    let page = Page::new(evil)
        .summary(evil)
        .banner(Verdict::Invalid, evil, [evil])
        .cards([Card::new(evil, evil).note(evil).verdict(Verdict::Refuted)])
        .section(evil)
        .text(evil)
        .list([evil])
        .claims([Claim::new(evil, evil, evil, Verdict::Refuted)])
        .figure(Figure::new("../../etc/passwd", svg).caption(evil))
        .table(Table::new([Column::text(evil)]).row([Cell::text(evil)]), evil)
        .details(evil, [(evil, evil)])
        .code(evil, evil);
    let html = page.html().expect("a page");
    assert_eq!(html.matches("</style>").count(), 1, "the page's own");
    assert!(!html.contains("<script"));
    assert_eq!(
        page.figures().next().map(Figure::file_name).as_deref(),
        Some("------etc-passwd.svg")
    );
    let outside_code = page
        .markdown()
        .expect("a page")
        .split("```")
        .step_by(2)
        .collect::<String>();
    assert!(!outside_code.contains("<script"), "{outside_code}");
    assert!(page.links([("x", "javascript:alert(1)")]).html().is_err());
}

/// A page is XML but for its doctype and void elements, so an XML parser can check what it closes.
#[test]
fn a_page_is_well_formed_and_accessible() {
    let svg = line([(0.0, 1.0), (1.0, 2.0)]).draw().expect("possible input");
    let all = [
        Verdict::Holds,
        Verdict::Refuted,
        Verdict::Missed,
        Verdict::NotJudged,
        Verdict::Invalid,
    ];
    let html = Page::new("tax")
        .summary("s `code` t")
        .banner(Verdict::Holds, "VALID", ["send lag `p99` 41 µs"])
        .cards(all.map(|verdict| Card::new("p99", "1 ms").note("limit 2 ms").verdict(verdict)))
        .cards([Card::new("max", "2 s")])
        .claims(all.map(|verdict| Claim::new("c", "1 ms", "< 2 ms", verdict)))
        .section("Latency")
        .figure(Figure::new("latency", svg).caption("c"))
        .table(
            Table::new([Column::text("a"), Column::number("b", "ms")])
                .row([Cell::text("x"), Cell::missing()]),
            "t",
        )
        .links([("csv", "latency.csv")])
        .details("Provenance", [("seed", "42")])
        .html()
        .expect("a page");
    let closed: String = html
        .lines()
        .filter(|line| !line.starts_with("<!DOCTYPE") && !line.starts_with("<meta"))
        .map(|line| format!("{line}\n"))
        .collect();
    let document = roxmltree::Document::parse(&closed).expect("well-formed");
    for node in document.descendants().filter(roxmltree::Node::is_element) {
        match node.tag_name().name() {
            "th" => assert!(node.has_attribute("scope")),
            "svg" if node.attribute("role") == Some("img") => {
                assert!(
                    node.attribute("aria-label")
                        .is_some_and(|label| label.contains("latency (ms)"))
                );
            }
            "script" | "link" | "img" | "iframe" => {
                panic!("{} asks for something from outside", node.tag_name().name())
            }
            _ => {}
        }
    }
    for verdict in all {
        assert!(
            html.contains(&format!(" {}</span>", verdict.words())),
            "colour alone says nothing: {verdict:?}"
        );
    }
    assert!(
        !html.contains("http://") && !html.contains("https://"),
        "self-contained"
    );
}

#[test]
fn a_banner_and_cards_say_in_markdown_what_they_say_in_html() {
    let page = Page::new("run")
        .banner(Verdict::Invalid, "INVALID", ["send lag: 3 ms", "a_b"])
        .banner(Verdict::Holds, "VALID", Vec::<String>::new())
        .cards([
            Card::new("p99", "61 ms")
                .note("limit 50 ms")
                .verdict(Verdict::Refuted),
            Card::new("max", "2 s"),
        ]);
    let (markdown, html) = (page.markdown().expect("a page"), page.html().expect("a page"));
    for part in [
        "\n> **! INVALID**\n>\n> - send lag: 3 ms\n> - a\\_b\n",
        "\n> **✓ VALID**\n\n",
        "| p99 | 61 ms | limit 50 ms | ✗ **refuted** |",
        "| max | 2 s |  |  |",
    ] {
        assert!(markdown.contains(part), "{part:?} is not in {markdown}");
    }
    for part in [
        "<section class=\"c-banner c-invalid\" aria-label=\"verdict\">",
        "<li>send lag: 3 ms</li>",
        "<li class=\"c-card c-refuted\">",
        "<strong>61 ms</strong>",
        "<li class=\"c-card\"><p>max</p>",
    ] {
        assert!(html.contains(part), "{part:?} is not in {html}");
    }
    let plain = Page::new("run").html().expect("a page");
    assert!(
        !plain.contains("c-banner") && !plain.contains("c-card"),
        "carries no rules that it does not use"
    );
}

/// Small enough to be read: a change of these bytes is a change of every committed report.
#[test]
fn a_drawing_is_the_same_bytes_for_ever() {
    let svg = Line::new("Latency", Axis::new("time", "s"), axis())
        .series(Series::new("p99", [(0.0, 1.0), (5.0, 4.0), (10.0, 2.0)]))
        .height(100.0)
        .draw()
        .expect("possible input");
    let (got, golden) = (svg.standalone(), include_str!("golden.svg"));
    if got != golden {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/golden.svg");
        std::fs::write(path, got).expect("the target directory is writable");
        panic!(
            "the drawing differs; look at {path} and, if it is better, copy it to charts/tests/golden.svg"
        );
    }
}
