//! What heat maps, panels and differences say: refusals by name, "no data", what is drawn where, one golden drawing.

use charts::{Axis, Cells, Error, Figure, HeatMap, Line, Page, Panel, Panels, Percentile, Series, Span, Svg};

fn time() -> Axis {
    Axis::new("time", "s")
}

fn latency() -> Axis {
    Axis::new("latency", "ms")
}

fn map(cells: Cells) -> HeatMap {
    HeatMap::new("Latency", time(), latency(), cells).counting("requests")
}

fn panel(points: impl IntoIterator<Item = (f64, f64)>) -> Panel {
    Panel::new(latency()).series(Series::new("p99", points))
}

/// The elements of a drawing that have `class`, each as the path data in it.
fn elements(svg: &Svg, class: &str) -> Vec<String> {
    let file = svg.standalone();
    let document = roxmltree::Document::parse(&file).expect("well-formed");
    let has = |node: &roxmltree::Node<'_, '_>| {
        let classes = node.attribute("class").unwrap_or_default();
        classes.split(' ').any(|c| c == class)
    };
    let found = document.descendants().filter(has);
    let paths = |node: roxmltree::Node<'_, '_>| -> String {
        node.descendants()
            .filter_map(|d| d.attribute("d").map(str::to_owned))
            .collect()
    };
    found.map(paths).collect()
}

fn texts(svg: &Svg) -> Vec<String> {
    let labels = svg.labels().iter();
    labels.map(|label| label.text.replace('\u{202f}', " ")).collect()
}

#[test]
fn impossible_input_is_refused_by_name() {
    fn check<T: std::fmt::Debug>(result: Result<T, Error>, want: &str) {
        let text = result.expect_err(want).to_string();
        assert!(text.contains(want), "{text:?} does not say {want:?}");
    }
    let (x, y) = ((0.0, 10.0), (1.0, 100.0));
    check(Cells::new(x, 0, y, 5), "columns of the heat map: there are none");
    check(Cells::new(x, 5, y, 0), "rows of the heat map: there are none");
    check(Cells::new(x, 401, y, 5), "401 are more than the 400");
    check(Cells::new(x, 5, y, 121), "121 are more than the 120");
    check(
        Cells::new(x, 5, (0.0, 1.0), 5),
        "y range of the heat map: value 0 (0) is not positive",
    );
    check(
        Cells::new(x, 5, (9.0, 1.0), 5),
        "y range of the heat map: its low end 9",
    );
    check(Cells::new((3.0, 3.0), 5, y, 5), "x range of the heat map");
    check(
        Cells::new((f64::NAN, 3.0), 5, y, 5),
        "x range of the heat map: value 0 is not a finite",
    );
    let mut cells = Cells::new(x, 5, y, 5).expect("a grid");
    cells.add(1.0, 1.0, 1).expect("finite");
    check(
        cells.add(1.0, f64::NAN, 1),
        "y of the heat map's counts: value 1 is not a finite number",
    );
    check(
        cells.add(f64::INFINITY, 1.0, 1),
        "x of the heat map's counts: value 2",
    );
    check(
        map(cells).series(Series::new("p99", [(0.0, 0.0)])).draw(),
        "y of series \"p99\": value 0 (0) is not positive",
    );
    let panels = || Panels::new("t", time());
    check(panels().draw(), "panels: there are none");
    check(
        (0..9).fold(panels(), |p, _| p.panel(panel([]))).draw(),
        "9 are more than the 8",
    );
    check(
        panels().panel(panel([(0.0, f64::NAN)])).draw(),
        "y of series \"p99\"",
    );
    check(
        panels()
            .panel(panel([]))
            .span(Span::limit("knee", f64::NAN))
            .draw(),
        "span \"knee\"",
    );
    let hollow = |points: Vec<(f64, f64)>| {
        let series = Series::new("p99", []).hollow("invalid", points);
        Line::new("t", time(), latency()).series(series).draw()
    };
    check(
        hollow(vec![(0.0, f64::NAN)]),
        "y of the hollow dots of series \"p99\"",
    );
    check(
        hollow(vec![(0.0, 0.0); 241]),
        "hollow dots of series \"p99\": 241 are more",
    );
}

#[test]
fn nothing_to_draw_says_so() {
    let svg = map(Cells::new((0.0, 1.0), 3, (1.0, 10.0), 3).expect("a grid")).draw();
    let svg = svg.expect("empty is not impossible");
    assert!(texts(&svg).contains(&"no data".to_owned()));
    assert!(svg.description().contains("No data"), "{}", svg.description());
    let panels = Panels::new("t", time())
        .panel(panel([(0.0, 1.0), (1.0, 2.0)]))
        .panel(panel([]));
    let svg = panels.draw().expect("empty is not impossible");
    let empty = texts(&svg).iter().filter(|text| *text == "no data").count();
    assert_eq!(empty, 1, "one panel has data, the other has none");
}

/// Every cell that counts is drawn, and no other: the strokes' lengths are the number of cells.
#[test]
fn every_cell_is_drawn_once() {
    let mut cells = Cells::new((0.0, 20.0), 20, (1.0, 1e6), 12).expect("a grid");
    for at in 0..20 * 12_u32 {
        let y = 10_f64.powf((f64::from(at / 20) + 0.5) / 2.0);
        let count = u64::from(at.is_multiple_of(3)) * u64::from(at % 50 + 1);
        cells.add(f64::from(at % 20) + 0.5, y, count).expect("finite");
    }
    let svg = map(cells).draw().expect("possible input");
    let windows = elements(&svg, "c-heat");
    let drawn = windows.last().expect("the cells come after their key");
    let strokes = drawn.split('h').skip(1).filter_map(|rest| {
        let digits = rest.split(|c: char| !c.is_ascii_digit()).next();
        digits.and_then(|digits| digits.parse::<u32>().ok())
    });
    assert_eq!(strokes.sum::<u32>(), 20 * 12 / 3);
}

