//! Latency by percentile: of one run what its user, the target and the generator had of it; of several, what their users had.

use super::named::Named;
use super::quantile::{BEYOND_MIN, curve};
use super::unit::{Unit, duration};
use charts::{Error, Percentile, Svg};
use hdrhistogram::Histogram;

/// Response time, service time and send lag of one run, or the response times of several over each other. None where
/// nothing was answered and nothing sent.
pub fn percentiles(runs: &[Named<'_>]) -> Result<Option<Svg>, Error> {
    let curves: Vec<(&str, &Histogram<u64>)> = match runs {
        [Named { document, .. }] => {
            let recording = &document.recording;
            vec![
                ("response", &recording.response),
                ("service", &recording.service),
                ("send lag", &recording.send_lag),
            ]
        }
        several => several
            .iter()
            .map(|run| (run.name, &run.document.recording.response))
            .collect(),
    };
    let measured = |(_, histogram): &&(&str, &Histogram<u64>)| !histogram.is_empty();
    let Some(most) = curves.iter().filter(measured).map(|(_, h)| h.max()).max() else {
        return Ok(None);
    };
    let unit = Unit::for_most(most as f64);
    let (title, subtitle) = match runs {
        [one] => ("Latency by percentile", one.document.run.title.as_str()),
        _ => (
            "Response time by percentile",
            "from the intended time to the last byte",
        ),
    };
    let maxima: Vec<String> = curves
        .iter()
        .filter(measured)
        .map(|(name, histogram)| format!("{name} {}", duration(histogram.max() as f64)))
        .collect();
    let chart = Percentile::new(title, unit.axis("latency").log())
        .subtitle(subtitle)
        .note(format!(
            "A curve ends where fewer than {BEYOND_MIN} requests lie beyond it. Maxima: {}.",
            maxima.join(", ")
        ));
    // a colour belongs to a place, so that the same run keeps it in every picture
    let chart = curves
        .iter()
        .enumerate()
        .filter(|(_, (_, histogram))| !histogram.is_empty())
        .fold(chart, |chart, (place, (name, histogram))| {
            chart.series(*name, curve(histogram, unit)).colour(place)
        });
    chart.draw().map(Some)
}
