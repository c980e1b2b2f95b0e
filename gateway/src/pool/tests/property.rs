//! Whatever two workers do: no bound is exceeded, nothing leaks, and nobody waits for what is there.

use super::bench::{Asked, Bench, Dial, REPLICAS, WORKERS};
use proptest::prelude::*;
use std::time::Duration;

const IN_FLIGHT_MAX: usize = 7;
const PENDING_MAX: usize = 4;

#[derive(Debug, Clone)]
enum Op {
    Ask {
        worker: usize,
        replica: usize,
    },
    /// The n-th of the requests there are.
    Finish(usize),
    Cancel(usize),
    Dials(Dial),
    HangUp,
    Pass(u64),
    Sweep(usize),
    /// With another `connections_max`.
    Reload(usize),
}

fn op() -> impl Strategy<Value = Op> {
    let dial = prop::sample::select(vec![Dial::Connects, Dial::Connects, Dial::Fails, Dial::Hangs]);
    prop_oneof![
        8 => (0..WORKERS, 0..REPLICAS).prop_map(|(worker, replica)| Op::Ask { worker, replica }),
        6 => any::<usize>().prop_map(Op::Finish),
        4 => any::<usize>().prop_map(Op::Cancel),
        2 => dial.prop_map(Op::Dials),
        1 => Just(Op::HangUp),
        2 => prop::sample::select(vec![1, 20, 600, 1_000]).prop_map(Op::Pass),
        1 => (0..WORKERS).prop_map(Op::Sweep),
        1 => (1usize..5).prop_map(Op::Reload),
    ]
}

fn pool(connections_max: usize) -> String {
    // a worker keeps half of the idle ones
    let idle_max = connections_max.min(3);
    format!(
        "connections_max: {connections_max}, idle_max: {idle_max}, in_flight_max: {IN_FLIGHT_MAX}, \
         pending_max: {PENDING_MAX}, pending_timeout: 700ms, connect_timeout: 500ms, \
         requests_max: 4, age_max: 2s"
    )
}

/// Of a bench, what is judged after each step.
fn check(bench: &Bench, asked: &[Asked], limit: usize, held_before: usize) -> Result<(), TestCaseError> {
    let (held, waiting) = (bench.state.slots.held(), bench.state.slots.waiting());
    let under_way = asked
        .iter()
        .filter(|asked| asked.answered() != Some(false))
        .count();
    // what a lowered limit leaves is given back, and nothing comes to it
    prop_assert!(held <= limit.max(held_before), "{held} connections of {limit}");
    prop_assert_eq!(held, bench.net.open.get(), "a slot for each connection");
    prop_assert_eq!(bench.state.in_flight.held(), under_way);
    prop_assert!(under_way <= IN_FLIGHT_MAX);
    prop_assert!(waiting <= PENDING_MAX);
    let in_use = asked
        .iter()
        .filter(|asked| asked.answered() == Some(true))
        .count();
    prop_assert!(in_use + bench.idle() <= held);
    if waiting > 0 {
        prop_assert!(held >= limit, "{waiting} wait, and {held} of {limit} are taken");
        prop_assert_eq!(bench.idle(), 0, "some wait, and some connections are idle");
    }
    Ok(())
}

async fn play(mut bench: Bench, mut limit: usize, ops: Vec<Op>) -> Result<(), TestCaseError> {
    let mut asked: Vec<Asked> = Vec::new();
    for op in ops {
        let held = bench.state.slots.held();
        match op {
            Op::Ask { worker, replica } => asked.push(bench.ask(worker, replica).await),
            Op::Finish(n) if !asked.is_empty() => {
                let nth = n % asked.len();
                // one without an answer goes on
                if asked[nth].answered().is_some() {
                    bench.finish(asked.remove(nth)).await;
                }
            }
            Op::Cancel(n) if !asked.is_empty() => bench.cancel(asked.remove(n % asked.len())).await,
            Op::Finish(_) | Op::Cancel(_) => {}
            Op::Dials(dial) => bench.net.dial.set(dial),
            Op::HangUp => bench.hang_up().await,
            Op::Pass(ms) => bench.pass(Duration::from_millis(ms)).await,
            Op::Sweep(worker) => {
                bench.pools[worker].sweep(tokio::time::Instant::now());
                bench.settle().await;
            }
            Op::Reload(connections_max) => {
                limit = connections_max;
                bench.reload(&pool(limit));
                bench.settle().await;
            }
        }
        check(&bench, &asked, limit, held)?;
    }
    // who waits is served or ends in time
    bench.pass(Duration::from_secs(2)).await;
    prop_assert_eq!(bench.state.slots.waiting(), 0);
    for asked in asked {
        prop_assert!(asked.answered().is_some());
        bench.cancel(asked).await;
    }
    prop_assert_eq!(bench.state.in_flight.held(), 0);
    prop_assert_eq!(bench.state.slots.held(), bench.idle());
    bench.reload(&pool(limit));
    prop_assert_eq!((bench.state.slots.held(), bench.net.open.get()), (0, 0));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn bounds_hold_and_nothing_leaks(limit in 1usize..5, ops in prop::collection::vec(op(), 1..60)) {
        let mut result = Ok(());
        Bench::run(&pool(limit), async |bench| result = play(bench, limit, ops).await);
        result?;
    }
}
