//! The null server under the real generator on real sockets. Judged by counts and by what no machine can make
//! shorter, never by how fast it was.

use loadgen::null::{Behaviour, Seen, Server, Service, serve};
use loadgen::{Arrival, JobSpec, Recording, Shard};
use std::future::pending;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::runtime::{Builder, LocalOptions};
use tokio::time::Instant;
use workload::Dist;
use world::{ListenAddr, Listener, NoProbe, RealWorld, Seed, World};

const SECOND: Duration = Duration::from_secs(1);

/// Both in one thread.
fn play(behaviour: Behaviour, rate: f64, connections: usize) -> (Recording, Seen) {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(async {
        let world = RealWorld::new(Seed(5), Duration::ZERO).expect("timerfd");
        let at = ListenAddr::alone("127.0.0.1:0".parse().expect("literal"));
        let listener = world.listen(&at).await.expect("free port");
        let mut spec = JobSpec::new(listener.local_addr().expect("bound"), "null");
        (spec.arrival, spec.rate, spec.duration) = (Arrival::Constant, rate, SECOND);
        (spec.connections, spec.preconnect) = (connections, true);
        (spec.timeout, spec.drain) = (60 * SECOND, 60 * SECOND);
        let job = spec.build().expect("valid");
        let start = Arc::new(OnceLock::new());
        let server = Server::new(behaviour, Arc::clone(&start));
        tokio::task::spawn_local(serve(world.clone(), listener, server.clone()));
        let shard = Shard::prepare(world, NoProbe, &job, 0, 1).await;
        let start = *start.get_or_init(Instant::now);
        let recording = shard.run(start, pending()).await.recording;
        (recording, server.seen())
    })
}

#[track_caller]
fn check(
    behaviour: Behaviour,
    rate: f64,
    connections: usize,
    longest_at_least: Duration,
) -> (Recording, Seen) {
    let (recording, seen) = play(behaviour, rate, connections);
    let counts = &recording.counts;
    assert_eq!(counts.planned, rate as u64);
    assert_eq!(counts.planned, counts.done + counts.failed_total(), "{counts:?}");
    assert_eq!(
        (counts.done, seen.requests),
        (counts.planned, counts.planned),
        "{counts:?}"
    );
    assert_eq!(counts.statuses.keys().copied().collect::<Vec<_>>(), [200]);
    let longest = Duration::from_nanos(recording.response.max());
    assert!(
        longest >= longest_at_least,
        "{longest:?} is below {longest_at_least:?}"
    );
    (recording, seen)
}

#[test]
fn a_stall_is_seen_by_who_came_meanwhile() {
    // of 500 requests in a second 50 come while the server stands still for a tenth of it; the longest wait is all of it
    let pause = SECOND / 10;
    let stall = Behaviour::Stall { at: 4 * pause, pause };
    let (recording, seen) = check(stall, 500.0, 64, pause * 9 / 10);
    let slow = |histogram: &hdrhistogram::Histogram<u64>, than: Duration| {
        histogram.len() - histogram.count_between(0, than.as_nanos() as u64)
    };
    assert!(
        slow(&recording.response, pause / 2) >= 24,
        "half of the fifty waited for more than half"
    );
    // on a busy machine some that were due before come while it stands still, and some of the fifty when it is over
    assert!(!seen.lateness.is_empty());
}

#[test]
fn a_delay_is_the_least_of_every_response() {
    let delay = Duration::from_millis(20);
    let (recording, seen) = check(Behaviour::Delay(delay), 200.0, 64, delay);
    let least = Duration::from_nanos(recording.response.min());
    assert!(least >= delay * 99 / 100, "{least:?}");
    assert_eq!(seen.lateness.len(), 200);
}

#[test]
fn a_queue_serves_one_after_the_other() {
    // 200 requests of 6 ms each take 1.2 s, whoever does the asking
    let service = Service {
        dist: Dist::Fixed(Duration::from_millis(6)),
        seed: Seed(1),
    };
    let (recording, _) = check(Behaviour::Queue { service, servers: 1 }, 200.0, 64, SECOND / 5);
    assert!(
        recording.last_outcome >= 12 * SECOND / 10,
        "{:?}",
        recording.last_outcome
    );
}
