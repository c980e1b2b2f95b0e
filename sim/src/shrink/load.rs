//! The load: written out request by request, without some of them, and with simpler ones.
//!
//! Written out, the k-th arrival goes to the k-th of the load's 64 streams, and with that to the client k mod n: which of
//! several clients sends what is not what it was. With one client nothing but ids changes, so that is tried first.

use crate::document::Document;
use crate::run;
use crate::source::REQUESTS_MAX;
use crate::trace::{Kind, Record, Recorder, Watch};
use crate::world::caught;
use scenarios::{Arrival, Ask, Load, Scenario, client_name};
use std::sync::mpsc::{Sender, channel};

/// The method of a plain request.
const GET: &str = "GET";

/// The scenario with these requests; without any the load would be made from its rate again, or from its schedule.
pub(super) fn with(scenario: &Scenario, arrivals: Vec<Arrival>) -> Scenario {
    if arrivals.is_empty() {
        return scenario.clone();
    }
    let mut scenario = scenario.clone();
    (scenario.load.schedule, scenario.load.arrivals) = (None, arrivals);
    scenario
}

/// What the clients planned to send, in order of time; `None` if that is nothing, or more than a file may have: such a load
/// has to be cut first.
pub(super) fn planned(document: Document) -> Option<Vec<Arrival>> {
    let (to, from) = channel();
    let mut recorder = Recorder::hash_only();
    recorder.watch(Box::new(Planned(to)));
    // a run that panics has told what it planned until then
    let _ = caught(|| run::play(document, None, recorder));
    let mut arrivals: Vec<Arrival> = from.try_iter().take(REQUESTS_MAX + 1).collect();
    arrivals.sort_by_key(|arrival| arrival.at_us);
    (1..=REQUESTS_MAX).contains(&arrivals.len()).then_some(arrivals)
}

struct Planned(Sender<Arrival>);

impl Watch for Planned {
    fn see(&mut self, record: &Record) {
        if record.kind == Kind::ClientPlanned {
            let [_, at_us, ask, ..] = record.args();
            let ask = usize::try_from(ask).unwrap_or(usize::MAX);
            // who does not listen any more does not want to know
            let _ = self.0.send(Arrival { at_us, ask });
        }
    }
}

/// The load as it was planned, from one client or from as many as there are.
pub(super) fn written_out(scenario: &Scenario, planned: &[Arrival]) -> Vec<Scenario> {
    let written = with(scenario, planned.to_vec());
    let mut alone = written.clone();
    alone.load.clients = 1;
    if scenario.load.clients > 1 && is_enough(scenario, 1) {
        vec![alone, written]
    } else {
        vec![written]
    }
}

/// Simpler requests: first all together, then each ask.
pub(super) fn simpler(scenario: &Scenario, place: usize) -> Option<Vec<Scenario>> {
    let load = &scenario.load;
    let changed = |load: Load| Scenario {
        load,
        ..scenario.clone()
    };
    let Some(place) = place.checked_sub(1) else {
        let together = [fewer_clients(scenario), only_used(load), round(load)];
        return Some(together.into_iter().flatten().map(changed).collect());
    };
    let ask = load.asks.get(place)?;
    let simpler = simpler_asks(ask).into_iter().map(|ask| {
        let mut load = load.clone();
        load.asks[place] = ask;
        changed(load)
    });
    Some(simpler.collect())
}

fn fewer_clients(scenario: &Scenario) -> Option<Load> {
    let clients = scenario.load.clients.checked_sub(1)?;
    (clients > 0 && is_enough(scenario, clients)).then(|| Load {
        clients,
        ..scenario.load.clone()
    })
}

/// Whether no fault lies on any client beyond so many.
fn is_enough(scenario: &Scenario, clients: usize) -> bool {
    let mut beyond = (clients..scenario.load.clients).map(client_name);
    let hosts = scenario
        .faults
        .iter()
        .flat_map(|fault| <[_; 2]>::from(fault.what.hosts()));
    !beyond.any(|name| hosts.clone().flatten().any(|host| host == name))
}

/// Without the asks that no arrival makes.
fn only_used(load: &Load) -> Option<Load> {
    let is_used = |place: &usize| load.arrivals.iter().any(|arrival| arrival.ask == *place);
    let used: Vec<usize> = (0..load.asks.len()).filter(is_used).collect();
    if load.arrivals.is_empty() || used.len() == load.asks.len() {
        return None;
    }
    let place = |ask: usize| used.iter().position(|place| *place == ask).unwrap_or_default();
    let arrivals = load.arrivals.iter().map(|arrival| Arrival {
        ask: place(arrival.ask),
        ..*arrival
    });
    Some(Load {
        asks: used.iter().map(|place| load.asks[*place].clone()).collect(),
        arrivals: arrivals.collect(),
        ..load.clone()
    })
}

/// All arrivals at whole milliseconds.
fn round(load: &Load) -> Option<Load> {
    let arrivals = load.arrivals.iter().map(|arrival| Arrival {
        at_us: arrival.at_us / 1_000 * 1_000,
        ..*arrival
    });
    let load_of_whole = Load {
        arrivals: arrivals.collect(),
        ..load.clone()
    };
    (load_of_whole != *load).then_some(load_of_whole)
}

fn simpler_asks(ask: &Ask) -> Vec<Ask> {
    let plain = Ask {
        weight: ask.weight,
        ..Ask::get(&ask.path)
    };
    let mut simpler = vec![plain];
    if ask.method != GET {
        simpler.push(Ask {
            method: GET.into(),
            ..ask.clone()
        });
    }
    simpler.push(Ask {
        bytes: 0,
        ..ask.clone()
    });
    simpler.push(Ask {
        bytes: ask.bytes.min(1),
        ..ask.clone()
    });
    simpler.push(Ask {
        keyed: false,
        ..ask.clone()
    });
    simpler.push(Ask {
        host: None,
        ..ask.clone()
    });
    simpler.push(Ask {
        visits: false,
        ..ask.clone()
    });
    simpler.extend((0..ask.headers.len()).map(|place| {
        let mut ask = ask.clone();
        ask.headers.remove(place);
        ask
    }));
    simpler.retain(|simpler| simpler != ask);
    simpler
}
