//! The page of `retry-storm`, and the lines for the terminal.

use super::figures::{amplification, goodput_kept, level, recovery};
use super::hysteresis::{self, PART, PLAYED, least_kept, most_kept};
use super::{FULL, LATER_S, NAIVE, POLICIES, QUESTION, on_sockets, pictures};
use crate::exp::simulated::{Data, bracketed, values};
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use charts::{Cell, Column, Page, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let up_and_down = Data::read_part(&source.directory, PART)?;
    let seed = source.run.seed;
    let answer = format!("{} {}", answer(&data, seed), answer_of_load(&up_and_down));
    let page = report::begin(source, QUESTION, &answer)
        .section("What happens")
        .figure(pictures::over_time(&data)?)
        .section("What retries add")
        .figure(pictures::attempts(&data, seed)?)
        .section("What is left of it")
        .figure(pictures::kept(&data, seed)?)
        .figure(pictures::theory(&data)?)
        .table(
            table(&data, seed),
            "Median over seeds and its 95 % interval. A policy whose last request fails at the end of the run has not recovered.",
        )
        .section("Load up, then down")
        .figure(hysteresis::picture(&up_and_down)?)
        .figure(hysteresis::attempts(&up_and_down)?);
    let page = on_sockets::drawn(page, &data, &Sockets::read(&source.directory)?)?
        .section("How it was measured")
        .list(method(&data))
        .list([method_of_load(&up_and_down)])
        .section("What was not shown")
        .list(NOT_SHOWN);
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let line = |(policy, title): (&str, &str)| {
        let of =
            |found: Option<_>| found.map_or("–".into(), |(value, _)| number::significant(value, DIGITS));
        let [attempts, kept, recovery] = figures(&data, source.run.seed, policy).map(of);
        format!(
            "{title}: {attempts} attempts per request while slow, {kept} of goodput a minute later, last failure after {recovery} s"
        )
    };
    Ok(POLICIES.into_iter().map(line).collect())
}

/// Attempts per request, goodput kept, and when the last request fails.
fn figures(data: &Data, seed: u64, policy: &str) -> [Option<crate::exp::simulated::Level>; 3] {
    [
        level(&amplification(data, policy), seed, "amplification", policy),
        level(&goodput_kept(data, policy, LATER_S), seed, "kept", policy),
        level(&recovery(data, policy), seed, "recovery", policy),
    ]
}

fn answer(data: &Data, seed: u64) -> String {
    let [attempts, kept, _] = figures(data, seed, NAIVE);
    let longest_s = values(&recovery(data, FULL)).into_iter().reduce(f64::max);
    let (Some((attempts, _)), Some((kept, _)), Some(longest_s)) = (attempts, kept, longest_s) else {
        return "No run had anything to compare.".into();
    };
    format!(
        "Naive retries make {} attempts of each request while the upstream is slow, and leave {} % of goodput a minute after it is well. \
         With budget and breaker the last request fails {} s after it is well, in the worst of {} runs.",
        number::significant(attempts, DIGITS),
        number::significant(100.0 * kept, DIGITS),
        number::significant(longest_s, DIGITS),
        data.seeds().len(),
    )
}

fn answer_of_load(data: &Data) -> String {
    let most = |samples: &[(u64, f64)]| values(samples).into_iter().reduce(f64::max);
    let least = |samples: &[(u64, f64)]| values(samples).into_iter().reduce(f64::min);
    let (Some(naive), Some(full)) = (most(&most_kept(data, NAIVE)), least(&least_kept(data, FULL))) else {
        return String::new();
    };
    let percent = |share: f64| number::significant(100.0 * share, DIGITS);
    format!(
        "A load that goes above capacity for a while and comes down again leaves naive retries {} % at most of the goodput that the same rate had before, and budget and breaker {} % at least.",
        percent(naive),
        percent(full)
    )
}

fn method_of_load(data: &Data) -> String {
    let of = |policy| {
        let steps = hysteresis::medians(data, policy);
        let offered = steps.iter().map(|step| number::significant(step.offered, DIGITS));
        offered.collect::<Vec<_>>().join(", ")
    };
    format!(
        "The scenario `hysteresis` from {} seeds: the same replicas and policies, nothing is broken, and the load is {} % of what the replicas can do, 20 seconds each. Looked at are the last \
         five seconds of a step; compared are the two steps of one rate, within the seed.",
        data.seeds().len(),
        of(PLAYED[0])
    )
}

fn table(data: &Data, seed: u64) -> Table {
    let mut table = Table::new(
        [
            "policy",
            "attempts per request while slow",
            "goodput a minute later, to before",
            "last request that fails, s after it is well",
        ]
        .map(Column::text),
    );
    for (policy, title) in POLICIES {
        let [attempts, kept, recovery] = figures(data, seed, policy);
        table = table.row([
            Cell::text(title),
            bracketed(attempts, 2),
            bracketed(kept, 2),
            bracketed(recovery, 1),
        ]);
    }
    table
}

fn method(data: &Data) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `retry-storm` from {} seeds. All five policies are played from each of them: 100 to 130 requests a second, evenly spaced, half of them POST; three \
             replicas with two servers each that are 65 to 75 % busy, and for ten seconds so slow that 130 to 150 % would be asked of them.",
            data.seeds().len()
        ),
        "An attempt is given up after 500 ms, a request after 2.5 s; work for which nobody waits any more is done all the same. A budget is a tenth of requests, and one retry a second; the \
         breaker opens where a fifth of at least ten attempts of a second fail, for half a second at first and two seconds at most."
            .into(),
        format!(
            "Before is from the start, later from {} to {} seconds after the upstream is well, in whole seconds. The last request that fails is told by when it was due.",
            LATER_S.0, LATER_S.1
        ),
        "On sockets all five policies are played at the same time, each with processes of its own, until 25 seconds after the upstream is well.".into(),
        "Claims are judged by the worst seed; intervals are bootstrapped over seeds.".into(),
    ]
}

const NOT_SHOWN: [&str; 3] = [
    "Clients that retry by themselves: these do not, and a gateway's budget does not bind them.",
    "Several gateways: there is one, so the budget is that of all there are.",
    "An upstream that slows down under load by itself: here work costs the same however much of it there is.",
];
