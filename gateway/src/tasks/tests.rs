//! The resolvers, and the probers beside them, against a resolver that says what a test lets it, on a clock that moves by itself.

use super::{Probers, Resolvers};
use crate::config;
use crate::snapshot::{Current, Snapshot};
use crate::state::States;
use http1::io::Buffers;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::DuplexStream;
use tokio::runtime::{Builder, LocalOptions};
use tokio::time::{Instant, sleep};
use world::{ListenAddr, Listener, NoProbe, Resolved, SECRET_BYTES, Seed, World};

#[derive(Clone)]
enum Says {
    /// These hosts of 10.0.0.0/24, for so many seconds.
    Hosts(&'static [u8], u64),
    /// An address of the gateway's own.
    Gateway,
    Fails,
}

#[derive(Clone, Default)]
struct Book {
    /// Of others it says nothing, ever.
    says: Rc<RefCell<BTreeMap<&'static str, Says>>>,
    /// The times at which names were asked for.
    asked: Rc<RefCell<Vec<(Instant, String)>>>,
}

impl Book {
    fn say(&self, name: &'static str, says: Says) {
        self.says.borrow_mut().insert(name, says);
    }

    /// Milliseconds between the questions for a name.
    fn gaps(&self, name: &str) -> Vec<u128> {
        let asked = self.asked.borrow();
        let times: Vec<_> = asked.iter().filter(|(_, asked)| asked == name).collect();
        let gap = |pair: &[&(Instant, String)]| (pair[1].0 - pair[0].0).as_millis();
        times.windows(2).map(gap).collect()
    }
}

impl World for Book {
    type Stream = DuplexStream;
    type Listener = Nobody;

    async fn listen(&self, _: &ListenAddr) -> io::Result<Nobody> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// Nobody answers, ever.
    async fn connect(&self, _: SocketAddr) -> io::Result<DuplexStream> {
        std::future::pending().await
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        self.asked.borrow_mut().push((Instant::now(), name.to_owned()));
        let says = self.says.borrow().get(name).cloned();
        let (addrs, ttl) = match says {
            Some(Says::Hosts(hosts, ttl)) => (hosts.iter().map(|host| addr(*host)).collect(), ttl),
            Some(Says::Gateway) => (vec![addr(1), SocketAddr::from(([127, 0, 0, 1], 1))], 60),
            Some(Says::Fails) => return Err(io::ErrorKind::NotFound.into()),
            None => std::future::pending().await,
        };
        Ok(Resolved {
            addrs,
            valid_for: Duration::from_secs(ttl),
        })
    }

    async fn sleep_until(&self, at: Instant) {
        tokio::time::sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        Duration::ZERO
    }

    fn seed(&self) -> Seed {
        Seed(1)
    }

    fn secret(&self) -> [u8; SECRET_BYTES] {
        [1; SECRET_BYTES]
    }
}

struct Nobody;

impl Listener for Nobody {
    type Stream = DuplexStream;

    async fn accept(&self) -> io::Result<(DuplexStream, SocketAddr)> {
        std::future::pending().await
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

fn addr(host: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, host], 80))
}

/// The resolvers of one upstream with this much of YAML, and what they work on.
struct Stand {
    book: Book,
    states: States,
    current: Arc<Current>,
    resolvers: Resolvers<Book>,
}

fn plan(upstream: &str) -> config::Plan {
    let yaml = format!(
        "listen: {{ http: \"127.0.0.1:1\" }}\nupstreams: {{ u: {{ {upstream} }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n"
    );
    config::load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
}

impl Stand {
    fn new(upstream: &str) -> Self {
        let states = States::new(1);
        let current = Arc::new(Current::new(Snapshot::new(
            1,
            plan(upstream),
            vec![None],
            &states,
        )));
        let book = Book::default();
        Self {
            resolvers: Resolvers::new(book.clone(), Arc::clone(&current)),
            book,
            states,
            current,
        }
    }

    /// Looks as often as a worker does, for so long.
    async fn live(&mut self, seconds: u64) {
        for _ in 0..seconds * 10 {
            self.live_once().await;
        }
    }

    async fn live_once(&mut self) {
        self.resolvers.look();
        sleep(Duration::from_millis(100)).await;
    }

    async fn start(&mut self) -> Duration {
        let start = Instant::now();
        self.resolvers.look();
        self.resolvers.first().await;
        start.elapsed()
    }

