//! The top of the page: whether to believe it, and the few figures that most readers came for.

use super::format::{duration, figure, per_second, percent, whole};
use crate::report::Document;
use charts::{Card, Page, Verdict, number};

/// INVALID first, with the reasons; then service levels that were broken.
pub(super) fn banner(page: Page, document: &Document) -> Page {
    let report = &document.report;
    let broken = document.slos.iter().filter(|slo| !slo.holds);
    let broken: Vec<String> = broken
        .map(|slo| format!("{} was asked for, measured: {}", slo.slo, slo.measured))
        .collect();
    let (verdict, words) = match (report.valid, broken.is_empty()) {
        (false, _) => (Verdict::Invalid, "INVALID: these figures are not to be believed"),
        (true, false) => (Verdict::Refuted, "VALID, but a service level was broken"),
        (true, true) => (Verdict::Holds, "VALID: the generator did what it planned"),
    };
    let interrupted = document
        .run
        .interrupted
        .then(|| "interrupted: the figures are of the part that ran".to_owned());
    let reasons = report.reasons.iter().cloned();
    page.banner(verdict, words, reasons.chain(broken).chain(interrupted))
}

/// Of latency only where anything was answered.
pub(super) fn cards(document: &Document) -> Vec<Card> {
    let report = &document.report;
    let response = &report.response_us;
    let quantile = |name: &str, enough: u64, value: f64| {
        let card = Card::new(name, figure(response, enough, value));
        match response.count >= enough {
            true => card,
            false => card.note(format!("of {} answers", whole(response.count))),
        }
    };
    let latencies = [
        quantile("p50", 2, response.p50),
        quantile("p99", 100, response.p99),
        quantile("p99.9", 1_000, response.p99_9),
        quantile("max", 1, response.max),
    ];
    let latencies = latencies.into_iter().filter(|_| response.count > 0);
    [rate(document)]
        .into_iter()
        .chain(latencies)
        .chain([errors(document), lag(document)])
        .chain(busiest(document))
        .collect()
}

fn rate(document: &Document) -> Card {
    let report = &document.report;
    let card = Card::new("answered", format!("{}/s", per_second(report.done_per_second)));
    card.note(match document.run.closed {
        true => "closed loop".to_owned(),
        false => format!("of {}/s planned", per_second(report.planned_per_second)),
    })
}

fn errors(document: &Document) -> Card {
    let report = &document.report;
    let errors = report.counts.errors();
    let card = Card::new("errors", percent(report.error_share));
    match errors {
        0 => card,
        _ => card.note(format!("{} of {}", whole(errors), whole(report.counts.planned))),
    }
}

/// With the limit that it has to keep to.
fn lag(document: &Document) -> Card {
    let lag = &document.report.send_lag_us;
    let card = Card::new("send lag p99", figure(lag, 1, lag.p99));
    let limits = &document.run.limits.send_lag;
    let limit = limits.iter().find(|limit| limit.quantile == 0.99);
    match limit.filter(|_| !document.run.closed) {
        None => card,
        Some(limit) => {
            let most = limit.most.as_secs_f64() * 1e6;
            let card = card.note(format!("limit {}", duration(most)));
            if lag.p99 > most {
                card.verdict(Verdict::Invalid)
            } else {
                card
            }
        }
    }
}

/// None where no generator told of its threads.
fn busiest(document: &Document) -> Option<Card> {
    let shares = document.generators.iter().flat_map(|generator| &generator.busy);
    let busiest = shares.copied().reduce(f64::max)?;
    let most = document.run.limits.busy_share_max;
    let card = Card::new(
        "busiest thread",
        format!("{} %", number::fixed(busiest * 100.0, 0)),
    )
    .note(format!("limit {} %", number::fixed(most * 100.0, 0)));
    Some(if busiest > most {
        card.verdict(Verdict::Invalid)
    } else {
        card
    })
}