#[test]
fn panels_share_ticks_of_x_and_spans() {
    let svg = Panels::new("t", time())
        .panel(panel([(0.0, 1.0), (10.0, 2.0)]))
        .panel(panel([(2.0, 1.0), (40.0, 2.0)]))
        .panel(panel([(0.0, 1.0), (5.0, 2.0)]))
        .span(Span::new("down", 10.0, 20.0))
        .span(Span::limit("knee", 60.0))
        .draw()
        .expect("possible input");
    let count = |text: &str| texts(&svg).iter().filter(|t| *t == text).count();
    assert_eq!(
        count("60"),
        1,
        "the axis reaches the limit, and its ticks stand below the last panel only"
    );
    assert_eq!(count("time (s)"), 1);
    assert_eq!((count("latency (ms)"), count("p99")), (3, 3));
    assert_eq!((count("down"), count("knee")), (1, 1));
    assert_eq!(elements(&svg, "c-span").len(), 3, "through all panels");
    assert_eq!(elements(&svg, "c-limit").len(), 3, "through all panels");
    let sides: Vec<f64> = svg
        .labels()
        .iter()
        .filter(|l| l.text == "p99")
        .map(|l| l.left)
        .collect();
    assert!(
        sides.windows(2).all(|pair| pair[0] == pair[1]),
        "all plots end at one x: {sides:?}"
    );
}

#[test]
fn hollow_dots_are_rings_and_are_named() {
    let series = Series::new("p99", [(1.0, 2.0), (2.0, 3.0)]).dots();
    let drawn = |series: Series| {
        Line::new("t", time(), latency())
            .series(series)
            .draw()
            .expect("possible input")
    };
    assert_eq!(elements(&drawn(series.clone()), "c-dot").len(), 2);
    let svg = drawn(series.hollow("invalid", [(2.0, 3.0), (3.0, 9.0)]));
    // two dots, two rings and the ring of the key; the background is one element too
    assert_eq!(
        (elements(&svg, "c-dot").len(), elements(&svg, "c-bg").len()),
        (5, 4)
    );
    assert!(texts(&svg).contains(&"invalid".to_owned()));
    assert!(
        texts(&svg).contains(&"3.0".to_owned()),
        "the axis reaches them: {:?}",
        texts(&svg)
    );
}

#[test]
fn a_difference_lies_around_a_line_of_zero() {
    let difference = |low: f64| {
        Percentile::new("B − A", latency())
            .series("B − A", [(0.0, low), (0.5, 0.5), (0.99, 2.0)])
            .band([(0.0, low - 1.0, low + 1.0), (0.5, 0.0, 1.0), (0.99, 1.0, 3.0)])
            .draw()
            .expect("possible input")
    };
    let (across, above) = (difference(-2.0), difference(1.0));
    assert_eq!(
        elements(&across, "c-axis").len(),
        elements(&above, "c-axis").len() + 1,
        "zero has a line of its own where it is not the base line"
    );
    for text in ["−4", "0", "99 %"] {
        assert!(
            texts(&across).contains(&text.to_owned()),
            "{text} is not in {:?}",
            texts(&across)
        );
    }
    assert_eq!(elements(&across, "c-band").len(), 1);
}

/// What a drawing does not use, it does not carry: reports without cells stay the bytes they are.
#[test]
fn only_drawings_with_cells_carry_shades() {
    let mut cells = Cells::new((0.0, 1.0), 1, (1.0, 10.0), 1).expect("a grid");
    cells.add(0.0, 1.0, 1).expect("finite");
    let heat = map(cells).draw().expect("possible input");
    let line = Line::new("t", time(), latency()).draw().expect("possible input");
    let page = |svg: &Svg| {
        Page::new("t")
            .figure(Figure::new("f", svg.clone()))
            .html()
            .expect("a page")
    };
    for (text, carries) in [
        (heat.standalone(), 2),
        (line.standalone(), 0),
        // light, dark, and light again for paper
        (page(&heat), 3),
        (page(&line), 0),
    ] {
        assert_eq!(text.matches("--c-h1:").count(), carries, "{text}");
    }
}

/// Small enough to be read: a change of these bytes is a change of every committed report.
#[test]
fn a_heat_map_is_the_same_bytes_for_ever() {
    let mut cells = Cells::new((0.0, 4.0), 4, (1.0, 1000.0), 3).expect("a grid");
    for (x, y, count) in [
        (0.0, 2.0, 90),
        (1.0, 2.0, 80),
        (2.0, 2.0, 20),
        (2.0, 50.0, 60),
        (3.0, 500.0, 1),
    ] {
        cells.add(x, y, count).expect("finite");
    }
    let svg = map(cells)
        .series(Series::new("p99", [(0.0, 3.0), (2.0, 50.0), (4.0, 700.0)]))
        .span(Span::at("stall", 2.0))
        .height(100.0)
        .draw()
        .expect("possible input");
    let (got, golden) = (svg.standalone(), include_str!("golden-heat.svg"));
    if got != golden {
        let path = concat!(env!("CARGO_TARGET_TMPDIR"), "/golden-heat.svg");
        std::fs::write(path, got).expect("the target directory is writable");
        panic!(
            "the drawing differs; look at {path} and, if it is better, copy it to charts/tests/golden-heat.svg"
        );
    }
}