    /// The last bytes of the replicas' addresses.
    fn hosts(&self) -> Vec<u8> {
        let last = |addr: SocketAddr| match addr.ip() {
            std::net::IpAddr::V4(ip) => ip.octets()[3],
            std::net::IpAddr::V6(_) => 0,
        };
        let snapshot = self.current.load();
        snapshot.replicas[0]
            .iter()
            .map(|replica| last(replica.addr))
            .collect()
    }

    /// Lookups that went well, and those that did not.
    fn counts(&self) -> (u64, u64) {
        let cells = &self.current.load().upstreams[0].cells;
        (
            cells.sum(|cells| &cells.resolutions),
            cells.sum(|cells| &cells.resolution_failures),
        )
    }
}

fn run<F: Future<Output = ()>>(test: F) {
    let runtime = Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build_local(LocalOptions::default());
    runtime.expect("runtime").block_on(test);
}

#[test]
fn the_first_answers_are_there_when_a_gateway_starts() {
    run(async {
        let mut stand = Stand::new("replicas: [\"a:80\", \"10.0.0.9:80\"]");
        stand.book.say("a:80", Says::Hosts(&[3, 2], 60));
        assert_eq!(stand.start().await, Duration::ZERO);
        assert_eq!(stand.hosts(), [2, 3, 9]);
        assert_eq!((stand.current.version(), stand.counts()), (2, (1, 0)));
    });
}

#[test]
fn a_start_waits_for_no_resolver_for_long() {
    run(async {
        let mut stand = Stand::new("replicas: [\"a:80\", \"b:80\"]");
        stand.book.say("a:80", Says::Hosts(&[2], 60));
        assert_eq!(stand.start().await.as_secs(), 2);
        assert_eq!(stand.hosts(), [2]);
        stand.live(10).await;
        assert_eq!(stand.counts(), (1, 1), "b has been given up once");
        stand.book.say("b:80", Says::Hosts(&[3], 60));
        stand.live(15).await;
        assert_eq!(stand.hosts(), [2, 3]);
    });
}

#[test]
fn without_names_nothing_is_asked_and_nothing_changes() {
    run(async {
        let mut stand = Stand::new("replicas: [\"10.0.0.9:80\"]");
        assert_eq!(stand.start().await, Duration::ZERO);
        stand.live(100).await;
        assert_eq!((stand.current.version(), stand.book.asked.borrow().len()), (1, 0));
    });
}

#[test]
fn a_name_is_looked_up_again_when_its_answer_is_old() {
    run(async {
        let mut stand = Stand::new("replicas: [\"a:80\"]");
        stand.book.say("a:80", Says::Hosts(&[2, 1], 10));
        stand.start().await;
        stand.live(101).await;
        let gaps = stand.book.gaps("a:80");
        assert!(
            gaps.len() >= 10 && gaps.iter().all(|gap| (9_000..=10_001).contains(gap)),
            "{gaps:?}"
        );
        assert!(gaps.iter().any(|gap| *gap != gaps[0]), "{gaps:?}");
        // the same in another order is nothing new
        stand.book.say("a:80", Says::Hosts(&[1, 2], 10));
        stand.live(11).await;
        assert_eq!(stand.current.version(), 2);
        stand.book.say("a:80", Says::Hosts(&[7], 10));
        stand.live(11).await;
        assert_eq!((stand.current.version(), stand.hosts()), (3, vec![7]));
    });
}

#[test]
fn how_long_an_answer_holds_is_bounded_and_can_be_set() {
    run(async {
        for (more, ttl, expected) in [
            ("", 0, 1_000),
            ("", 1_000_000, 3_600_000),
            (", resolve: { every: 5s }", 60, 5_000),
        ] {
            let mut stand = Stand::new(&format!("replicas: [\"a:80\"]{more}"));
            stand.book.say("a:80", Says::Hosts(&[1], ttl));
            stand.start().await;
            stand.live(4 * expected / 1_000).await;
            let gaps = stand.book.gaps("a:80");
            let least = u128::from(expected * 9 / 10);
            assert!(
                gaps.len() >= 3
                    && gaps
                        .iter()
                        .all(|gap| (least..=u128::from(expected) + 1).contains(gap)),
                "{gaps:?}"
            );
        }
    });
}

