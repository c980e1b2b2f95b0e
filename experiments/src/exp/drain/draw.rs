//! The page of `drain`, and the lines for the terminal.

use super::figures::{Counts, counts};
use super::{ALONE, QUESTION, ROLLING, VARIANTS, on_sockets, pictures};
use crate::exp::simulated::Data;
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let mut page = report::begin(source, QUESTION, &answer(&data));
    for variant in VARIANTS {
        page = page.section(capital(variant.1));
        if let Some(heat) = pictures::heat(&data, variant)? {
            page = page.figure(heat);
        }
        page = page.figure(pictures::answers(&data, variant, "")?);
    }
    let page = page
        .section("What was counted")
        .table(table(&data), "Over all seeds.");
    let page = on_sockets::drawn(page, &data, &Sockets::read(&source.directory)?)?
        .section("How it was measured")
        .list(method(&data))
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let line = |(variant, title): (&str, &str)| {
        let Counts {
            requests,
            failed,
            stops,
            ..
        } = counts(&data, variant);
        format!("{title}: of {requests} requests {failed} failed, over {stops} stops")
    };
    Ok(VARIANTS.into_iter().map(line).collect())
}

fn capital(title: &str) -> String {
    let mut letters = title.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

fn count(count: u64) -> String {
    number::fixed(count as f64, 0)
}

fn answer(data: &Data) -> String {
    let rolling = counts(data, ROLLING);
    let in_hand = data.violations(ALONE, "drain");
    let (looked_at, cut_off) = in_hand.unwrap_or_default();
    format!(
        "Of {} requests {} failed while {} gateways were replaced one by one behind another. Of {} requests in the hands of one that stops {} were cut off.",
        count(rolling.requests),
        count(rolling.failed),
        count(rolling.stops),
        count(looked_at),
        count(cut_off),
    )
}

fn table(data: &Data) -> Table {
    let columns = ["runs", "stops", "requests", "failed"].map(|title| Column::number(title, ""));
    let columns = [Column::text("how")].into_iter().chain(columns);
    let more = ["in hand when it stopped", "of these cut off"].map(|title| Column::number(title, ""));
    let mut table = Table::new(columns.chain(more));
    for (variant, title) in VARIANTS {
        let of = counts(data, variant);
        let number = |count: u64| Cell::number(count as f64, 0);
        let in_hand = data.violations(variant, "drain");
        let [looked_at, cut_off] = match in_hand {
            Some((looked_at, cut_off)) => [looked_at, cut_off].map(number),
            None => [Cell::missing(), Cell::missing()],
        };
        let cells = [of.runs, of.stops, of.requests, of.failed].map(number);
        table = table.row(
            [Cell::text(title)]
                .into_iter()
                .chain(cells)
                .chain([looked_at, cut_off]),
        );
    }
    table
}

fn method(data: &Data) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `drain` from {} seeds: 100 to 300 requests a second, half of them POST, three replicas that take 50 to 600 ms, one to three workers.",
            data.seeds().len()
        ),
        "One gateway is told to stop without notice and has a second for what it has in hand; the next is started a second and a half to two and a half after the stop. Clients do not try again, so \
         what comes in between fails, and has to: nobody listens, and connections that are open already end."
            .into(),
        "Replaced one by one are two or three gateways behind another. Each says for 800 ms that it is not ready, which the one in front finds out by probing, and then has a second for what it has in hand. \
         Nothing is retried."
            .into(),
        "On sockets gateways are told to stop by SIGTERM, and say at their end what they drained and cut off. A third one is there only: a successor is \
         started that takes the sockets of the one before."
            .into(),
        "What is in the hands of a gateway is told by the oracle `drain`, which judges gateways that clients talk to; of those behind another clients' outcomes are judged.".into(),
    ]
}

const NOT_SHOWN: [&str; 2] = [
    "A deadline that is shorter than the longest request: then requests are cut off, and the gateway exits with 3.",
    "A balancer in front that is not this gateway: how soon it notices decides how long the lead has to be.",
];
