//! The state machines against simple models, and the rows one reads first.

use super::window::Window;
use super::*;
use crate::event::EjectionCause;
use proptest::prelude::*;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn passive() -> Passive {
    Passive {
        errors: 3,
        connect_failures: 2,
        error_ratio: Share::HALF,
        window: 10 * SECOND,
        min_requests: 20,
        statuses: Statuses::try_new(&[(502, 504)]).unwrap(),
        cooldown: 10 * SECOND,
        cooldown_max: 60 * SECOND,
        ejected_max: Share::HALF,
    }
}

fn active(unhealthy_after: u32, healthy_after: u32) -> Active {
    Active {
        path: "/".to_owned(),
        port: None,
        host: None,
        interval: SECOND,
        timeout: SECOND,
        unhealthy_after,
        healthy_after,
        status: Statuses::try_new(&[(200, 299)]).unwrap(),
        body: None,
        initially_unhealthy: false,
    }
}

fn addr(replica: usize) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, 1], 1 + replica as u16))
}

/// A fleet at a time that only goes forward.
struct Play {
    fleet: Fleet,
    replicas: usize,
    now: Instant,
}

impl Play {
    fn new(replicas: usize, active: Option<Active>, passive: Option<Passive>) -> Self {
        let mut fleet = Fleet::default();
        fleet.set((0..replicas).map(addr), &Params { active, passive });
        Self {
            fleet,
            replicas,
            now: Instant::now(),
        }
    }

    fn fail(&mut self, replica: usize, fault: Fault) -> Option<Turn> {
        let change = self.fleet.failed(addr(replica), self.now, self.now, fault, 0);
        change.map(|change| change.turn)
    }

    fn good(&mut self, replica: usize) {
        self.fleet.succeeded(addr(replica), self.now);
        self.fleet.served(addr(replica), self.now, 1);
    }

    /// The replicas that return by then.
    fn after(&mut self, time: Duration) -> Vec<usize> {
        self.now += time;
        let changes = self.fleet.tick(self.now);
        assert!(changes.iter().all(|change| change.turn == Turn::Returned));
        changes.iter().map(|change| change.replica).collect()
    }

    fn member(&self, replica: usize) -> &Member {
        self.fleet.member(addr(replica)).unwrap()
    }

    fn usable(&self) -> Vec<usize> {
        (0..self.replicas)
            .filter(|replica| self.member(*replica).is_usable())
            .collect()
    }

    /// How long replica 0 is out when it is made to fail now.
    fn out_for(&mut self) -> Duration {
        let is_out = (0..3).any(|_| self.fail(0, Fault::Broken).is_some());
        assert!(is_out);
        let seconds = (1..=60).find(|_| !self.after(SECOND).is_empty());
        SECOND * seconds.expect("it returns")
    }
}

const BY_ERRORS: Option<Turn> = Some(Turn::Ejected(EjectionCause::Errors));
const BY_CONNECTS: Option<Turn> = Some(Turn::Ejected(EjectionCause::ConnectFailures));
const BY_RATIO: Option<Turn> = Some(Turn::Ejected(EjectionCause::ErrorRatio));

#[test]
fn each_sign_ejects_and_nothing_short_of_it() {
    let mut play = Play::new(4, None, Some(passive()));
    assert_eq!(play.fail(0, Fault::NotConnected), None);
    assert_eq!(play.fail(0, Fault::NotConnected), BY_CONNECTS);
    assert_eq!(
        [1, 2, 3].map(|_| play.fail(1, Fault::Status(503))),
        [None, None, BY_ERRORS]
    );
    // half of them: never three in a row
    let mut play = Play::new(2, None, Some(passive()));
    for _ in 0..9 {
        play.good(0);
        assert_eq!(play.fail(0, Fault::TimedOut), None);
        play.now += 100 * MS;
    }
    play.good(0);
    assert_eq!(play.fail(0, Fault::TimedOut), BY_RATIO);
}

#[test]
fn a_success_or_a_connection_breaks_the_row() {
    let mut play = Play::new(2, None, Some(passive()));
    for _ in 0..5 {
        assert_eq!([1, 2].map(|_| play.fail(0, Fault::Broken)), [None, None]);
        play.good(0);
    }
    play.good(0);
    // three errors, and no two failures to connect in a row
    let faults = [Fault::NotConnected, Fault::Broken, Fault::NotConnected];
    assert_eq!(faults.map(|fault| play.fail(0, fault)), [None, None, BY_ERRORS]);
}