#[test]
fn the_last_good_answer_holds_while_there_is_none() {
    run(async {
        for bad in [Says::Fails, Says::Hosts(&[], 60), Says::Gateway] {
            let mut stand = Stand::new("replicas: [\"a:80\"]");
            stand.book.say("a:80", Says::Hosts(&[1, 2], 2));
            stand.start().await;
            stand.book.say("a:80", bad);
            stand.live(200).await;
            assert_eq!((stand.hosts(), stand.current.version()), (vec![1, 2], 2));
            let gaps = stand.book.gaps("a:80");
            // 2 s, then 1, 2, 4, 8, 16 and 30, each less up to a tenth
            assert!(
                gaps[1] <= 1_001 && gaps[6..].iter().all(|gap| *gap >= 27_000),
                "{gaps:?}"
            );
            assert_eq!(stand.counts(), (1, gaps.len() as u64));
            stand.book.say("a:80", Says::Hosts(&[3], 2));
            stand.live(31).await;
            assert_eq!(stand.hosts(), [3]);
            let gaps = stand.book.gaps("a:80");
            assert!(
                gaps[gaps.len() - 1] <= 2_001,
                "one good answer ends the waiting: {gaps:?}"
            );
        }
    });
}

#[test]
fn a_name_without_an_answer_stands_for_nothing() {
    run(async {
        let mut stand = Stand::new("replicas: [\"a:80\"]");
        stand.book.say("a:80", Says::Fails);
        assert_eq!(stand.start().await, Duration::ZERO);
        assert_eq!((stand.hosts(), stand.current.version()), (vec![], 1));
    });
}

#[test]
fn a_reload_keeps_what_was_resolved_and_ends_what_it_forgets() {
    run(async {
        let mut stand = Stand::new("replicas: [\"a:80\", \"b:80\"]");
        stand.book.say("a:80", Says::Hosts(&[1], 5));
        stand.book.say("b:80", Says::Hosts(&[2], 5));
        stand.start().await;
        // from now on there are no answers
        stand.book.say("a:80", Says::Fails);
        stand.book.say("b:80", Says::Fails);
        let reloaded = stand.current.update(|old| {
            let plan = plan("replicas: [\"10.0.0.9:80\", \"b:80\"]");
            Ok::<_, ()>(Snapshot::new(old.version + 1, plan, vec![None], &stand.states))
        });
        assert_eq!(reloaded, Ok(3));
        assert_eq!(stand.hosts(), [9, 2], "at once, without an answer");
        let asked = stand.book.asked.borrow().len();
        stand.live(100).await;
        assert_eq!(stand.hosts(), [9, 2]);
        let asked = stand.book.asked.borrow()[asked..].to_vec();
        assert!(
            asked.len() > 3 && asked.iter().all(|(_, name)| name == "b:80"),
            "{asked:?}"
        );
    });
}

/// Whether the replica 10.0.0.9 is used after so many seconds, while the other's address changes each second.
async fn is_used_after(seconds: u64, change_config: bool) -> bool {
    let upstream = "replicas: [\"a:80\", \"10.0.0.9:80\"], \
                    health: { path: /, interval: 2s, timeout: 1500ms, unhealthy_after: 2 }";
    let mut stand = Stand::new(upstream);
    let mut probers = Probers::new(
        stand.book.clone(),
        NoProbe,
        Arc::clone(&stand.current),
        Buffers::default(),
    );
    for second in 0..seconds {
        let host: &[u8] = if second % 2 == 0 { &[1] } else { &[2] };
        stand.book.say("a:80", Says::Hosts(host, 1));
        for _ in 0..10 {
            probers.look();
            stand.live_once().await;
        }
        if change_config {
            let reloaded = stand.current.update(|old| {
                let plan = plan(&format!("{upstream}, pool: {{ idle_max: {second} }}"));
                Ok::<_, ()>(Snapshot::new(old.version + 1, plan, vec![None], &stand.states))
            });
            assert!(reloaded.is_ok());
        }
    }
    assert!(stand.current.version() >= seconds - 2, "there was much news");
    let snapshot = stand.current.load();
    let fixed = snapshot.replicas[0]
        .iter()
        .find(|replica| replica.addr == addr(9));
    fixed.expect("it is in the config").state.is_usable()
}

#[test]
fn news_about_others_ends_no_probe() {
    run(async {
        for change_config in [false, true] {
            assert!(is_used_after(3, change_config).await, "one probe has failed");
            assert!(!is_used_after(12, change_config).await, "{change_config}");
        }
    });
}
