//! The ring: who moves when a replica goes, whose share is what, and bounded load.

use super::*;
use crate::balance::{hash, ring::Ring};
use proptest::prelude::*;

const KEYS: u64 = 6_000;

fn keys() -> impl Iterator<Item = u64> {
    (0..KEYS).map(|key| hash(format!("user-{key}").as_bytes()))
}

/// Where each key goes.
fn owners(table: &Table) -> Vec<usize> {
    let mut balancer = table.balancer(&ring(None), 0);
    keys()
        .filter_map(|key| balancer.pick(table, Some(key), &mut chance(1)))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// A replica that goes takes at most 1/n + ε of the keys along, no other key moves, and all come back with it.
    #[test]
    fn only_the_keys_of_a_replica_that_goes_move(count in 2usize..=24, gone in 0usize..24) {
        let gone = gone % count;
        let mut table = Table::weighted(&vec![1; count]);
        let before = owners(&table);
        table.rows[gone].open = false;
        let after = owners(&table);
        let mut moved = 0.0;
        for (before, after) in before.iter().zip(&after) {
            prop_assert!(*after != gone);
            prop_assert!(before == after || *before == gone);
            moved += f64::from(u8::from(before != after)) / KEYS as f64;
        }
        // four standard deviations of a share of 160 points, and of this many keys
        let due = 1.0 / count as f64;
        prop_assert!(moved <= due * 1.45, "{moved} of the keys, {due} are due");
        table.rows[gone].open = true;
        prop_assert_eq!(owners(&table), before);
    }

    /// The same when it is taken out of the config, which numbers the others anew.
    #[test]
    fn a_place_on_the_ring_is_the_addresses_own(count in 2usize..=16, gone in 0usize..16) {
        let gone = gone % count;
        let names: Vec<String> = (0..count).map(name).collect();
        let pick = |names: &[&str]| -> Vec<String> {
            let ring = Ring::new(names.iter().map(|&name| (name, 2)), None);
            let table = Table::weighted(&vec![2; names.len()]);
            keys().filter_map(|key| ring.pick(&table, Some(key), &mut chance(1)))
                .map(|picked| names[picked].to_owned()).collect()
        };
        let all: Vec<&str> = names.iter().map(String::as_str).collect();
        let mut left = all.clone();
        left.remove(gone);
        left.reverse();
        for (before, after) in pick(&all).iter().zip(pick(&left)) {
            prop_assert!(*before == after || *before == names[gone]);
        }
    }

    /// No replica is ever sent a request that brings it above its bound, whatever is held, finished, opened and closed.
    #[test]
    fn bounded_load_is_never_exceeded(
        rows in prop::collection::vec((1u32..=3, any::<bool>(), 100u64..=SHARE_FULL), 1..=12),
        thousandths in 1_050u32..3_000,
        steps in prop::collection::vec((0u64..40, any::<u64>(), 0usize..64), 1..200),
    ) {
        let rows = rows.into_iter().map(|(weight, open, share)| Row { weight, open, share, ..ROW });
        let mut table = Table::of(rows);
        let factor = f64::from(thousandths) / 1_000.0;
        let mut balancer = table.balancer(&ring(Some(factor)), 0);
        for (key, mask, touched) in steps {
            let touched = touched % table.rows.len();
            if mask % 4 == 0 {
                table.rows[touched].open ^= true;
            } else if mask % 4 == 1 {
                table.rows[touched].in_flight /= 2;
            }
            // few keys, so that some are hot
            let Some(picked) = balancer.pick(&table, Some(hash(&key.to_le_bytes())), &mut chance(1)) else {
                prop_assert!(table.is_closed());
                continue;
            };
            let open = || (0..table.len()).filter(|&replica| table.is_open(replica));
            let load: u64 = open().map(|replica| table.in_flight(replica)).sum::<u64>() + 1;
            let weight: u64 = open().map(|replica| table.weight(replica)).sum();
            let due = factor * load as f64 * table.weight(picked) as f64 / weight as f64;
            table.rows[picked].in_flight += 1;
            prop_assert!(table.in_flight(picked) as f64 <= due.ceil() + 1e-6, "{} above {due}", table.in_flight(picked));
        }
    }
}

#[test]
fn shares_are_the_weights() {
    let table = Table::weighted(&[4, 2, 1, 1]);
    let counts = counts(4, &owners(&table));
    for (count, weight) in counts.iter().zip([4.0, 2.0, 1.0, 1.0]) {
        let share = *count as f64 * 8.0 / KEYS as f64 / weight;
        assert!((0.7..1.3).contains(&share), "{counts:?}");
    }
}

#[test]
fn a_key_that_is_hot_spills_over_and_the_rest_stay() {
    let mut table = Table::weighted(&[1, 1, 1, 1]);
    let mut balancer = table.balancer(&ring(Some(1.25)), 0);
    for _ in 0..1_000 {
        let picked = balancer.pick(&table, Some(42), &mut chance(1)).unwrap();
        table.rows[picked].in_flight += 1;
    }
    let held: Vec<u64> = table.rows.iter().map(|row| row.in_flight).collect();
    assert!(
        held.iter().all(|&held| held <= 313) && held.contains(&313),
        "{held:?}"
    );
}

/// Slow start on a ring: of a replica's keys a share comes back, each at its own time, and none goes away again.
#[test]
fn keys_come_back_one_by_one() {
    let mut table = Table::weighted(&[1, 1, 1]);
    let all = owners(&table);
    let total = all.iter().filter(|&&owner| owner == 1).count() as f64;
    let mut back: Vec<bool> = vec![false; all.len()];
    for share in [100, 250, 500, 900, SHARE_FULL] {
        table.rows[1].share = share;
        let now = owners(&table);
        for (key, (now, owner)) in now.iter().zip(&all).enumerate() {
            assert!(now == owner || *owner == 1);
            assert!(!back[key] || *now == 1, "key {key} went away again");
            back[key] = *now == 1;
        }
        let share_back = back.iter().filter(|&&is_back| is_back).count() as f64 / total;
        assert!(
            (share_back - share as f64 / 1_000.0).abs() < 0.03,
            "{share_back} at {share}"
        );
    }
}

#[test]
fn without_a_key_a_request_goes_by_chance() {
    let table = Table::weighted(&[1, 1, 1]);
    let mut balancer = table.balancer(&ring(None), 0);
    let mut chance = chance(5);
    let picks: Vec<usize> = (0..3_000)
        .filter_map(|_| balancer.pick(&table, None, &mut chance))
        .collect();
    assert!(
        counts(3, &picks).iter().all(|&count| count > 600),
        "{:?}",
        counts(3, &picks)
    );
}
