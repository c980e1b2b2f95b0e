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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::load;
    use std::time::Duration;

    /// Routes `a` and `b`, of which the second waits for this quantile at upstreams `u` and `v`.
    fn plan(quantile: &str, split: &str) -> Plan {
        let text = format!(
            "listen: {{ http: 127.0.0.1:8080 }}\n\
             upstreams: {{ t: {{ replicas: [\"10.0.0.3:80\"] }}, u: {{ replicas: [\"10.0.0.1:80\"] }}, \
             v: {{ replicas: [\"10.0.0.2:80\"] }} }}\n\
             routes:\n- {{ name: a, match: {{ path: /a }}, upstream: u, retries: {{ max: 1, hedge: {{ after: 5ms }} }} }}\n\
             - {{ name: b, match: {{ path: /b }}, split: [{split}], retries: {{ max: 1, hedge: {{ after: {quantile} }} }} }}\n"
        );
        load(text.as_bytes()).expect("valid")
    }

    const BOTH: &str = "{ upstream: u, weight: 1 }, { upstream: v, weight: 1 }";

    #[tokio::test(start_paused = true)]
    async fn each_route_has_one_for_each_upstream_and_failures_are_no_samples() {
        let paces = Paces::new(&plan("p50", BOTH), None);
        let known = [(0, 1), (1, 0), (1, 1), (1, 2), (2, 1)]
            .map(|(route, upstream)| paces.of(route, upstream).is_some());
        assert_eq!(known, [false, false, true, true, false]);
        let attempt = Attempted {
            upstream: 2,
            replica: 0,
            number: 1,
            began: Instant::now(),
        };
        let estimate = |upstream| {
            paces
                .of(1, upstream)
                .and_then(|running| running.borrow().estimate())
        };
        for _ in 0..20 {
            paces.learn(1, attempt, Outcome::Reset, false);
            paces.learn(1, attempt, Outcome::Timeout, false);
            paces.learn_given_up(1, attempt, Instant::now());
        }
        assert_eq!(estimate(2), None);
        tokio::time::advance(Duration::from_millis(1)).await;
        for _ in 0..10 {
            paces.learn(1, attempt, Outcome::Status(200), true);
        }
        assert!(estimate(2) >= Some(Duration::from_millis(1)));
        assert_eq!(estimate(1), None);
    }

    #[test]
    fn a_reload_keeps_what_keeps_its_names() {
        let (before, other) = (plan("p50", BOTH), plan("p90", BOTH));
        let paces = Paces::new(&before, None);
        let kept = |after: &Plan, upstream| {
            let after = Paces::new(after, Some((&before, &paces)));
            let both = paces.of(1, upstream).zip(after.of(1, upstream));
            both.is_some_and(|(before, after)| std::ptr::eq(before, after))
        };
        assert!(kept(&before, 1) && kept(&before, 2));
        assert!(!kept(&other, 1) && !kept(&other, 2));
        let fewer = plan("p50", "{ upstream: v, weight: 1 }");
        assert!(!kept(&fewer, 1) && kept(&fewer, 2));
    }
}
