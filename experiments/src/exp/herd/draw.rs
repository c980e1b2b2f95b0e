//! The page of `herd`, and the lines for the terminal.

use super::figures::{Runs, attempts, busiest, densest, first_second, level, saved};
use super::{
    ARMS, AT_FULL_SHARE, Arm, BACKOFF, BUG, COLD, FULL, QUESTION, REPLICA, SLOWLY, on_sockets, pictures,
};
use crate::exp::simulated::{Samples, bracketed, values};
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let runs = Runs::read(&source.directory)?;
    let seed = source.run.seed;
    let page = report::begin(source, QUESTION, &answer(&runs, seed))
        .section("Who comes")
        .figure(pictures::back(&runs)?)
        .figure(pictures::first(&runs, seed)?)
        .table(
            table(&runs, seed),
            "Median over seeds and its 95 % interval. Requests count as saved that were due while the upstream was dead and were answered well, late or not.",
        )
        .section("One replica of three")
        .figure(pictures::cold(&runs)?)
        .table(
            cold_table(&runs, seed),
            "Median over seeds and its 95 % interval; the replica takes three times as long for three seconds.",
        );
    let page = on_sockets::drawn(page, &runs, &Sockets::read(&source.directory)?)?
        .section("How it was measured")
        .list(method(&runs))
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let runs = Runs::read(&source.directory)?;
    let of = |samples: Samples, what, arm| {
        level(&samples, source.run.seed, what, arm)
            .map_or("–".into(), |(value, _)| number::significant(value, DIGITS))
    };
    let line = |arm: Arm| {
        format!(
            "{}: the first second carries {} of capacity, {} in its busiest 10 ms; {} % saved",
            arm.title,
            of(first_second(&runs, arm), "first-second", arm),
            of(densest(&runs, arm), "densest", arm),
            of(saved(&runs, arm), "saved", arm),
        )
    };
    Ok(ARMS.into_iter().map(line).collect())
}

fn answer(runs: &Runs, seed: u64) -> String {
    let first = |arm| Some(level(&first_second(runs, arm), seed, "first-second", arm)?.0);
    let saved = |arm| Some(level(&saved(runs, arm), seed, "saved", arm)?.0);
    let most = |arm| values(&busiest(runs, arm, None)).into_iter().reduce(f64::max);
    let (Some(herd), Some(full), Some(herd_saved), Some(full_saved)) =
        (first(BACKOFF), most(FULL), saved(BACKOFF), saved(FULL))
    else {
        return "No run had anything to compare.".into();
    };
    let text = |value| number::significant(value, DIGITS);
    format!(
        "Requests that wait between retries come together when a dead upstream is back: {} times what it can do in the first second. With budget, breaker and probes too, no second carries more \
         than {} of it, in the worst of {} runs. What that costs: {} % of the requests of that time are answered well in the end, {} % without.",
        text(herd),
        text(full),
        runs.jitter.seeds().len(),
        text(full_saved),
        text(herd_saved),
    )
}

fn table(runs: &Runs, seed: u64) -> Table {
    let columns = [
        "policy",
        "first second, × capacity",
        "busiest second, × capacity",
        "most in 10 ms",
        "attempts per request while dead",
        "saved, %",
    ];
    let mut table = Table::new(columns.map(Column::text));
    for arm in ARMS {
        let of = |samples: Samples, what| level(&samples, seed, what, arm);
        table = table.row([
            Cell::text(arm.title),
            bracketed(of(first_second(runs, arm), "first-second"), 2),
            bracketed(of(busiest(runs, arm, None), "busiest"), 2),
            bracketed(of(densest(runs, arm), "densest"), 0),
            bracketed(of(attempts(runs, arm), "attempts"), 2),
            bracketed(of(saved(runs, arm), "saved"), 0),
        ]);
    }
    table
}

fn cold_table(runs: &Runs, seed: u64) -> Table {
    let mut table = Table::new(["", "its busiest second, × what it can do"].map(Column::text));
    for arm in COLD {
        let busiest = busiest(runs, arm, Some(REPLICA));
        table = table.row([
            Cell::text(arm.title),
            bracketed(level(&busiest, seed, "cold-busiest", arm), 2),
        ]);
    }
    table
}

fn method(runs: &Runs) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `herd` from {} seeds: 110 to 130 requests a second, evenly spaced, which is 55 to 60 % of what three replicas with 40 servers each can do. All three are killed and \
             come back together after five seconds. A request is retried ten times; a dead process's port refuses at once.",
            runs.jitter.seeds().len()
        ),
        "Waits are up to 100 ms, doubling, up to a second. The budget is a fifth of requests and three a second; the breaker opens where a fifth of at least ten attempts of a second fail, for half a second \
         at first and two seconds at most, and closes behind three good probes. All of it is these, and probes of health, and slow start."
            .into(),
        format!(
            "The gateway cannot be told to wait without jitter: that arm is the simulator's gateway with the bug `{BUG}` planted, from the same seeds. The oracle `backoff` reports it, as a claim says."
        ),
        format!(
            "\"{}\" and \"{}\": one of three is killed, and takes three times as long for three seconds when it is back. The replicas are told apart by probes of health, four a second.",
            AT_FULL_SHARE.title, SLOWLY.title
        ),
        "Who waits without jitter stays as close together as he failed: so the peak is those in flight when replicas died. With jitter it is the fullest of a hundred hundredths of a second, \
         which has chance in it, and so has the ratio of both in a single run."
            .into(),
        "Counted is what reaches replicas, by hundredths of a second, from the return to three and a half seconds later. Claims are judged by the worst seed where they do not say otherwise; intervals are bootstrapped over seeds.".into(),
    ]
}

const NOT_SHOWN: [&str; 5] = [
    "A hot cached item that expires: the gateway has no cache yet.",
    "Clients that connect or ask again by themselves: these do not, so that what waits, waits in the gateway.",
    "What slow start does where all replicas come back together: it shares out and does not hold back, so that shares are what they were.",
    "How many probes are right: where a breaker lets nobody wait, three come, and then what is new.",
    "Hosts that drop packets in place of refusing them: there attempts wait for a connection, and for its timeout.",
];
