//! The load of a scenario as a job of the load generator.

use super::StageError;
use loadgen::{Arrival, Body, Catalogue, Job, JobSpec, Offered, RequestStep, ScenarioSpec, StepSpec};
use scenarios::{Ask, Load};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use workload::{Profile, Trace};

/// What makes a body the request's own, at its beginning.
const OWN: &str = "{{id}} ";

/// The job, checked; the same for all clients.
pub fn job(load: &Load, target: SocketAddr) -> Result<Job, StageError> {
    let bad = |what: String| StageError::Scenario(format!("load: {what}"));
    let (catalogue, offered, arrival) = if load.arrivals.is_empty() {
        let specs = load.asks.iter().enumerate().map(|(index, ask)| {
            Ok(ScenarioSpec {
                name: format!("ask{index}"),
                weight: ask.weight,
                steps: vec![step(load, index)?],
            })
        });
        let specs = specs.collect::<Result<Vec<_>, StageError>>()?;
        let catalogue = Catalogue::weighted(specs).map_err(|errors| bad(errors.join("; ")))?;
        let arrival = if load.constant {
            Arrival::Constant
        } else {
            Arrival::Poisson
        };
        let profile = load.schedule.as_deref().map(Profile::parse).transpose();
        let profile = profile.map_err(|errors| bad(errors.join("; ")))?;
        (catalogue, profile.map(Offered::Profile), arrival)
    } else {
        // each ask is checked once, however many arrivals have it, and made only if one has
        let mut asked = BTreeMap::new();
        let steps = load.arrivals.iter().map(|arrival| {
            let known = match asked.entry(arrival.ask) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(step(load, arrival.ask)?),
            };
            Ok(known.clone())
        });
        let steps = steps.collect::<Result<Vec<RequestStep>, StageError>>()?;
        let times = load
            .arrivals
            .iter()
            .map(|arrival| Duration::from_micros(arrival.at_us));
        let trace = Trace::new(&times.collect::<Vec<_>>()).map_err(|errors| bad(errors.join("; ")))?;
        let catalogue = Catalogue::turns(steps).map_err(&bad)?;
        (catalogue, Some(Offered::Trace(trace)), Arrival::Poisson)
    };
    let spec = JobSpec {
        catalogue: Some(Arc::new(catalogue)),
        offered,
        arrival,
        rate: load.rate,
        duration: load.duration,
        connections: load.connections,
        timeout: load.timeout,
        drain: load.timeout,
        ..JobSpec::new(target, &load.host)
    };
    spec.build().map_err(|errors| bad(errors.to_string()))
}

fn step(load: &Load, index: usize) -> Result<RequestStep, StageError> {
    let bad = |what: String| StageError::Scenario(format!("load.asks[{index}]: {what}"));
    let ask: &Ask = load
        .asks
        .get(index)
        .ok_or_else(|| bad("an arrival asks for it, and there is none".into()))?;
    let mut headers = ask.headers.clone();
    if ask.keyed {
        headers.push(("Idempotency-Key".into(), "key-{{id}}".into()));
    }
    let spec = StepSpec {
        name: format!("ask{index}"),
        method: ask.method.clone(),
        authority: ask.host.as_ref().unwrap_or(&load.host).clone(),
        path: ask.path.clone(),
        headers,
        body: body(ask.bytes),
        visits: ask.visits,
        ..StepSpec::default()
    };
    spec.build(None, &mut Vec::new()).map_err(|faults| {
        let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
        bad(faults.join("; "))
    })
}

/// About `bytes` long: the arrival's number, and filling.
fn body(bytes: usize) -> Body {
    if bytes == 0 {
        return Body::default();
    }
    let filling: String = ('a'..='z')
        .cycle()
        .take(bytes.saturating_sub(OWN.len()))
        .collect();
    Body::Text(format!("{OWN}{filling}"))
}
