//! What holds for all kinds: only open replicas are picked, one is found whenever there is one, and a seed is a run.

use super::*;
use proptest::prelude::*;

fn row() -> impl Strategy<Value = Row> {
    let load = (0u64..200, prop_oneof![Just(0u64), 1u64..5_000_000]);
    (any::<bool>(), 1u32..=3, 100u64..=SHARE_FULL, load).prop_map(|(open, weight, share, load)| Row {
        open,
        weight,
        share,
        in_flight: load.0,
        latency_us: load.1,
    })
}

/// A fleet, and how it is at each pick: what opens and closes, and whether the pick is a retry.
type History = (Vec<Row>, Vec<(u64, bool, Option<u64>)>);

fn history() -> impl Strategy<Value = History> {
    let picks = prop::collection::vec((any::<u64>(), any::<bool>(), any::<Option<u64>>()), 1..40);
    (prop::collection::vec(row(), 0..=9), picks)
}

/// The fleet at each pick, and what is picked.
fn run(kind: &Kind, (rows, steps): &History, seed: u64) -> Vec<(Table, Option<usize>)> {
    let mut table = Table::of(rows.iter().copied());
    let mut balancer = table.balancer(kind, seed as usize);
    let mut chance = chance(seed);
    let step = |&(toggled, retry, key): &(u64, bool, Option<u64>)| {
        for (replica, row) in table.rows.iter_mut().enumerate() {
            row.open ^= toggled >> replica & 1 == 1;
        }
        table.retry = retry;
        let picked = balancer.pick(&table, key, &mut chance);
        picked.inspect(|&picked| table.rows[picked].in_flight += 1);
        (table.clone(), picked)
    };
    steps.iter().map(step).collect()
}

proptest! {
    // each case builds two rings
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_pick_is_open_and_is_missing_only_when_nothing_is(history in history(), seed: u64) {
        for kind in kinds() {
            for (table, picked) in run(&kind, &history, seed) {
                match picked {
                    Some(picked) => prop_assert!(table.is_open(picked), "{kind:?} picked {picked}"),
                    None => prop_assert!(table.is_closed(), "{kind:?} found none"),
                }
            }
        }
    }

    #[test]
    fn the_same_seed_and_history_give_the_same_picks(history in history(), seed: u64) {
        for kind in kinds() {
            let picks = || run(&kind, &history, seed).into_iter().map(|(_, picked)| picked).collect::<Vec<_>>();
            prop_assert_eq!(picks(), picks());
        }
    }
}

#[test]
fn a_replica_in_slow_start_gets_its_share_of_its_due() {
    const PICKS: usize = 20_000;
    let mut table = Table::weighted(&[1, 1, 1, 1]);
    table.rows[2].share = SHARE_FULL / 4;
    let due = PICKS as f64 / 13.0;
    for kind in kinds() {
        if matches!(kind, Kind::P2c { .. } | Kind::LeastConn) {
            continue; // by load: see load.rs
        }
        let mut chance = chance(3);
        let names: Vec<String> = (0..4).map(name).collect();
        let members = names.iter().map(|identity| Member { identity, weight: 1 });
        let mut balancer = Balancer::new(&kind, members, 1, true);
        let picks: Vec<usize> = (0..PICKS)
            .filter_map(|_| balancer.pick(&table, None, &mut chance))
            .collect();
        let slow = counts(4, &picks)[2] as f64;
        // a ring's arcs are only roughly equal: four standard deviations of 8 %
        let tolerance = if kind.hash_key().is_some() { 0.32 } else { 0.05 };
        assert!((slow / due - 1.0).abs() < tolerance, "{kind:?}: {slow} of {due}");
    }
}

/// The last bit of every set and the last owner of a ring are used too.
#[test]
fn as_many_replicas_as_there_may_be() {
    for kind in kinds() {
        let mut table = Table::of([Row { open: false, ..ROW }; REPLICAS_MAX]);
        let mut balancer = table.balancer(&kind, 0);
        assert_eq!(balancer.pick(&table, Some(1), &mut chance(1)), None, "{kind:?}");
        table.rows[REPLICAS_MAX - 1].open = true;
        assert_eq!(
            balancer.pick(&table, Some(1), &mut chance(1)),
            Some(63),
            "{kind:?}"
        );
    }
}
