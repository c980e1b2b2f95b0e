//! A plan in force: the plan itself, its version, and the states that its names stand for.

use crate::config::Plan;
use crate::state::{RouteState, States, UpstreamState};
use std::sync::Arc;

/// The name under which requests are counted that match no route.
const NO_ROUTE: &str = "(none)";

/// Immutable, shared by all workers. A request takes one and keeps it to its end.
pub(crate) struct Snapshot {
    pub(crate) version: u64,
    pub(crate) plan: Plan,
    /// By the route's index; one more at the end counts what matched none.
    pub(crate) routes: Vec<Arc<RouteState>>,
    /// The same, by the same index, for the log.
    pub(crate) route_names: Vec<Arc<str>>,
    pub(crate) upstreams: Vec<Arc<UpstreamState>>,
}

impl Snapshot {
    pub(crate) fn new(version: u64, plan: Plan, states: &States) -> Self {
        let names = || {
            plan.routes
                .iter()
                .map(|route| route.name.as_str())
                .chain([NO_ROUTE])
        };
        let routes = states.routes(names());
        let route_names = names().map(Arc::from).collect();
        let upstreams = states.upstreams(plan.upstreams.iter().map(|upstream| upstream.name.as_str()));
        Self {
            version,
            plan,
            routes,
            route_names,
            upstreams,
        }
    }

    /// The index under which requests without a route are counted.
    pub(crate) fn no_route(&self) -> usize {
        self.plan.routes.len()
    }
}
