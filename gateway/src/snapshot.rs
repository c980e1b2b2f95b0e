//! A plan in force: the plan itself, its version, and what its names stand for: states, and replicas by address.
//!
//! A plan that is loaded makes a snapshot, and so does each answer of a resolver that says something new: the same plan,
//! with the replicas that there are now. Replicas come in the plan's order, those of one name by their addresses, so that
//! the order of an answer, which resolvers turn at will, moves nobody.

use crate::balance::REPLICAS_MAX;
use crate::config::{Breaker, Plan, Upstream};
use crate::state::{Asked, MirrorState, Replica, RouteState, States, UpstreamState};
use arc_swap::ArcSwap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// The name under which requests are counted that match no route.
const NO_ROUTE: &str = "(none)";

/// See [`Snapshot::sticky_keys`].
pub(crate) type StickyKeys = Vec<Option<Box<[u8]>>>;

/// Immutable, shared by all workers. A request takes one and keeps it to its end.
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) plan: Arc<Plan>,
    /// By the route's index; one more at the end counts what matched none.
    pub(crate) routes: Vec<Arc<RouteState>>,
    /// Their names as JSON strings, by the same index, for the log.
    pub(crate) route_texts: Vec<Arc<str>>,
    pub(crate) upstreams: Vec<Arc<UpstreamState>>,
    /// By the route's index: of those that have a mirror.
    pub(crate) mirrors: Vec<Option<Arc<MirrorState>>>,
    /// The same in all snapshots.
    pub(crate) asked: Arc<Asked>,
    /// By the upstream's index and the replica's place in it.
    pub(crate) replicas: Vec<Arc<[Replica]>>,
    /// By the upstream's index: addresses that its names stand for beyond [`REPLICAS_MAX`].
    pub(crate) left_out: Vec<usize>,
    /// By the upstream's index: what signs its sticky cookies, where a file says it. Never shown.
    pub(crate) sticky_keys: StickyKeys,
}

impl Snapshot {
    pub(crate) fn new(version: u64, plan: Plan, sticky_keys: StickyKeys, states: &States) -> Self {
        let routes = states.routes(route_names(&plan));
        let mirrored = plan.routes.iter().filter(|route| route.mirror.is_some());
        let mut mirrors = states
            .mirrors(mirrored.map(|route| route.name.as_str()))
            .into_iter();
        let mirrors = plan.routes.iter().map(|route| match route.mirror {
            Some(_) => mirrors.next(),
            None => None,
        });
        let mirrors = mirrors.collect();
        let route_texts = route_names(&plan).map(|name| serde_json::Value::from(name).to_string().into());
        let route_texts = route_texts.collect();
        let upstreams = states.upstreams(plan.upstreams.iter().map(|upstream| upstream.name.as_str()));
        let (replicas, left_out) = plan
            .upstreams
            .iter()
            .zip(&upstreams)
            .map(|(upstream, state)| {
                state.answers.keep(upstream.names());
                let (addrs, left_out) = addresses(upstream, state);
                let replicas = state.replicas(&addrs, &upstream.health);
                set_breakers(upstream, state, &replicas);
                state.set_concurrency(upstream.concurrency);
                (replicas, left_out)
            })
            .unzip();
        Self {
            version,
            plan: Arc::new(plan),
            routes,
            route_texts,
            upstreams,
            mirrors,
            asked: states.asked(),
            replicas,
            left_out,
            sticky_keys,
        }
    }

    /// The same plan with what its names stand for now; `None` if that is nothing else. Upstreams in which nothing has
    /// changed have the very same replicas.
    pub(crate) fn resolved(&self) -> Option<Self> {
        let (mut replicas, mut left_out) = (self.replicas.clone(), self.left_out.clone());
        let mut changed = false;
        let upstreams = self.plan.upstreams.iter().zip(&self.upstreams).enumerate();
        for (place, (upstream, state)) in upstreams.filter(|(_, (upstream, _))| upstream.is_named()) {
            let (addrs, more) = addresses(upstream, state);
            changed |= left_out[place] != more;
            left_out[place] = more;
            let before = replicas[place]
                .iter()
                .map(|replica| (replica.addr, replica.weight));
            if !before.eq(addrs.iter().copied()) {
                replicas[place] = state.replicas(&addrs, &upstream.health);
                set_breakers(upstream, state, &replicas[place]);
                changed = true;
            }
        }
        changed.then(|| Self {
            version: self.version + 1,
            plan: Arc::clone(&self.plan),
            routes: self.routes.clone(),
            route_texts: self.route_texts.clone(),
            upstreams: self.upstreams.clone(),
            mirrors: self.mirrors.clone(),
            asked: Arc::clone(&self.asked),
            replicas,
            left_out,
            sticky_keys: self.sticky_keys.clone(),
        })
    }

    /// The names under which requests are counted, by the same index as `routes`.
    pub(crate) fn route_names(&self) -> impl Iterator<Item = &str> {
        route_names(&self.plan)
    }

    /// The index under which requests without a route are counted.
    pub(crate) fn no_route(&self) -> usize {
        self.plan.routes.len()
    }
}

fn set_breakers(upstream: &Upstream, state: &UpstreamState, replicas: &[Replica]) {
    let breaker = upstream.breaker.as_ref();
    let (each, whole): (Option<_>, Option<_>) = (
        breaker.filter(|breaker| breaker.per_replica),
        breaker.filter(|breaker| !breaker.per_replica),
    );
    let params = |breaker: &'_ Breaker| breaker.params;
    state.set_breakers(whole.map(params).as_ref(), each.map(params).as_ref(), replicas);
}

/// By the route's index, and at the end that of those without one.
fn route_names(plan: &Plan) -> impl Iterator<Item = &str> {
    let names = plan.routes.iter().map(|route| route.name.as_str());
    names.chain([NO_ROUTE])
}