#[test]
fn the_cooldown_doubles_to_its_most_and_shrinks_with_good_conduct() {
    let mut play = Play::new(2, None, Some(passive()));
    let seconds = [1, 2, 3, 4, 5].map(|_| play.out_for().as_secs());
    assert_eq!(seconds, [10, 20, 40, 60, 60]);
    // of the last cooldown's time one step: the next is what the last but one was
    play.after(60 * SECOND);
    assert_eq!(play.out_for().as_secs(), 40);
    play.after(600 * SECOND);
    assert_eq!(play.out_for().as_secs(), 10);
}

#[test]
fn jitter_is_at_most_a_tenth_and_never_short() {
    for word in [0, 1, 500, 1_000, 1_001, u64::MAX] {
        let mut play = Play::new(
            2,
            None,
            Some(Passive {
                errors: 1,
                ..passive()
            }),
        );
        let now = play.now;
        play.fleet.failed(addr(0), now, now, Fault::Broken, word).unwrap();
        let out = play.member(0).ejected_until().unwrap() - now;
        assert!((10 * SECOND..=11 * SECOND).contains(&out), "{word}: {out:?}");
    }
}

#[test]
fn probation_ends_with_the_first_error_or_with_good_conduct() {
    let mut play = Play::new(2, None, Some(passive()));
    play.out_for();
    assert!(play.member(0).is_on_probation());
    assert_eq!(play.fail(0, Fault::Status(502)), BY_ERRORS);
    play.after(600 * SECOND);
    for _ in 0..3 {
        assert!(play.member(0).is_on_probation());
        play.good(0);
    }
    assert!(!play.member(0).is_on_probation());
    assert_eq!(play.fail(0, Fault::Status(502)), None);
}

#[test]
fn what_began_before_the_return_says_nothing() {
    let mut play = Play::new(2, None, Some(passive()));
    let before = play.now;
    play.out_for();
    for _ in 0..10 {
        assert_eq!(
            play.fleet.failed(addr(0), before, play.now, Fault::TimedOut, 0),
            None
        );
        play.fleet.succeeded(addr(0), before);
    }
    assert!(play.member(0).is_usable() && play.member(0).is_on_probation());
}

#[test]
fn one_of_two_may_go_and_an_only_one_may_not() {
    for (replicas, share, most) in [
        (1, 0.5, 0),
        (1, 1.0, 1),
        (2, 0.1, 1),
        (3, 0.5, 1),
        (4, 0.5, 2),
        (5, 1.0, 5),
    ] {
        let ejected_max = Share::try_new(share).unwrap();
        let mut play = Play::new(
            replicas,
            None,
            Some(Passive {
                ejected_max,
                ..passive()
            }),
        );
        for replica in (0..replicas).chain(0..replicas) {
            for _ in 0..5 {
                play.fail(replica, Fault::NotConnected);
            }
        }
        assert_eq!(replicas - play.usable().len(), most, "{replicas} {share}");
    }
}

#[test]
fn who_is_down_counts_for_the_share_and_is_ejected_by_nothing_else() {
    let mut play = Play::new(4, Some(active(1, 1)), Some(passive()));
    for replica in [0, 1] {
        let change = play
            .fleet
            .probed(addr(replica), play.now, Err(Fault::Body))
            .unwrap();
        assert_eq!(change.turn, Turn::Ejected(EjectionCause::Probes));
    }
    for replica in [0, 1, 2, 3] {
        assert_eq!(
            [1, 2, 3].map(|_| play.fail(replica, Fault::NotConnected)),
            [None; 3]
        );
    }
    // probes may take all of them
    for replica in [2, 3] {
        assert!(
            play.fleet
                .probed(addr(replica), play.now, Err(Fault::TimedOut))
                .is_some()
        );
    }
    assert_eq!(play.usable(), [0; 0]);
    assert!(play.fleet.probed(addr(2), play.now, Ok(())).is_some());
    assert_eq!(play.usable(), [2]);
}

#[test]
fn both_have_to_agree() {
    let mut play = Play::new(2, Some(active(1, 1)), Some(passive()));
    assert_eq!(
        [1, 2].map(|_| play.fail(0, Fault::NotConnected)),
        [None, BY_CONNECTS]
    );
    assert_eq!(
        play.fleet.probed(addr(0), play.now, Err(Fault::NotConnected)),
        None
    );
    assert_eq!(
        play.after(20 * SECOND),
        [0; 0],
        "its conduct is forgiven, and it is down"
    );
    let change = play.fleet.probed(addr(0), play.now, Ok(())).unwrap();
    assert_eq!((change.replica, change.turn), (0, Turn::Returned));
    assert_eq!((play.usable(), play.member(0).ejections()), (vec![0, 1], 1));
}

