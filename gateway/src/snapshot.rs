//! A plan in force: the plan itself, its version, and the states that its names stand for.

use crate::config::Plan;
use crate::state::{Asked, ReplicaState, RouteState, States, UpstreamState};
use arc_swap::ArcSwap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The name under which requests are counted that match no route.
const NO_ROUTE: &str = "(none)";

/// See [`Snapshot::sticky_keys`].
pub(crate) type StickyKeys = Vec<Option<Box<[u8]>>>;

/// Immutable, shared by all workers. A request takes one and keeps it to its end.
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) plan: Plan,
    /// By the route's index; one more at the end counts what matched none.
    pub(crate) routes: Vec<Arc<RouteState>>,
    /// The same, by the same index, for the log.
    pub(crate) route_names: Vec<Arc<str>>,
    pub(crate) upstreams: Vec<Arc<UpstreamState>>,
    /// The same in all snapshots.
    pub(crate) asked: Arc<Asked>,
    /// By the upstream's index and the replica's place in it.
    pub(crate) replicas: Vec<Box<[Arc<ReplicaState>]>>,
    /// By the upstream's index: what signs its sticky cookies, where a file says it. Never shown.
    pub(crate) sticky_keys: StickyKeys,
}

impl Snapshot {
    pub(crate) fn new(version: u64, plan: Plan, sticky_keys: StickyKeys, states: &States) -> Self {
        let names = || {
            plan.routes
                .iter()
                .map(|route| route.name.as_str())
                .chain([NO_ROUTE])
        };
        let routes = states.routes(names());
        let route_names = names().map(Arc::from).collect();
        let upstreams = states.upstreams(plan.upstreams.iter().map(|upstream| upstream.name.as_str()));
        let replicas = upstreams.iter().zip(&plan.upstreams);
        let replicas = replicas
            .map(|(state, upstream)| {
                let addrs = upstream.replicas.iter().map(|replica| replica.addr);
                state.replicas(addrs, &upstream.health)
            })
            .collect();
        Self {
            version,
            plan,
            routes,
            route_names,
            upstreams,
            asked: states.asked(),
            replicas,
            sticky_keys,
        }
    }

    /// The index under which requests without a route are counted.
    pub(crate) fn no_route(&self) -> usize {
        self.plan.routes.len()
    }
}

/// The snapshot in force. Workers ask whether theirs still is at every request, so the question costs one load.
pub(crate) struct Current {
    snapshot: ArcSwap<Snapshot>,
    version: AtomicU64,
}

impl Current {
    pub(crate) fn new(snapshot: Snapshot) -> Self {
        let version = AtomicU64::new(snapshot.version);
        Self {
            snapshot: ArcSwap::from_pointee(snapshot),
            version,
        }
    }

    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Acquire)
    }

    pub(crate) fn load(&self) -> Arc<Snapshot> {
        self.snapshot.load_full()
    }

    pub(crate) fn store(&self, snapshot: Snapshot) {
        let version = snapshot.version;
        self.snapshot.store(Arc::new(snapshot));
        // after the snapshot, so that whoever sees the version finds that snapshot or a later one
        self.version.store(version, Ordering::Release);
    }
}
