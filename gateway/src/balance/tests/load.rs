//! Kinds that look at load: least connections and the better of two.

use super::*;

/// What is picked of a fleet with these requests in flight, weights 1.
fn pick_one(kind: &Kind, in_flight: &[u64]) -> Option<usize> {
    let table = Table::of(in_flight.iter().map(|&in_flight| Row { in_flight, ..ROW }));
    table.balancer(kind, 0).pick(&table, None, &mut chance(1))
}

#[test]
fn least_connections_for_the_weight() {
    assert_eq!(pick_one(&Kind::LeastConn, &[3, 1, 2]), Some(1));
    let mut table = Table::weighted(&[1, 4, 1]);
    for (row, in_flight) in table.rows.iter_mut().zip([2, 7, 2]) {
        row.in_flight = in_flight;
    }
    let mut balancer = table.balancer(&Kind::LeastConn, 0);
    assert_eq!(balancer.pick(&table, None, &mut chance(1)), Some(1));
    table.rows[1].in_flight = 9;
    assert_eq!(balancer.pick(&table, None, &mut chance(1)), Some(0));
}

/// Nothing is in flight at a pick, as on a quiet upstream: shares are the weights'.
#[test]
fn an_idle_fleet_is_shared_by_weight() {
    let table = Table::weighted(&[5, 2, 1]);
    let mut balancer = table.balancer(&Kind::LeastConn, 0);
    let picks: Vec<usize> = (0..80)
        .filter_map(|_| balancer.pick(&table, None, &mut chance(1)))
        .collect();
    assert_eq!(counts(3, &picks), [50, 20, 10]);
}

/// Requests come and are held: in flight stays in proportion, and a replica in slow start is not flooded.
#[test]
fn held_requests_are_in_proportion() {
    for kind in [Kind::LeastConn, Kind::P2c { ewma: false }] {
        let mut table = Table::weighted(&[4, 2, 1, 1]);
        table.rows[3].share = SHARE_FULL / 10;
        let mut balancer = table.balancer(&kind, 0);
        let mut chance = chance(7);
        for _ in 0..710 {
            let picked = balancer.pick(&table, None, &mut chance).unwrap();
            table.rows[picked].in_flight += 1;
        }
        for (row, due) in table.rows.iter().zip([400, 200, 100, 10]) {
            let off = row.in_flight.abs_diff(due);
            let is_even = if kind == Kind::LeastConn {
                off <= 1
            } else {
                off * 10 <= due + 40
            };
            assert!(is_even, "{kind}: {table:?}");
        }
    }
}

#[test]
fn of_two_the_less_loaded_and_never_one_alone() {
    for count in 2..=5 {
        let mut loads = vec![9; count];
        loads[1] = 0;
        // the most loaded is never picked: it would have to be drawn against itself
        loads[0] = 10;
        let table = Table::of(loads.iter().map(|&in_flight| Row { in_flight, ..ROW }));
        let mut balancer = table.balancer(&Kind::P2c { ewma: false }, 0);
        let mut chance = chance(count as u64);
        const PICKS: usize = 20_000;
        let picks: Vec<usize> = (0..PICKS)
            .filter_map(|_| balancer.pick(&table, None, &mut chance))
            .collect();
        let counts = counts(count, &picks);
        assert_eq!(counts[0], 0);
        // the least loaded is picked whenever it is drawn: 2 of `count`
        let expected = 2.0 * PICKS as f64 / count as f64;
        assert!(
            (counts[1] as f64 - expected).abs() < 0.03 * PICKS as f64,
            "{counts:?}"
        );
    }
}

/// The effect that the kind is named for: far more even than random on the same number of requests.
#[test]
fn two_choices_are_far_more_even_than_one() {
    let spread = |kind: &Kind| {
        let mut table = Table::weighted(&[1; 32]);
        let mut balancer = table.balancer(kind, 0);
        let mut chance = chance(11);
        for _ in 0..32 * 100 {
            let picked = balancer.pick(&table, None, &mut chance).unwrap();
            table.rows[picked].in_flight += 1;
        }
        table.rows.iter().map(|row| row.in_flight).max().unwrap() - 100
    };
    let (two, one) = (spread(&Kind::P2c { ewma: false }), spread(&Kind::Random));
    assert!(two <= 4 && one >= 3 * two, "{two} and {one} above the mean");
}

#[test]
fn latency_counts_only_where_it_is_asked_for() {
    let mut table = Table::of([
        Row {
            latency_us: 50_000,
            ..ROW
        },
        Row {
            latency_us: 5_000,
            in_flight: 3,
            ..ROW
        },
    ]);
    let pick = |table: &Table, ewma| {
        table
            .balancer(&Kind::P2c { ewma }, 0)
            .pick(table, None, &mut chance(1))
    };
    assert_eq!((pick(&table, true), pick(&table, false)), (Some(1), Some(0)));
    table.rows[1].in_flight = 10;
    assert_eq!(pick(&table, true), Some(0));
    // of which nothing is known: one to learn from, and no more before it has told
    table.rows[1] = ROW;
    assert_eq!(pick(&table, true), Some(1));
    table.rows[1].in_flight = 1;
    assert_eq!(pick(&table, true), Some(0));
}
