//! Everything around load and faults: calmer, smaller, plainer.
//!
//! A config is made anew from its facts, which only holds for one that was made from them; others are left alone. What a
//! fault or a request still names stays.

use super::remade::remade;
use super::time::TICK;
use scenarios::{Config, Route, Scenario, Upstream, What};

/// Behaviours without chance, the plainest first: at once, and with requests in hand.
const PLAIN: [&str; 3] = ["", "latency=10ms", "latency=100ms"];

/// The scenario with less chance in it, a change each.
pub(super) fn calm(scenario: &Scenario) -> Vec<Scenario> {
    let mut all = [(); 5].map(|()| scenario.clone());
    all[4].workers = 1;
    all[0].network.fragment = false;
    all[1].network.latency_max = scenario.network.latency_min;
    all[2].network.latency_min = scenario.network.latency_min.min(TICK);
    all[2].network.latency_max = all[2].network.latency_min;
    all[3]
        .replicas
        .iter_mut()
        .for_each(|replica| replica.script.clear());
    all.into_iter().filter(|changed| changed != scenario).collect()
}

/// The scenario with less around: places are, in this order, everything that nothing names, each replica, each upstream
/// of the first config.
pub(super) fn fewer(scenario: &Scenario, place: usize) -> Option<Vec<Scenario>> {
    let Some(replica) = place.checked_sub(1) else {
        let unnamed = [
            without_configs(scenario),
            without_upstreams(scenario),
            without_orphans(scenario),
            struck_alone(scenario),
        ];
        return Some(unnamed.into_iter().flatten().collect());
    };
    if let Some(spec) = scenario.replicas.get(replica) {
        let changed = without_replica(scenario, &spec.name).into_iter();
        let plainer = plainer_behaviours(&spec.behaviour).map(|behaviour| {
            let mut plain = scenario.clone();
            behaviour.clone_into(&mut plain.replicas[replica].behaviour);
            plain
        });
        return Some(changed.chain(plainer).collect());
    }
    let name = &upstream(scenario, replica - scenario.replicas.len())?.name;
    let plainer = plainer().into_iter().filter_map(|plainer| {
        let changed = reconfigured(scenario, |upstreams| {
            for upstream in upstreams.iter_mut().filter(|upstream| upstream.name == *name) {
                let replicas: Vec<&str> = upstream.replicas.iter().map(String::as_str).collect();
                let plain = Upstream {
                    by_name: upstream.by_name && is_struck_by_name(scenario, &upstream.name),
                    ..Upstream::new(&upstream.name, &replicas)
                };
                plainer(upstream, &plain);
            }
        });
        changed.filter(|changed| changed != scenario)
    });
    Some(plainer.collect())
}

/// Behaviours that are plainer than this one, the plainest first.
fn plainer_behaviours(behaviour: &str) -> impl Iterator<Item = &'static str> {
    PLAIN.into_iter().take_while(move |plain| *plain != behaviour)
}

/// How an upstream is put back to what it would be without being told otherwise: all of it, then part by part.
fn plainer() -> [fn(&mut Upstream, &Upstream); 17] {
    [
        |upstream, plain| upstream.clone_from(plain),
        |upstream, plain| {
            upstream.lb.clone_from(&plain.lb);
            // which heeds none
            upstream.weights.clear();
        },
        |upstream, _| upstream.weights.clear(),
        |upstream, plain| {
            upstream.sticky.clone_from(&plain.sticky);
            upstream.slow_start = plain.slow_start;
        },
        |upstream, plain| upstream.ejects.clone_from(&plain.ejects),
        |upstream, plain| upstream.probes.clone_from(&plain.probes),
        |upstream, plain| upstream.breaker.clone_from(&plain.breaker),
        |upstream, plain| upstream.panic = plain.panic,
        |upstream, plain| upstream.retries = plain.retries,
        |upstream, _| upstream.retries = upstream.retries.min(1),
        |upstream, plain| upstream.again.clone_from(&plain.again),
        |upstream, plain| {
            upstream.try_timeout = plain.try_timeout;
            upstream.timeout = plain.timeout;
            upstream.idle_timeout = plain.idle_timeout;
            upstream.connect_timeout = plain.connect_timeout;
        },
        |upstream, plain| {
            upstream.connections_max = plain.connections_max;
            upstream.in_flight_max = plain.in_flight_max;
            upstream.idle_max = plain.idle_max;
            upstream.pending_max = plain.pending_max;
            upstream.pending_timeout = plain.pending_timeout;
        },
        |upstream, plain| upstream.by_name = plain.by_name,
        |upstream, plain| upstream.lives.clone_from(&plain.lives),
        // a bound that is felt is felt by fewer requests
        |upstream, plain| {
            if upstream.in_flight_max != plain.in_flight_max {
                upstream.in_flight_max = 1;
                upstream.pending_max = upstream.pending_max.min(1);
            }
        },
        |upstream, plain| {
            if upstream.connections_max != plain.connections_max {
                upstream.connections_max = 1;
            }
        },
    ]
}

