//! The page of `reload`, and the lines for the terminal.

use super::figures::{Counts, counts};
use super::on_sockets::{overlay, took_s, witnessed};
use super::{QUESTION, VARIANT, pictures};
use crate::exp::simulated::Data;
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let counts = counts(&data);
    let page = report::begin(source, QUESTION, &answer(&counts)).section("What clients see");
    let page = match pictures::heat(&data)? {
        Some(heat) => page.figure(heat),
        None => page,
    };
    let page = page
        .figure(pictures::configs(&data)?)
        .table(table(&data, &counts), "Over all seeds.");
    let page = on_sockets(page, &data, &Sockets::read(&source.directory)?)?;
    let page = page
        .section("How it was measured")
        .list(method(&counts))
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    Ok(vec![answer(&counts(&Data::read(&source.directory)?))])
}

/// What is there in life.
fn on_sockets(page: Page, data: &Data, sockets: &Sockets) -> Result<Page, Failure> {
    if sockets.is_empty() {
        return Ok(page);
    }
    let counts = counts(&sockets.data);
    let took = took_s(sockets);
    let (answers, mixed) = witnessed(sockets);
    let ms = |at: usize| {
        took.get(at)
            .map_or("–".into(), |s| number::significant(1e3 * s, 3))
    };
    let held = sockets.held.len();
    let events: u64 = sockets.held.iter().map(|of| of.events).sum();
    let text = format!(
        "On real sockets {} of {} requests failed while {} configs came into force, each within {} ms ({} ms as a median). {} of {} answers that were looked at were of a \
         config and by a replica that it does not have. {held} streams of events were held open and brought {} events.",
        count(counts.failed),
        count(counts.requests),
        count(took.len() as u64),
        ms(took.len().saturating_sub(1)),
        ms(took.len() / 2),
        count(mixed),
        count(answers),
        count(events),
    );
    let mut page = page.section("On real sockets").text(text);
    if let Some(heat) = pictures::heat_on_sockets(&sockets.data)? {
        page = page.figure(heat);
    }
    overlay(data, sockets).drawn(page.figure(pictures::memory(sockets)?))
}

fn count(count: u64) -> String {
    number::fixed(count as f64, 0)
}

fn answer(counts: &Counts) -> String {
    format!(
        "Of {} requests {} failed, while {} configs came into force and {} broken ones were tried, of which {} were taken.",
        count(counts.requests),
        count(counts.failed),
        count(counts.taken),
        count(counts.broken),
        count(counts.broken_taken),
    )
}

fn table(data: &Data, counts: &Counts) -> Table {
    let mixed = data
        .violations(VARIANT, "snapshot")
        .map(|(_, violations)| violations);
    let broken_off = data
        .violations(VARIANT, "tunnels")
        .map(|(_, violations)| violations);
    let rows = [
        ("requests", Some(counts.requests)),
        ("requests without a good answer", Some(counts.failed)),
        ("requests decided by two configs", mixed),
        ("configs that came into force", Some(counts.taken)),
        ("good configs that were refused", Some(counts.good_refused)),
        ("broken configs that were tried", Some(counts.broken)),
        ("broken configs that were taken", Some(counts.broken_taken)),
        ("tunnels and streams that were held open", Some(counts.tunnels)),
        ("tunnels and streams that suffered from it", broken_off),
    ];
    let table = Table::new([Column::text("what"), Column::number("count", "")]);
    rows.into_iter().fold(table, |table, (what, number)| {
        let cell = number.map_or_else(Cell::missing, |number| Cell::number(number as f64, 0));
        table.row([Cell::text(what), cell])
    })
}

fn method(counts: &Counts) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `reload` from {} seeds: 200 to 400 requests a second, half of them POST, three replicas that take 10 to 120 ms, one to three workers.",
            count(counts.runs)
        ),
        "Every 40 to 120 ms another config comes into force for half of that time, 20 to 50 times; every fourth time it is a broken one instead. It has other replicas, retries, a target that \
         is rewritten, and edits of headers up and down, by which replicas and clients see whose a request is."
            .into(),
        "On sockets the plan is repeated. Each config is asked for by `POST /config/reload`, four \
         more clients look at every answer's `X-Served-By` and `X-Replica`, and eight hold a stream of events."
            .into(),
        "The oracle `snapshot` holds everything that is seen of a request against one config; `tunnels` holds what one end of a tunnel hears against what the other said.".into(),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "Listeners that move: the address is the same in all configs.",
    "That breakers, health and budgets outlive a reload: no upstream is sick here. Tests show it (`breaker::it_outlives_a_reload_that_keeps_it`, `again::workers_share_a_budget_and_a_reload_keeps_it`).",
    "Configs of many routes, which take longer to be read.",
];
