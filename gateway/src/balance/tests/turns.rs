//! Kinds that go in turn: round-robin, smooth weighted round-robin; and random by weight, whose turns are chance.

use super::*;
use proptest::prelude::*;

fn picks(balancer: &mut Balancer, table: &Table, count: usize) -> Vec<usize> {
    let mut chance = chance(1);
    (0..count)
        .filter_map(|_| balancer.pick(table, None, &mut chance))
        .collect()
}

#[test]
fn turns_go_round_from_the_start_given() {
    let table = Table::weighted(&[1, 1, 1]);
    for kind in [Kind::RoundRobin, Kind::Weighted, Kind::LeastConn] {
        let mut balancer = table.balancer(&kind, 5);
        assert_eq!(picks(&mut balancer, &table, 7), [2, 0, 1, 2, 0, 1, 2], "{kind}");
    }
}

/// The sequence that nginx's documentation of the algorithm gives.
#[test]
fn a_heavy_replicas_turns_are_spread() {
    let table = Table::weighted(&[5, 1, 1]);
    let mut balancer = table.balancer(&Kind::Weighted, 0);
    assert_eq!(
        picks(&mut balancer, &table, 14),
        [0, 0, 1, 0, 2, 0, 0, 0, 0, 1, 0, 2, 0, 0]
    );
}

#[test]
fn a_retry_goes_to_the_next_replica_and_takes_no_first_turn() {
    for kind in [Kind::RoundRobin, Kind::Weighted] {
        let mut table = Table::weighted(&[1, 1, 1]);
        let mut balancer = table.balancer(&kind, 0);
        for expected in [[0, 1], [1, 0], [2, 1]] {
            let first = picks(&mut balancer, &table, 1)[0];
            (table.retry, table.rows[first].open) = (true, false);
            let second = picks(&mut balancer, &table, 1)[0];
            (table.retry, table.rows[first].open) = (false, true);
            assert_eq!(first, expected[0], "{kind}");
            assert!(second != first, "{kind}");
        }
    }
}

proptest! {
    /// Over any window of picks no replica is ahead of another by more than one.
    #[test]
    fn round_robin_is_even_over_any_window(count in 1usize..=64, start: u32, picked in 1usize..300, from in 0usize..300) {
        let table = Table::weighted(&vec![1; count]);
        let picks = picks(&mut table.balancer(&Kind::RoundRobin, start as usize), &table, picked);
        let counts = counts(count, &picks[from.min(picks.len())..]);
        let (least, most) = (counts.iter().min().unwrap(), counts.iter().max().unwrap());
        prop_assert!(most - least <= 1, "{least} to {most}");
    }

    /// In a cycle of as many picks as the weights add up to, from wherever it begins, each has exactly its weight.
    #[test]
    fn smooth_weighted_round_robin_is_exact_over_a_cycle(
        weights in prop::collection::vec(1u32..=20, 1..=64), start: u32, from in 0usize..500,
    ) {
        let table = Table::weighted(&weights);
        let cycle: usize = weights.iter().map(|&weight| weight as usize).sum();
        let picks = picks(&mut table.balancer(&Kind::Weighted, start as usize), &table, from + cycle);
        let expected: Vec<usize> = weights.iter().map(|&weight| weight as usize).collect();
        prop_assert_eq!(counts(weights.len(), &picks[from..]), expected);
    }
}

#[test]
fn random_is_by_weight_and_by_nothing_else() {
    const PICKS: usize = 80_000;
    let table = Table::weighted(&[5, 2, 1]);
    let picks = picks(&mut table.balancer(&Kind::Random, 0), &table, PICKS);
    for (count, weight) in counts(3, &picks).into_iter().zip([5.0, 2.0, 1.0]) {
        let share = count as f64 / PICKS as f64;
        // some four standard deviations
        assert!((share - weight / 8.0).abs() < 0.007, "{share} of {weight}/8");
    }
    let repeats = picks.windows(2).filter(|pair| pair[0] == pair[1]).count() as f64;
    // 25/64 + 4/64 + 1/64: no pick knows of the one before
    assert!((repeats / PICKS as f64 - 30.0 / 64.0).abs() < 0.01, "{repeats}");
}
