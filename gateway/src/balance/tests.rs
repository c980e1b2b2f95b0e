//! Evenness and exclusion, for any number of replicas and any history of picks.

use proptest::prelude::*;

use super::{Balancer, Kind, REPLICAS_MAX, Tried};

/// The replicas of a bit mask.
fn tried(mask: u64) -> Tried {
    (0..REPLICAS_MAX)
        .filter(|replica| mask >> replica & 1 == 1)
        .fold(Tried::NONE, Tried::with)
}

#[test]
fn tried_is_a_set_of_replicas() {
    let mut set = Tried::NONE;
    assert!(set.is_empty());
    for replica in [0, 5, 63, 5] {
        set.insert(replica);
    }
    assert_eq!(
        (0..70)
            .filter(|&replica| set.contains(replica))
            .collect::<Vec<_>>(),
        [0, 5, 63]
    );
    assert_eq!(set.count(), 3);
    // beyond the bound nothing is kept and nothing panics
    assert_eq!(set.with(64).with(usize::MAX), set);
}

#[test]
fn turns_go_round_from_the_start_given() {
    let balancer = Balancer::new(Kind::RoundRobin, 5);
    let picks: Vec<_> = (0..7).map(|_| balancer.pick(3, Tried::NONE)).collect();
    assert_eq!(picks, [2, 0, 1, 2, 0, 1, 2].map(Some));
}

#[test]
fn a_retry_goes_to_the_next_replica() {
    let balancer = Balancer::new(Kind::RoundRobin, 0);
    let mut tried = Tried::NONE;
    for expected in [Some(0), Some(1), Some(2), None, None] {
        let picked = balancer.pick(3, tried);
        assert_eq!(picked, expected);
        if let Some(replica) = picked {
            tried.insert(replica);
        }
    }
}

#[test]
fn no_candidates_no_pick() {
    assert_eq!(Balancer::new(Kind::RoundRobin, 7).pick(0, Tried::NONE), None);
}

#[test]
fn two_threads_share_the_turns_evenly() {
    const PICKS: usize = 3_000;
    let balancer = Balancer::new(Kind::RoundRobin, 0);
    let pick = || {
        (0..PICKS)
            .filter_map(|_| balancer.pick(3, Tried::NONE))
            .collect::<Vec<_>>()
    };
    let picks = std::thread::scope(|scope| {
        let other = scope.spawn(pick);
        [pick(), other.join().unwrap()].concat()
    });
    let counts = [0, 1, 2].map(|replica| picks.iter().filter(|&&picked| picked == replica).count());
    assert_eq!(counts, [2 * PICKS / 3; 3]);
}

proptest! {
    /// Over any window of picks no replica is ahead of another by more than one.
    #[test]
    fn even_over_any_window(candidates in 1usize..=64, start: u32, picks in 1usize..300, from in 0usize..300) {
        let balancer = Balancer::new(Kind::RoundRobin, start);
        let picks: Vec<usize> = (0..picks).filter_map(|_| balancer.pick(candidates, Tried::NONE)).collect();
        let window = &picks[from.min(picks.len())..];
        let count = |replica| window.iter().filter(|&&picked| picked == replica).count();
        let (least, most) = (0..candidates).map(count).fold((usize::MAX, 0), |(a, b), n| (a.min(n), b.max(n)));
        prop_assert!(most - least <= 1, "{least} to {most}");
    }

    /// Whatever came before, and also when a reload changes how many there are: a pick is a candidate,
    /// has not been tried, and is missing only when every candidate has been.
    #[test]
    fn never_what_was_tried(start: u32, picks in prop::collection::vec((0usize..=70, any::<u64>(), any::<u64>()), 1..50)) {
        let balancer = Balancer::new(Kind::RoundRobin, start);
        for (candidates, a, b) in picks {
            let tried = tried(a & b);
            match balancer.pick(candidates, tried) {
                Some(picked) => prop_assert!(picked < candidates && !tried.contains(picked)),
                None => prop_assert!((0..candidates.min(REPLICAS_MAX)).all(|replica| tried.contains(replica))),
            }
        }
    }
}
