//! The tables: latencies side by side, then where the time went, by status and by scenario, errors and service levels.

use super::format::{bytes, figure, per_second, percent, whole};
use crate::event::{Failure, Unexpected};
use crate::report::{Document, Latency};
use charts::{Cell, Column, Page, Table, Verdict};

type Figure = fn(&Latency) -> f64;

/// None where there is none.
pub(super) fn latencies(document: &Document) -> Option<Table> {
    let report = &document.report;
    let columns = [&report.response_us, &report.service_us, &report.send_lag_us];
    columns.iter().find(|latency| latency.count > 0)?;
    let table = Table::new([
        Column::text(""),
        Column::number("response", ""),
        Column::number("service", ""),
        Column::number("send lag", ""),
    ]);
    // a quantile is shown where at least one request lies beyond it
    let rows: [(&str, u64, Figure); 10] = [
        ("min", 1, |l| l.min),
        ("p50", 2, |l| l.p50),
        ("p75", 4, |l| l.p75),
        ("p90", 10, |l| l.p90),
        ("p95", 20, |l| l.p95),
        ("p99", 100, |l| l.p99),
        ("p99.9", 1_000, |l| l.p99_9),
        ("p99.99", 10_000, |l| l.p99_99),
        ("max", 1, |l| l.max),
        ("mean", 1, |l| l.mean),
    ];
    let table = rows.into_iter().fold(table, |table, (name, enough, of)| {
        let cells = columns.map(|latency| Cell::text(figure(latency, enough, of(latency))));
        table.row([Cell::text(name)].into_iter().chain(cells))
    });
    let counts = columns.map(|latency| Cell::number(latency.count as f64, 0));
    Some(table.row([Cell::text("count")].into_iter().chain(counts)))
}

pub(super) fn latency_caption(document: &Document) -> &'static str {
    match document.run.closed {
        true => {
            "Closed loop: each connection asks again when it is answered, so a slow server is asked less."
        }
        false => {
            "Response: from the intended time to the last byte. Service: from the actual send. Send lag: from the \
             intended time to the send, without the wait for a connection."
        }
    }
}

/// Everything below the pictures.
pub(super) fn rest(page: Page, document: &Document) -> Page {
    let mut page = page.section("Requests").table(
        requests(document),
        format!(
            "{} connections made, {} of bodies received.",
            whole(document.report.counts.connections),
            bytes(document.report.counts.body_bytes)
        ),
    );
    if let Some(table) = phases(document) {
        page = page.section("Where the time went").table(table, "");
    }
    if let Some(table) = statuses(document) {
        page = page.section("Answers by status").table(table, "Response time.");
    }
    if let Some(table) = parts(document) {
        page = page
            .section("Scenarios")
            .table(table, "Service time by scenario and step.");
    }
    if let Some(table) = errors(document) {
        page = page.section("Errors").table(table, "");
    }
    if let Some(table) = slos(document) {
        page = page.section("Service levels").table(table, "");
    }
    page
}

fn requests(document: &Document) -> Table {
    let report = &document.report;
    let counts = &report.counts;
    let during = |count: u64| count as f64 / report.seconds.max(1e-9);
    let mut rows = vec![
        ("planned", counts.planned, report.planned_per_second),
        ("sent", counts.sent, report.sent_per_second),
        ("answered", counts.done, report.done_per_second),
        ("errors", counts.errors(), during(counts.errors())),
    ];
    if counts.requests != counts.sent {
        // an arrival that is a flow makes several
        rows.push(("requests on the wire", counts.requests, during(counts.requests)));
    }
    let table = Table::new([
        Column::text(""),
        Column::number("count", ""),
        Column::number("per second", ""),
        Column::number("of planned", ""),
    ]);
    rows.into_iter().fold(table, |table, (name, count, rate)| {
        let of_planned = match counts.planned {
            0 => Cell::missing(),
            planned => Cell::text(percent(count as f64 / planned as f64)),
        };
        table.row([
            Cell::text(name),
            Cell::number(count as f64, 0),
            Cell::text(per_second(rate)),
            of_planned,
        ])
    })
}

