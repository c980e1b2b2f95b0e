//! Configs made anew from other facts.

use scenarios::{Config, Route, Scenario, Upstream};

/// Every config with other upstreams and routes; `None` where one cannot be made from its facts, or would be none.
pub(super) fn remade(
    scenario: &Scenario,
    change: impl Fn(&mut Vec<Upstream>, &mut Vec<Route>),
) -> Option<Scenario> {
    let mut scenario = scenario.clone();
    for config in scenario.configs.iter_mut().filter(|config| !config.is_broken()) {
        let (mut upstreams, mut routes) = (config.upstreams.clone(), config.routes.clone());
        let again = Config::with_routes(&config.name, upstreams.clone(), routes.clone());
        if *config != again.telling(config.tells) {
            return None;
        }
        change(&mut upstreams, &mut routes);
        if upstreams.is_empty() || upstreams.iter().any(|told| told.replicas.is_empty()) {
            return None;
        }
        *config = Config::with_routes(&config.name, upstreams, routes).telling(config.tells);
    }
    Some(scenario)
}
