//! The pictures of `drain`.

use super::{ALONE, HANDED_OVER, ROLLING};
use crate::exp::simulated::{Data, cells};
use crate::failure::Failure;
use crate::report;
use crate::stand::simulated::Second;
use charts::{Axis, HeatMap, Panel, Panels, Series, Span};

/// How long answers took, over the time of one run; `None` where nothing was answered.
pub(super) fn heat(data: &Data, variant: (&str, &str)) -> Result<Option<charts::Figure>, Failure> {
    heat_of(data, variant, "")
}

/// The same on sockets.
pub(super) fn heat_on_sockets(data: &Data, variant: (&str, &str)) -> Result<Option<charts::Figure>, Failure> {
    heat_of(data, variant, "-sockets")
}

fn heat_of(
    data: &Data,
    (variant, title): (&str, &str),
    world: &str,
) -> Result<Option<charts::Figure>, Failure> {
    let fail = |e: charts::Error| Failure::run(format!("draw latency of {variant}: {e}"));
    let Some(cells) = cells(data, variant).map_err(fail)? else {
        return Ok(None);
    };
    let picture = HeatMap::new(
        format!("Response time: {title}"),
        Axis::new("time", "s"),
        Axis::new("response time", "ms"),
        cells,
    )
    .subtitle("of one seed, by the time at which requests were due")
    .counting("answers");
    let picture = spans(data, variant).into_iter().fold(picture, HeatMap::span);
    let caption = match variant {
        ALONE => {
            "From the stop on nobody listens: answered is what was in hand, and for a moment what comes on connections that are open still."
        }
        _ => "",
    };
    report::figure(&format!("latency-{variant}{world}"), picture.draw(), caption).map(Some)
}

/// Requests and what came of them, in the same runs; `world` is said in the file's name.
pub(super) fn answers(
    data: &Data,
    (variant, title): (&str, &str),
    world: &str,
) -> Result<charts::Figure, Failure> {
    let of = |figure: fn(&Second) -> u64| {
        let seconds = data.example(variant).filter(|second| second.requests > 0);
        seconds
            .map(|second| (second.second as f64 + 0.5, figure(second) as f64))
            .collect::<Vec<_>>()
    };
    let panel = Panel::new(Axis::new("requests", "1/s"))
        .series(Series::new("answered well", of(|second| second.ok)).colour(2))
        .series(Series::new("failed", of(|second| second.failed)).colour(1));
    let picture = Panels::new(format!("Requests: {title}"), Axis::new("time", "s"))
        .subtitle("of the same seed, by the second in which they were due")
        .panel(panel);
    let picture = spans(data, variant).into_iter().fold(picture, Panels::span);
    report::figure(&format!("answers-{variant}{world}"), picture.draw(), "")
}

/// The times in which a gateway was on its way out or gone.
fn spans(data: &Data, variant: &str) -> Vec<Span> {
    let seed = data.example_seed();
    let stops = data
        .faults
        .iter()
        .filter(|fault| fault.seed == seed && fault.variant == variant && fault.kind == "stop");
    let mut spans = Vec::new();
    for (index, stop) in stops.enumerate() {
        let name = match variant {
            ROLLING => format!(
                "{} replaced",
                ["first", "second", "third"].get(index).copied().unwrap_or("next")
            ),
            HANDED_OVER => "handed over".to_owned(),
            _ => "stopped".to_owned(),
        };
        spans.push(Span::new(name, stop.from_s, stop.to_s));
    }
    spans
}
