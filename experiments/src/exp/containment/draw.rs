//! The page of `containment`, and the lines for the terminal.

use super::figures::{Figure, added, level, most_in_hand, opened, opens_after, refused};
use super::{
    BREAKER, BULKHEAD, CATALOG, NONE, PAYMENTS, QUESTION, SLOW, VARIANTS, WELL, on_sockets, pictures,
};
use crate::exp::simulated::{Data, bracketed, values};
use crate::exp::sockets::Sockets;
use crate::failure::Failure;
use crate::report::{self, Source};
use crate::stats::median;
use charts::{Cell, Column, Page, Table, number};

const DIGITS: usize = 3;

pub(super) fn draw(source: &Source) -> Result<Page, Failure> {
    let data = Data::read(&source.directory)?;
    let seed = source.run.seed;
    let page = report::begin(source, QUESTION, &answer(&data, seed))
        .section("What clients see")
        .figure(pictures::over_time(&data)?)
        .figure(pictures::waits(&data, seed)?)
        .table(
            table(&data, seed),
            "Median over seeds and its 95 % interval; added is to nobody sick, within the seed.",
        );
    let page = on_sockets::drawn(page, &data, &Sockets::read(&source.directory)?)?
        .section("How it was measured")
        .list(method(&data))
        .section("What was not shown")
        .list(not_shown(&data));
    report::finish(page, source)
}

pub(super) fn terminal(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let of = |variant: &str, ask, figure| {
        let found = level(&data, source.run.seed, variant, ask, figure);
        found.map_or("–".into(), |(value, _)| number::significant(value, DIGITS))
    };
    let line = |(variant, title): (&str, &str)| {
        format!(
            "{title}: p99 of catalog {} ms, of payments {} ms; errors {} % and {} %",
            of(variant, CATALOG, Figure::P99),
            of(variant, PAYMENTS, Figure::P99),
            of(variant, CATALOG, Figure::Errors),
            of(variant, PAYMENTS, Figure::Errors),
        )
    };
    Ok(VARIANTS.into_iter().map(line).collect())
}

fn answer(data: &Data, seed: u64) -> String {
    let p99 = |variant| Some(added(data, seed, variant, CATALOG, Figure::P99)?.0);
    let (opened, slow) = (values(&opened(data, BREAKER)), values(&opened(data, SLOW)));
    let (Some(with), Some(without)) = (p99(BREAKER), p99(NONE)) else {
        return "No run had anything to compare.".into();
    };
    let [with, without] = [with, without].map(|ms| number::significant(ms, DIGITS));
    let mut answer = format!(
        "A sick `payments` adds {with} ms to the p99 of `catalog` with a breaker, and {without} ms without one."
    );
    if let (Some(typical), Some(latest)) = (median(&opened), opened.iter().copied().reduce(f64::max)) {
        answer.push_str(&format!(
            " Its breakers are open {} s after it fell sick, as a median of {} runs, and {} s in the worst of them.",
            number::significant(typical, DIGITS),
            opened.len(),
            number::significant(latest, DIGITS),
        ));
    }
    if let Some(latest) = slow.into_iter().reduce(f64::max) {
        answer.push_str(&format!(
            " Where slow answers count too, the worst run has them open {} s after it.",
            number::significant(latest, DIGITS)
        ));
    }
    answer
}

fn table(data: &Data, seed: u64) -> Table {
    let columns = [
        "variant",
        "catalog: p99, ms",
        "added, ms",
        "catalog: errors, %",
        "payments: p99, ms",
        "payments: errors, %",
        "refused, requests",
        "breaker open after, s",
    ];
    let mut table = Table::new(columns.map(Column::text));
    for (variant, title) in VARIANTS {
        let of = |ask, figure| level(data, seed, variant, ask, figure);
        let added = match variant {
            WELL => Cell::missing(),
            _ => bracketed(added(data, seed, variant, CATALOG, Figure::P99), 2),
        };
        table = table.row([
            Cell::text(title),
            bracketed(of(CATALOG, Figure::P99), 1),
            added,
            bracketed(of(CATALOG, Figure::Errors), 2),
            bracketed(of(PAYMENTS, Figure::P99), 1),
            bracketed(of(PAYMENTS, Figure::Errors), 1),
            median_cell(&values(&refused(data, variant))),
            bracketed(opens_after(data, seed, variant), 2),
        ]);
    }
    table
}

fn median_cell(counts: &[f64]) -> Cell {
    median(counts).map_or_else(Cell::missing, |count| Cell::text(number::fixed(count, 0)))
}

fn method(data: &Data) -> Vec<String> {
    vec![
        format!(
            "The simulator's scenario `containment` from {} seeds. All variants are played from each of them, with the same arrivals (Poisson, 120 to 160 a second, half for \
             each upstream); compared are the nine seconds in which all know that `payments` is sick.",
            data.seeds().len()
        ),
        "Sick is 200 ms for each request, and 503 for three of ten. The breaker opens where a fifth of at least ten attempts of a second fail, for half a second at first and two seconds at \
             most, and wants five good probes. It is one for both replicas. Where slow answers count, it opens as well where a fifth of them take 100 ms or longer, which no normal one does. With 16 in \
             flight there is no breaker."
            .into(),
        "Errors are all requests that get no 2xx, those that a breaker refuses among them.".into(),
        "Intervals are bootstrapped over seeds, not over requests.".into(),
    ]
}

fn not_shown(data: &Data) -> Vec<String> {
    let most =
        |variant| most_in_hand(data, variant).map_or("–".into(), |most| number::fixed(most as f64, 0));
    vec![
        "Neighbours that share a CPU: the simulator has none, so what a sick upstream costs the gateway in work is not seen.".into(),
        format!(
            "A bulkhead that is full beside a breaker: there the bound is 1 000 requests in flight, and no replica of `payments` had more than {} in hand. Where it is 16, one had {}.",
            most(BREAKER),
            most(BULKHEAD),
        ),
        "An upstream that answers nothing at all: timeouts are the scenario `slow-upstream`'s.".into(),
    ]
}
