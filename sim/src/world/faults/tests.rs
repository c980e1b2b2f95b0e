//! Rules of the derived state, one by one, and that it is a function of the multiset of what is active.

use super::super::links::LinkState::{Cut, Held, Open};
use super::*;
use proptest::prelude::*;

const HOSTS: u64 = 4;

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

fn laid(faults: &[Fault]) -> Active {
    let mut active = Active::default();
    for fault in faults {
        assert!(active.push(*fault, 0));
    }
    active
}

/// Everything that can be derived, over all hosts, links and some ticks.
fn derived(active: &Active) -> Vec<String> {
    let mut all = vec![format!("{} {}", active.fragments(), active.has_slow())];
    for host in 1..=HOSTS {
        let stops: Vec<_> = (20..40).map(|tick| active.is_stopped(host, tick)).collect();
        let (down, offset) = (active.is_down(host), active.clock_offset_us(host));
        all.push(format!("{host}: {down} {offset} {stops:?}"));
        for high in host + 1..=HOSTS {
            let latency = active.link_latency(host, high, (ms(1), ms(2)));
            all.push(format!(
                "{host}-{high}: {:?} {latency:?}",
                active.link(host, high)
            ));
        }
    }
    all
}

#[test]
fn rules_of_a_link() {
    let check = |faults: &[Fault], state| {
        let active = laid(faults);
        assert_eq!(active.link(1, 2), state, "{faults:?}");
        assert_eq!(active.link(3, 4), [Open; 2], "other links are untouched");
    };
    let cut = |from, to| Fault::OneWay { from, to };
    let hold = Fault::on_link(LinkFault::Hold, 2, 1);
    let partition = Fault::on_link(LinkFault::Partition, 2, 1);
    check(&[], [Open; 2]);
    check(&[cut(1, 2)], [Cut, Open]);
    check(&[cut(2, 1)], [Open, Cut]);
    check(&[cut(2, 1), cut(1, 2)], [Cut; 2]);
    check(&[cut(2, 1), hold], [Held; 2]);
    check(&[hold, cut(2, 1), partition], [Cut; 2]);
    check(&[hold, Fault::PowerLoss(2)], [Cut; 2]);
    check(&[Fault::Crash(1), Fault::Stop(2)], [Open; 2]);
}

#[test]
fn each_fault_ends_on_its_own() {
    let mut active = laid(&[Fault::Crash(1), Fault::PowerLoss(1), Fault::Crash(1)]);
    for fault in [Fault::Crash(1), Fault::PowerLoss(1), Fault::Crash(1)] {
        assert!(active.is_down(1), "before {fault:?} is lifted");
        assert!(active.pop(fault));
    }
    assert!(!active.is_down(1));
    assert!(!active.pop(Fault::Crash(1)), "nothing to lift");
}

#[test]
fn slow_host_alternates_from_its_begin() {
    let mut active = Active::default();
    let (host, run, stop) = (1, 2, 3);
    assert!(active.push(Fault::Slow { host, run, stop }, 7));
    let stops: String = (7..19)
        .map(|tick| if active.is_stopped(1, tick) { 's' } else { 'r' })
        .collect();
    assert_eq!(stops, "rrsssrrsssrr");
    assert!((7..19).all(|tick| !active.is_stopped(2, tick)));
}

#[test]
fn latencies_take_the_greatest_and_offsets_add_up() {
    let active = laid(&[
        Fault::latency(2, 1, (ms(5), ms(6))),
        Fault::latency(1, 2, (ms(0), ms(9))),
        Fault::Clock {
            host: 1,
            offset_us: 7,
        },
        Fault::Clock {
            host: 1,
            offset_us: -9,
        },
    ]);
    assert_eq!(active.link_latency(1, 2, (ms(1), ms(2))), (ms(5), ms(9)));
    assert_eq!(active.link_latency(1, 3, (ms(1), ms(2))), (ms(1), ms(2)));
    assert_eq!((active.clock_offset_us(1), active.clock_offset_us(2)), (-2, 0));
}

#[test]
fn active_faults_are_bounded() {
    let mut active = laid(&vec![Fault::Fragment; FAULTS_MAX]);
    assert!(!active.push(Fault::Crash(1), 0));
    assert!(!active.is_down(1));
}

fn any_fault() -> impl Strategy<Value = Fault> {
    let host = || 1..=HOSTS;
    let pair = || (1..=HOSTS, 1..HOSTS).prop_map(|(a, b)| (a, if b >= a { b + 1 } else { b }));
    let links = [LinkFault::Partition, LinkFault::OneWay, LinkFault::Hold];
    prop_oneof![
        host().prop_map(Fault::Crash),
        host().prop_map(Fault::PowerLoss),
        host().prop_map(Fault::Stop),
        (host(), 0..4_u64, 1..4_u64).prop_map(|(host, run, stop)| Fault::Slow { host, run, stop }),
        (host(), any::<i64>()).prop_map(|(host, offset_us)| Fault::Clock { host, offset_us }),
        (0..3_usize, pair()).prop_map(move |(which, (a, b))| Fault::on_link(links[which], a, b)),
        (pair(), 0..9_u64, 0..9_u64).prop_map(|((a, b), min, more)| Fault::latency(
            a,
            b,
            (ms(min), ms(min + more))
        )),
        Just(Fault::Fragment),
    ]
}

proptest! {
    #[test]
    fn state_is_a_function_of_the_multiset(
        faults in prop::collection::vec((any_fault(), 0..20_u64, any::<u32>()), 0..12),
        gone in prop::collection::vec(any_fault(), 0..12),
    ) {
        let mut straight = Active::default();
        for (fault, tick, _) in &faults {
            prop_assert!(straight.push(*fault, *tick));
        }
        let mut shuffled = faults;
        shuffled.sort_by_key(|(_, _, order)| *order);
        let mut detoured = Active::default();
        // faults of before, lifted in between: they leave nothing behind
        for fault in &gone {
            prop_assert!(detoured.push(*fault, 0));
        }
        for fault in &gone {
            prop_assert!(detoured.pop(*fault));
        }
        for (fault, tick, _) in &shuffled {
            prop_assert!(detoured.push(*fault, *tick));
        }
        prop_assert_eq!(derived(&straight), derived(&detoured));
        for (fault, _, _) in &shuffled {
            prop_assert!(straight.pop(*fault));
        }
        prop_assert_eq!(derived(&straight), derived(&Active::default()));
    }
}