fn upstream(scenario: &Scenario, place: usize) -> Option<&Upstream> {
    scenario.configs.first()?.upstreams.get(place)
}

/// Every config with other upstreams, and the routes that lead to what is there.
fn reconfigured(scenario: &Scenario, change: impl Fn(&mut Vec<Upstream>)) -> Option<Scenario> {
    remade(scenario, |upstreams, routes| {
        change(upstreams);
        *routes = possible(routes, upstreams);
    })
}

/// The routes to upstreams that are there, with copies to what is there.
fn possible(routes: &[Route], upstreams: &[Upstream]) -> Vec<Route> {
    let is_there = |name: &str| upstreams.iter().any(|upstream| upstream.name == name);
    let possible = routes.iter().filter(|route| route.upstreams().all(is_there));
    let possible = possible.map(|route| Route {
        mirror: route.mirror.clone().filter(|mirror| is_there(&mirror.upstream)),
        fallback: route.fallback.clone().filter(|fallback| is_there(fallback)),
        ..route.clone()
    });
    possible.collect()
}

/// Without the configs that are never put in force.
fn without_configs(scenario: &Scenario) -> Option<Scenario> {
    let is_named = |config: &Config| {
        let mut faults = scenario.faults.iter();
        faults.any(|fault| matches!(&fault.what, What::Reload { config: name } if *name == config.name))
    };
    let (first, others) = scenario.configs.split_first()?;
    let kept = others.iter().filter(|config| is_named(config));
    let configs: Vec<Config> = [first].into_iter().chain(kept).cloned().collect();
    (configs.len() < scenario.configs.len()).then(|| Scenario {
        configs,
        ..scenario.clone()
    })
}

/// Without the upstreams that no request goes to.
fn without_upstreams(scenario: &Scenario) -> Option<Scenario> {
    let is_asked = |upstream: &Upstream| {
        let prefix = format!("/{}", upstream.name);
        let mut routes = scenario.configs.iter().flat_map(|config| &config.routes);
        let is_named = routes.any(|route| {
            let mirror = route.mirror.iter().map(|mirror| mirror.upstream.as_str());
            let others = mirror.chain(route.fallback.as_deref());
            route.upstreams().chain(others).any(|name| name == upstream.name)
        });
        let mut asks = scenario.load.asks.iter();
        is_named
            || asks.any(|ask| ask.path.starts_with(&prefix))
            || is_struck_by_name(scenario, &upstream.name)
    };
    let changed = reconfigured(scenario, |upstreams| {
        upstreams.retain(|upstream| is_asked(upstream))
    })?;
    (changed != *scenario).then_some(changed)
}

/// Without the replicas that no config and no fault names.
fn without_orphans(scenario: &Scenario) -> Option<Scenario> {
    let is_used = |name: &str| {
        let mark = format!("${{{name}}}");
        is_struck(scenario, name)
            || scenario.configs.iter().any(|config| config.yaml.contains(&mark))
            || scenario
                .upstreams()
                .iter()
                .any(|upstream| upstream.by_name && upstream.replicas.iter().any(|replica| replica == name))
    };
    let mut changed = scenario.clone();
    changed.replicas.retain(|replica| is_used(&replica.name));
    (changed != *scenario).then_some(changed)
}

/// Without the replicas that no fault names, but for one in an upstream that would have none: where requests take
/// turns, which of them is struck does not hang on their number then.
fn struck_alone(scenario: &Scenario) -> Option<Scenario> {
    let changed = reconfigured(scenario, |upstreams| {
        for upstream in upstreams {
            let first = upstream.replicas.first().cloned();
            upstream.replicas.retain(|replica| is_struck(scenario, replica));
            if upstream.replicas.is_empty() {
                upstream.replicas.extend(first);
            }
        }
    })?;
    (changed != *scenario).then_some(changed)
}

fn without_replica(scenario: &Scenario, name: &str) -> Option<Scenario> {
    if is_struck(scenario, name) {
        return None;
    }
    let mut changed = reconfigured(scenario, |upstreams| {
        for upstream in upstreams {
            upstream.replicas.retain(|replica| replica != name);
        }
    })?;
    changed.replicas.retain(|replica| replica.name != name);
    Some(changed)
}

fn is_struck_by_name(scenario: &Scenario, upstream: &str) -> bool {
    let mut struck = scenario.faults.iter().filter_map(|fault| fault.what.upstream());
    struck.any(|name| name == upstream)
}

fn is_struck(scenario: &Scenario, name: &str) -> bool {
    let is_struck = |what: &What| {
        let (a, b) = what.hosts();
        let named = match what {
            What::NamesChange { replicas, .. } => replicas.iter().any(|replica| replica == name),
            _ => false,
        };
        a == Some(name) || b == Some(name) || named
    };
    scenario.faults.iter().any(|fault| is_struck(&fault.what))
}