/// Where an upstream is now, and with which weights: no address twice, where the first counts; and how many are too many.
fn addresses(upstream: &Upstream, state: &UpstreamState) -> (Vec<(SocketAddr, u32)>, usize) {
    let mut addrs: Vec<(SocketAddr, u32)> = Vec::new();
    let mut left_out = 0;
    for replica in &upstream.replicas {
        let answer = match replica.addr {
            Some(addr) => Arc::from([addr]),
            None => state.answers.of(&replica.name),
        };
        for addr in answer.iter() {
            if addrs.iter().any(|(before, _)| before == addr) {
                continue;
            }
            if addrs.len() < REPLICAS_MAX {
                addrs.push((*addr, replica.weight));
            } else {
                left_out += 1;
            }
        }
    }
    (addrs, left_out)
}

/// The snapshot in force. Workers ask whether theirs still is at every request, so the question costs one load.
pub(crate) struct Current {
    snapshot: ArcSwap<Snapshot>,
    version: AtomicU64,
    /// Held by whoever makes a snapshot from the one in force, until it is the one.
    turn: Mutex<()>,
}

impl Current {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let version = AtomicU64::new(snapshot.version);
        Self {
            snapshot: ArcSwap::from_pointee(snapshot),
            version,
            turn: Mutex::default(),
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    /// Puts in force what is made of the snapshot that is, and returns its version. A reload and a resolver may want to at
    /// once: one goes first, and the other begins with what that one has made.
    pub(crate) fn update<E>(&self, make: impl FnOnce(&Snapshot) -> Result<Snapshot, E>) -> Result<u64, E> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = make(&self.load())?;
        let version = snapshot.version;
        self.snapshot.store(Arc::new(snapshot));
        // after the snapshot, so that whoever sees the version finds that snapshot or a later one
        self.version.store(version, Ordering::Release);
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config;

    fn plan(replicas: &str) -> Plan {
        let yaml = format!(
            "listen: {{ http: \"127.0.0.1:1\" }}\n\
             upstreams: {{ u: {{ replicas: [{replicas}] }}, other: {{ replicas: [\"b:80\"] }} }}\n\
             routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n"
        );
        config::load(yaml.as_bytes()).unwrap_or_else(|errors| panic!("{errors}"))
    }

    fn of(version: u64, replicas: &str, states: &States) -> Snapshot {
        Snapshot::new(version, plan(replicas), vec![None, None], states)
    }

    fn addr(host: u32, port: u16) -> SocketAddr {
        SocketAddr::from(((0x0a00_0000 + host).to_be_bytes(), port))
    }

    fn addrs_of(snapshot: &Snapshot) -> Vec<SocketAddr> {
        snapshot.replicas[0].iter().map(|replica| replica.addr).collect()
    }

    #[test]
    fn replicas_are_in_the_plans_order_and_none_is_there_twice() {
        let states = States::new(1);
        let first = of(
            1,
            "\"10.0.0.9:80\", \"a:80\", { addr: \"b:80\", weight: 3 }, \"10.0.0.1:80\"",
            &states,
        );
        assert_eq!(addrs_of(&first), [addr(9, 80), addr(1, 80)]);
        let answers = &first.upstreams[0].answers;
        answers.put("a:80", vec![addr(5, 80), addr(3, 80)]);
        answers.put("b:80", vec![addr(9, 80), addr(4, 80), addr(1, 80)]);
        let second = first.resolved().expect("something new");
        let expected = [9, 3, 5, 1, 4].map(|host| addr(host, 80));
        assert_eq!((second.version, addrs_of(&second)), (2, expected.to_vec()));
        let weights = second.replicas[0].iter().map(|replica| replica.weight);
        assert!(
            weights.eq([1, 1, 1, 3, 3]),
            "the first that names an address counts"
        );
        assert!(second.resolved().is_none());
    }

    #[test]
    fn what_has_not_changed_is_the_same() {
        let states = States::new(1);
        let first = of(1, "\"a:80\"", &states);
        first.upstreams[0]
            .answers
            .put("a:80", vec![addr(1, 80), addr(2, 80)]);
        let second = first.resolved().expect("something new");
        assert!(Arc::ptr_eq(&first.replicas[1], &second.replicas[1]));
        first.upstreams[0]
            .answers
            .put("a:80", vec![addr(2, 80), addr(3, 80)]);
        let third = second.resolved().expect("something new");
        let state = |snapshot: &Snapshot, place: usize| Arc::clone(&snapshot.replicas[0][place].state);
        assert!(Arc::ptr_eq(&state(&second, 1), &state(&third, 0)));
        // and after a reload
        let fourth = of(4, "\"10.0.0.7:80\", \"a:80\"", &states);
        assert_eq!(addrs_of(&fourth), [7, 2, 3].map(|host| addr(host, 80)));
        assert!(Arc::ptr_eq(&state(&third, 0), &state(&fourth, 1)));
    }

    #[test]
    fn more_addresses_than_replicas_are_counted() {
        let first = of(1, "\"10.0.0.1:80\", \"a:80\"", &States::new(1));
        let many = (0..100).map(|host| addr(host, 80)).collect();
        first.upstreams[0].answers.put("a:80", many);
        let second = first.resolved().expect("something new");
        assert_eq!((second.replicas[0].len(), second.left_out[0]), (REPLICAS_MAX, 36));
        first.upstreams[0]
            .answers
            .put("a:80", (0..101).map(|host| addr(host, 80)).collect());
        let third = second.resolved().expect("something new");
        assert_eq!((third.replicas[0].len(), third.left_out[0]), (REPLICAS_MAX, 37));
    }
}