#[test]
fn a_reload_keeps_what_is_known_and_forgets_what_is_not_watched() {
    let mut play = Play::new(4, Some(active(1, 1)), Some(passive()));
    play.fleet.probed(addr(0), play.now, Err(Fault::Body));
    assert_eq!(
        [1, 2].map(|_| play.fail(1, Fault::NotConnected)),
        [None, BY_CONNECTS]
    );
    let both = Params {
        active: Some(active(2, 2)),
        passive: Some(passive()),
    };
    // another order, one gone and one new
    play.fleet.set([3, 1, 0, 7].map(addr).into_iter(), &both);
    let usable = |play: &Play, replica| play.fleet.member(addr(replica)).map(Member::is_usable);
    let of = |play: &Play| [0, 1, 2, 3, 7].map(|replica| usable(play, replica));
    assert_eq!(
        of(&play),
        [Some(false), Some(false), None, Some(true), Some(true)]
    );
    assert_eq!(play.fail(2, Fault::NotConnected), None, "it is gone");
    play.fleet.set(
        [0, 1].map(addr).into_iter(),
        &Params {
            active: None,
            ..both.clone()
        },
    );
    assert_eq!(play.member(1).cause(), Some(EjectionCause::ConnectFailures));
    assert_eq!(
        [0, 1].map(|replica| usable(&play, replica)),
        [Some(true), Some(false)]
    );
    play.fleet.set([0, 1].map(addr).into_iter(), &Params::default());
    assert_eq!([0, 1].map(|replica| usable(&play, replica)), [Some(true); 2]);
    assert_eq!(play.member(1).cause(), None);
    let unproven = Active {
        initially_unhealthy: true,
        ..active(1, 1)
    };
    let unproven = Params {
        active: Some(unproven),
        passive: None,
    };
    play.fleet.set([0, 1].map(addr).into_iter(), &unproven);
    assert_eq!([0, 1].map(|replica| usable(&play, replica)), [Some(false); 2]);
}

/// What happens to a fleet.
#[derive(Debug, Clone, Copy)]
enum Step {
    Good(usize),
    Fail(usize, Fault),
    Probe(usize, bool),
    /// So many ms, and a look.
    Wait(u64),
}

const REPLICAS: usize = 5;

fn step() -> impl Strategy<Value = Step> {
    let fault = prop::sample::select(vec![
        Fault::NotConnected,
        Fault::Broken,
        Fault::TimedOut,
        Fault::Status(503),
    ]);
    prop_oneof![
        2 => (0..REPLICAS).prop_map(Step::Good),
        6 => (0..REPLICAS, fault).prop_map(|(replica, fault)| Step::Fail(replica, fault)),
        2 => (0..REPLICAS, any::<bool>()).prop_map(|(replica, good)| Step::Probe(replica, good)),
        1 => (0_u64..30_000).prop_map(Step::Wait),
    ]
}

impl Play {
    /// Takes a step; the replicas whose use it changed.
    fn step(&mut self, step: Step, word: u64) -> Vec<Change> {
        let now = self.now;
        match step {
            Step::Good(replica) => {
                self.good(replica);
                Vec::new()
            }
            Step::Fail(replica, fault) => {
                let change = self.fleet.failed(addr(replica), now, now, fault, word);
                change.into_iter().collect()
            }
            Step::Probe(replica, good) => {
                let result = if good { Ok(()) } else { Err(Fault::Body) };
                self.fleet
                    .probed(addr(replica), now, result)
                    .into_iter()
                    .collect()
            }
            Step::Wait(ms) => {
                self.now += Duration::from_millis(ms);
                self.fleet.tick(self.now)
            }
        }
    }
}

