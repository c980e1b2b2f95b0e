//! The queue against a model that looks at every server, and against what a queue may never do.

use super::*;
use proptest::prelude::*;

const fn us(n: u64) -> Duration {
    Duration::from_micros(n)
}

/// Jobs as (gap since the previous arrival, service), in µs.
fn jobs() -> impl Strategy<Value = Vec<(u64, u64)>> {
    proptest::collection::vec((0_u64..50, 0_u64..200), 1..200)
}

fn run(queue: &mut Queue, jobs: &[(u64, u64)]) -> Vec<(Duration, Served)> {
    let mut now = Duration::ZERO;
    jobs.iter()
        .map(|&(gap, service)| {
            now += us(gap);
            (now, queue.admit(now, us(service)))
        })
        .collect()
}

#[test]
fn one_server_is_lindley() {
    let served = run(&mut Queue::new(1), &[(0, 10), (5, 10), (100, 10)]);
    let departures: Vec<_> = served.iter().map(|(_, s)| s.departure).collect();
    assert_eq!(departures, [us(10), us(20), us(115)]);
}

#[test]
fn late_news_of_an_early_arrival_is_clamped() {
    let mut queue = Queue::new(2);
    queue.admit(us(100), us(10));
    assert_eq!(
        queue.admit(us(40), us(10)),
        Served {
            start: us(100),
            departure: us(110)
        }
    );
}

#[test]
fn servers_are_clamped() {
    assert_eq!(Queue::new(0).servers(), 1);
    assert_eq!(Queue::new(usize::MAX).servers(), SERVERS_MAX);
}

#[test]
fn fewer_servers_keep_the_backlog_and_more_are_idle() {
    let mut queue = Queue::new(2);
    queue.admit(us(0), us(100));
    queue.admit(us(0), us(300));
    queue.resize(1);
    assert_eq!(queue.admit(us(1), us(10)).start, us(300));
    queue.resize(2);
    assert_eq!(queue.admit(us(2), us(10)).start, us(2));
}

proptest! {
    /// The reference scans a plain list of servers for the one that is free first.
    #[test]
    fn agrees_with_the_scanning_model(jobs in jobs(), servers in 1_usize..6) {
        let mut free = vec![Duration::ZERO; servers];
        for (arrival, served) in run(&mut Queue::new(servers), &jobs) {
            let service = served.departure - served.start;
            let first = free.iter_mut().min().expect("a server");
            prop_assert_eq!(served.start, arrival.max(*first));
            *first = served.start + service;
        }
    }

    /// First come first served: starts are in order, with one server departures are too, and at no start are
    /// more than c requests being served.
    #[test]
    fn order_and_capacity_hold(jobs in jobs(), servers in 1_usize..6) {
        let served = run(&mut Queue::new(servers), &jobs);
        for pair in served.windows(2) {
            prop_assert!(pair[0].1.start <= pair[1].1.start);
            if servers == 1 {
                prop_assert!(pair[0].1.departure <= pair[1].1.departure);
            }
        }
        for (arrival, this) in &served {
            prop_assert!(this.start >= *arrival);
            let busy = served
                .iter()
                .filter(|(_, s)| s.start <= this.start && this.start < s.departure)
                .count();
            prop_assert!(busy <= servers, "{} of {} busy", busy, servers);
        }
    }

    /// More servers never make anyone leave later.
    #[test]
    fn another_server_does_no_harm(jobs in jobs(), servers in 1_usize..6) {
        let few = run(&mut Queue::new(servers), &jobs);
        let more = run(&mut Queue::new(servers + 1), &jobs);
        prop_assert!(few.iter().zip(&more).all(|(a, b)| b.1.departure <= a.1.departure));
    }
}
