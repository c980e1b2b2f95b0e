//! How long attempts take of late, for the hedges of routes that wait for a quantile of it.
//!
//! One worker's own, by route and upstream: two routes to one upstream may well ask for things that take ten times as long. A reload
//! keeps what is known of routes and upstreams that keep their names. Failures say nothing, however fast they are.

use super::blame::Attempted;
use crate::config::{Plan, Route};
use crate::retry::{Outcome, Quantile, Running};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use tokio::time::Instant;

/// By the route's index; nothing where it waits for no quantile.
#[derive(Default)]
pub(super) struct Paces(Vec<Box<[Pace]>>);

#[derive(Clone)]
struct Pace {
    upstream: usize,
    running: Rc<RefCell<Running>>,
}

impl Paces {
    /// `before` is what there was under the plan before.
    pub(super) fn new(plan: &Plan, before: Option<(&Plan, &Self)>) -> Self {
        if plan.routes.iter().all(|route| quantile(route).is_none()) {
            return Self::default();
        }
        let mut known = BTreeMap::new();
        if let Some((plan, paces)) = before {
            for (route, paces) in plan.routes.iter().zip(&paces.0) {
                for pace in paces {
                    let upstream = plan.upstreams[pace.upstream].name.as_str();
                    known.insert((route.name.as_str(), upstream), &pace.running);
                }
            }
        }
        let of_route = |route: &Route| {
            let Some(of) = quantile(route) else {
                return Box::default();
            };
            let upstreams = route.action.upstreams().into_iter();
            let paces = upstreams.map(|upstream| {
                let names = (route.name.as_str(), plan.upstreams[upstream].name.as_str());
                let kept = known.get(&names).filter(|running| running.borrow().of() == of);
                let running =
                    kept.map_or_else(|| Rc::new(RefCell::new(Running::new(of))), |kept| Rc::clone(kept));
                Pace { upstream, running }
            });
            paces.collect()
        };
        Self(plan.routes.iter().map(of_route).collect())
    }

    pub(super) fn of(&self, route: usize, upstream: usize) -> Option<&RefCell<Running>> {
        let paces = self.0.get(route)?;
        let pace = paces.iter().find(|pace| pace.upstream == upstream)?;
        Some(&pace.running)
    }

    /// An attempt has just ended by itself.
    pub(super) fn learn(&self, route: usize, attempt: Attempted, outcome: Outcome, is_good: bool) {
        let Some(running) = self.of(route, attempt.upstream) else {
            return;
        };
        if is_good {
            running.borrow_mut().observe(attempt.began.elapsed());
        } else if outcome == Outcome::Timeout {
            running.borrow_mut().observe_given_up(attempt.began.elapsed());
        }
    }

    /// An attempt was given up.
    pub(super) fn learn_given_up(&self, route: usize, attempt: Attempted, now: Instant) {
        if let Some(running) = self.of(route, attempt.upstream) {
            let after = now.saturating_duration_since(attempt.began);
            running.borrow_mut().observe_given_up(after);
        }
    }
}

fn quantile(route: &Route) -> Option<Quantile> {
    route.retry.hedge?.quantile()
}
