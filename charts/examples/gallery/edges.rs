//! Data at the edge of what can be drawn: one of everything, everything alike, nine decades, names without end.

use charts::{Axis, Cells, Error, Figure, HeatMap, Limit, Line, Page, Panel, Panels, Series, Span, Svg};

pub(crate) fn page() -> Result<Page, Error> {
    let figures = [
        ("edge-column", one_column()?),
        ("edge-row", one_row()?),
        ("edge-alike", alike()?),
        ("edge-point", one_point()?),
        ("edge-nothing", nothing()?),
        ("edge-decades", decades()?),
        ("edge-panels", panels()?),
        ("edge-line", line()?),
    ];
    let page = Page::new("Edges");
    Ok(figures
        .into_iter()
        .fold(page, |page, (name, svg)| page.figure(Figure::new(name, svg))))
}

fn map(title: &str, cells: Cells) -> HeatMap {
    HeatMap::new(title, Axis::new("time", "s"), Axis::new("latency", "ms"), cells).height(140.0)
}

fn one_column() -> Result<Svg, Error> {
    let mut cells = Cells::new((0.0, 1.0), 1, (0.1, 100.0), 30)?;
    for i in 0..30_u64 {
        cells.add(0.5, 0.11 * 1.26_f64.powi(i as i32), 1 << (i % 15))?;
    }
    map("One column", cells).counting("requests").draw()
}

fn one_row() -> Result<Svg, Error> {
    let mut cells = Cells::new((0.0, 60.0), 60, (3.0, 3.0), 1)?;
    for i in 0..60_u32 {
        cells.add(f64::from(i), 3.0, u64::from(i % 7))?;
    }
    map("One row", cells).counting("requests").draw()
}

fn alike() -> Result<Svg, Error> {
    let mut cells = Cells::new((0.0, 60.0), 60, (1.0, 10.0), 20)?;
    for i in 0..1200_u32 {
        let row = f64::from(i / 60);
        cells.add(f64::from(i % 60), 10_f64.powf((row + 0.5) / 20.0), 1)?;
    }
    map("All alike", cells).draw()
}

fn one_point() -> Result<Svg, Error> {
    let mut cells = Cells::new((0.0, 60.0), 400, (1.0, 10.0), 120)?;
    cells.add(30.0, 3.0, 1)?;
    map("One request", cells)
        .series(Series::new("p99", [(30.0, 3.0)]))
        .draw()
}

fn nothing() -> Result<Svg, Error> {
    map("Nothing", Cells::new((0.0, 60.0), 60, (1.0, 10.0), 20)?).draw()
}

fn decades() -> Result<Svg, Error> {
    let name =
        "a name that is far too long to stand beside a plot and has to go above it, in a row of its own";
    let mut cells = Cells::new((0.0, 86_400.0), 96, (1e-6, 1e3), 90)?;
    for i in 0..96 * 90_u32 {
        let (column, row) = (f64::from(i % 96), f64::from(i / 96));
        let away = (row - 45.0 - 30.0 * (column / 15.0).sin()).abs();
        let count = 1e9 * (-away * away / 40.0).exp();
        cells.add(
            column * 900.0,
            10_f64.powf(-6.0 + (row + 0.5) / 10.0),
            count as u64,
        )?;
    }
    HeatMap::new(
        format!("Nine decades: {name}"),
        Axis::new(name, "s"),
        Axis::new(name, "s"),
        cells,
    )
    .counting(name)
    .series(Series::new(
        name,
        [(0.0, 1e-3), (43_200.0, 1.0), (86_400.0, 1e-3)],
    ))
    .limit(Limit::new("1 ms", 1e-3))
    .span(Span::new(name, 20_000.0, 30_000.0))
    .span(Span::new("another", 25_000.0, 35_000.0))
    .draw()
}

fn panels() -> Result<Svg, Error> {
    let name = "a name that is far too long to stand beside a plot and has to go above it";
    let points = || (0..=20_u32).map(|i| (f64::from(i), 1e9 * f64::from(i)));
    Panels::new("Panels", Axis::new("time", "s"))
        .panel(
            Panel::new(Axis::new(name, "ms"))
                .series(Series::new(name, points()))
                .series(Series::new("b", points())),
        )
        .panel(Panel::new(Axis::new("empty", "ms")))
        .panel(
            Panel::new(Axis::new("negative", "ms"))
                .series(Series::new(
                    "short",
                    (0..=20_u32).map(|i| (f64::from(i), 5.0 - f64::from(i))),
                ))
                .height(80.0),
        )
        .panel(Panel::new(Axis::new("one point", "ms").log()).series(Series::new("p", [(3.0, 7.0)])))
        .span(Span::at("here", 10.0))
        .span(Span::limit("knee", 30.0))
        .draw()
}

fn line() -> Result<Svg, Error> {
    Line::new(
        "Nine decades by nine",
        Axis::new("x", "s").log(),
        Axis::new("y", "").log(),
    )
    .series(Series::new("one", [(1e-6, 1e-9), (1e3, 1.0)]).hollow("off", [(1e-3, 1e-2), (1.0, 1e-7)]))
    .series(Series::new("only hollow", []).hollow("", [(1e-2, 1e-5)]))
    .span(Span::limit("", 1e-4))
    .draw()
}