fn phases(document: &Document) -> Option<Table> {
    let phases = &document.report.phases_us;
    let rows = [
        ("pool wait", phases.pool_wait),
        ("connect", phases.connect),
        ("tls", phases.tls),
        ("first byte", phases.first_byte),
    ];
    let rows = rows.into_iter().filter(|(_, latency)| latency.max > 0.0);
    spread(
        "phase",
        rows.map(|(name, latency)| (name.to_owned(), latency.count, Some(latency), None)),
    )
}

fn statuses(document: &Document) -> Option<Table> {
    let report = &document.report;
    // counts know every status, histograms the first few
    let rows = report.counts.statuses.iter().map(|(status, count)| {
        (
            status.to_string(),
            *count,
            report.statuses_us.get(status).copied(),
            None,
        )
    });
    spread("status", rows)
}

fn parts(document: &Document) -> Option<Table> {
    let rows = document.report.parts.iter().map(|part| {
        let ended = (part.done + part.failed).max(1);
        let share = (part.failed + part.unexpected) as f64 / ended as f64;
        let errors = Some(percent(share));
        (part.name.clone(), part.done, Some(part.service_us), errors)
    });
    spread("scenario", rows)
}

/// Name, count, latencies if there are any, share of errors if there is a column for it.
type Spread = (String, u64, Option<Latency>, Option<String>);

/// One latency a row. None without rows.
fn spread(title: &str, rows: impl Iterator<Item = Spread>) -> Option<Table> {
    let rows: Vec<_> = rows.collect();
    let has_errors = rows.first()?.3.is_some();
    let mut columns = vec![Column::text(title)];
    columns.extend(["count", "p50", "p90", "p99", "max"].map(|name| Column::number(name, "")));
    columns.extend(has_errors.then(|| Column::number("errors", "")));
    let table = rows.into_iter();
    Some(
        table.fold(Table::new(columns), |table, (name, count, latency, errors)| {
            let l = latency.unwrap_or_default();
            let times = [(2, l.p50), (10, l.p90), (100, l.p99), (1, l.max)]
                .map(|(enough, micros)| Cell::text(figure(&l, enough, micros)));
            let first = [Cell::text(name), Cell::number(count as f64, 0)];
            table.row(first.into_iter().chain(times).chain(errors.map(Cell::text)))
        }),
    )
}

fn errors(document: &Document) -> Option<Table> {
    let report = &document.report;
    let failed = Failure::ALL.into_iter().map(|kind| {
        let example = report.failures.get(&kind);
        (kind.name(), report.counts.failed_as(kind), example)
    });
    let unexpected = Unexpected::ALL.into_iter().map(|kind| {
        let count = report.counts.unexpected.get(&kind).copied().unwrap_or(0);
        (kind.name(), count, report.surprises.get(&kind))
    });
    let mut met = failed
        .chain(unexpected)
        .filter(|(_, count, _)| *count > 0)
        .peekable();
    met.peek()?;
    let table = Table::new([
        Column::text("kind"),
        Column::number("count", ""),
        Column::number("of planned", ""),
        Column::text("the first of them"),
    ]);
    Some(met.fold(table, |table, (kind, count, example)| {
        let share = count as f64 / report.counts.planned.max(1) as f64;
        table.row([
            Cell::text(kind),
            Cell::number(count as f64, 0),
            Cell::text(percent(share)),
            example.map_or(Cell::missing(), Cell::text),
        ])
    }))
}

fn slos(document: &Document) -> Option<Table> {
    document.slos.first()?;
    let table = Table::new([
        Column::text("level"),
        Column::number("measured", ""),
        Column::text("verdict"),
    ]);
    Some(document.slos.iter().fold(table, |table, slo| {
        let verdict = match slo.holds {
            true => Verdict::Holds,
            false => Verdict::Refuted,
        };
        table.row([
            Cell::text(&slo.slo),
            Cell::text(&slo.measured),
            Cell::verdict(verdict),
        ])
    }))
}