proptest! {
    /// Never more than the share by conduct, whatever happens; changes are told exactly when use changes; and everybody
    /// who behaves is back after the longest cooldown.
    #[test]
    fn the_fleet(
        steps in prop::collection::vec((step(), any::<u64>()), 1..200),
        share in 1_u32..=10,
        probed: bool,
    ) {
        let ejected_max = Share::try_new(f64::from(share) / 10.0).unwrap();
        let passive = Passive { ejected_max, ..passive() };
        let most = passive.ejected_max_of(REPLICAS);
        prop_assert_eq!(most, (share as usize * REPLICAS / 10).max(1));
        let mut play = Play::new(REPLICAS, probed.then(|| active(2, 2)), Some(passive));
        let mut model = [true; REPLICAS];
        for (step, word) in steps {
            let down = (0..REPLICAS).filter(|replica| !play.member(*replica).is_up()).count();
            for change in play.step(step, word) {
                let returns = change.turn == Turn::Returned;
                prop_assert_ne!(model[change.replica], returns, "{:?}", step);
                model[change.replica] = returns;
                if matches!(change.turn, Turn::Ejected(cause) if cause != EjectionCause::Probes) {
                    prop_assert!(down < most);
                    prop_assert!(model.iter().filter(|usable| !**usable).count() <= most);
                }
            }
            let ejected = (0..REPLICAS).filter(|replica| play.member(*replica).ejected_until().is_some());
            prop_assert!(ejected.count() <= most);
            for (replica, usable) in model.iter().enumerate() {
                prop_assert_eq!(play.member(replica).is_usable(), *usable);
                prop_assert_eq!(play.member(replica).cause().is_none(), *usable);
            }
        }
        play.after(67 * SECOND);
        for replica in 0..REPLICAS {
            for _ in 0..3 {
                play.good(replica);
                play.fleet.probed(addr(replica), play.now, Ok(()));
            }
        }
        prop_assert_eq!(play.usable().len(), REPLICAS);
        prop_assert!((0..REPLICAS).all(|replica| !play.member(replica).is_on_probation()));
    }

    /// Up and down by the last so many results, as one would say it.
    #[test]
    fn probes_both_ways(results in prop::collection::vec(any::<bool>(), 1..60), bad in 1_u32..5, good in 1_u32..5, first: bool) {
        let active = Active { initially_unhealthy: !first, ..active(bad, good) };
        let mut play = Play::new(1, Some(active), None);
        let (mut is_up, mut seen) = (first, Vec::new());
        for result in results {
            seen.push(result);
            let needed = if is_up { bad } else { good } as usize;
            if seen.len() >= needed && seen[seen.len() - needed..].iter().all(|result| *result != is_up) {
                is_up = !is_up;
                seen.clear();
            }
            let result = if result { Ok(()) } else { Err(Fault::TimedOut) };
            play.fleet.probed(addr(0), play.now, result);
            prop_assert_eq!(play.member(0).is_usable(), is_up);
        }
    }

    /// Errors in a row, as one would count them: with a ratio that cannot be reached and the whole fleet to eject.
    #[test]
    fn rows_of_errors(outcomes in prop::collection::vec(0_u8..3, 1..60), errors in 1_u32..6, connects in 1_u32..6) {
        let passive = Passive {
            errors,
            connect_failures: connects,
            min_requests: u64::MAX,
            ejected_max: Share::ALL,
            ..passive()
        };
        let mut play = Play::new(1, None, Some(passive));
        let (mut row, mut connect_row) = (0, 0);
        for outcome in outcomes {
            if outcome == 0 {
                (row, connect_row) = (0, 0);
                play.good(0);
            } else {
                row += 1;
                connect_row = if outcome == 1 { connect_row + 1 } else { 0 };
                let fault = if outcome == 1 { Fault::NotConnected } else { Fault::Broken };
                let ejected = play.fail(0, fault).is_some();
                prop_assert_eq!(ejected, row >= errors || connect_row >= connects);
                if ejected {
                    break;
                }
            }
        }
    }

    /// The window holds what was added in the last nine tenths of it, and nothing older than all of it.
    #[test]
    fn the_window(added in prop::collection::vec((0_u64..4_000, 0_u64..50, 0_u64..10), 1..60)) {
        let (length, start) = (10 * SECOND, Instant::now());
        let mut window = Window::default();
        let (mut now, mut all) = (start, Vec::new());
        for (ms, requests, errors) in added {
            now += ms as u32 * MS;
            window.add(now, length, requests, errors);
            all.push((now, requests, errors));
            let since = |age: Duration| {
                let within = all.iter().filter(|(at, ..)| now.saturating_duration_since(*at) < age);
                within.fold((0, 0), |sum, (_, requests, errors)| (sum.0 + requests, sum.1 + errors))
            };
            let (least, most, sum) = (since(9 * SECOND), since(length), window.sum(now, length));
            prop_assert!(least.0 <= sum.0 && sum.0 <= most.0, "{:?} {:?} {:?}", least, sum, most);
            prop_assert!(least.1 <= sum.1 && sum.1 <= most.1, "{:?} {:?} {:?}", least, sum, most);
        }
    }
}
