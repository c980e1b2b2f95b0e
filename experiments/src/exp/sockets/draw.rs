//! Pictures of what was seen on sockets.

use super::agree::{Compared, Series};
use super::tables::Sockets;
use crate::failure::Failure;
use crate::play::rows::Moment;
use crate::report;
use charts::{Axis, Figure, Panel, Panels, Series as Curve, Span};

/// The simulator's colour and the sockets' in all overlays.
const SIMULATED: usize = 7;
const ON_SOCKETS: usize = 0;

/// A series of both worlds over each other, a panel a variant; `titles` are the variants', `span` what is shaded.
pub(in crate::exp) fn overlay(
    name: &str,
    series: &Series<'_>,
    compared: &[(String, Compared)],
    span: Option<Span>,
) -> Result<Figure, Failure> {
    let title = format!("Both worlds: {}", series.name);
    let mut picture = Panels::new(title, Axis::new("time from when it begins", "s"))
        .subtitle("line: on sockets; band: the simulator's seeds, and a tenth; grey line: their median");
    for (title, compared) in compared {
        let points = &compared.points;
        let band = points
            .iter()
            .map(|of| (of.at_s, of.low.max(0.0), of.high.max(0.0)));
        let middle = points.iter().map(|of| (of.at_s, of.middle));
        let seen = points.iter().map(|of| (of.at_s, of.measured));
        let outside = points.iter().filter(|of| !of.is_inside());
        let outside = outside.map(|of| (of.at_s, of.measured));
        let panel = Panel::new(Axis::new(title.clone(), series.unit))
            .height(110.0)
            .series(Curve::new("simulator", middle).colour(SIMULATED).band(band))
            .series(
                Curve::new("sockets", seen)
                    .colour(ON_SOCKETS)
                    .outside("outside", outside),
            );
        picture = picture.panel(panel);
    }
    picture = span.into_iter().fold(picture, Panels::span);
    let caption = format!("{} a second, in both worlds.", series.name);
    report::figure(name, picture.draw(), &caption)
}

/// Memory, files and attempts under way of the gateway that clients talk to, of one variant's first seed.
pub(in crate::exp) fn moments_panels(sockets: &Sockets, variant: &str) -> Vec<Panel> {
    let seed = sockets.data.example_seed();
    let is_meant = |of: &&Moment| of.seed == seed && of.variant == variant;
    let moments: Vec<_> = sockets.moments.iter().filter(is_meant).collect();
    let panel = |axis: Axis, colour: usize, figure: fn(&Moment) -> f64| {
        let points = moments.iter().map(|of| (of.at_us as f64 / 1e6, figure(of)));
        Panel::new(axis)
            .height(110.0)
            .series(Curve::new("", points).colour(colour))
    };
    vec![
        panel(Axis::new("resident memory", "MiB"), 0, |of| {
            of.rss_kib as f64 / 1_024.0
        }),
        panel(Axis::new("open files", ""), 1, |of| of.open_files as f64),
        panel(Axis::new("attempts under way", ""), 2, |of| of.in_flight as f64),
    ]
}
