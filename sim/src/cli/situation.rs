//! Where things stand in a run that was stopped on the way, for people and for programs.

use scenarios::Scenario;
use serde_json::{Value, json};
use sim::replay::{HostState, OpenRequest, Replayed, Situation, Stage};
use sim::report::fault_words;
use std::fmt::Write as _;

/// Open requests that are listed; an overloaded run has thousands.
const REQUESTS_MAX: usize = 20;

/// Every variant, ending in a line feed.
pub(super) fn text(replayed: &Replayed) -> String {
    let mut out = String::new();
    for situation in &replayed.situations {
        if let Some(played) = replayed.run.variants.get(situation.variant) {
            one(&mut out, situation, &played.name, &played.scenario);
        }
    }
    out
}

fn one(out: &mut String, situation: &Situation, name: &str, scenario: &Scenario) {
    // a string takes everything
    let _ = writeln!(out, "{name}, stopped at {}", seconds(situation.at_us));
    let none = |lines: Vec<String>, none: &str| match lines.is_empty() {
        true => vec![none.to_owned()],
        false => lines,
    };
    let healed = if situation.is_healed {
        "none, and none will come: it has healed"
    } else {
        "none"
    };
    let connections = situation.connections.iter().map(|(from, to, open, half)| {
        let half = match half {
            0 => String::new(),
            half => format!(", {half} of them let go of by one end"),
        };
        format!("{open} from {from} to {to}{half}")
    });
    for (title, lines) in [
        ("faults", none(faults(situation, scenario), healed)),
        ("hosts", none(hosts(situation), "all up")),
        ("config", vec![config(situation, scenario)]),
        ("wires", none(connections.collect(), "none")),
        ("requests", none(requests(situation, scenario), "none is open")),
        ("last", situation.last.clone()),
    ] {
        for (index, line) in lines.iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            let _ = writeln!(out, "  {title:<9} {line}");
        }
    }
}

fn faults(situation: &Situation, scenario: &Scenario) -> Vec<String> {
    let faults = situation.faults.iter();
    faults
        .filter_map(|place| scenario.faults.get(*place))
        .map(fault_words)
        .collect()
}

fn hosts(situation: &Situation) -> Vec<String> {
    let words = |state: &HostState| match state {
        HostState::Down => "is down",
        HostState::StandsStill => "stands still",
    };
    let hosts = situation.hosts.iter();
    hosts
        .map(|(name, state)| format!("{name} {}", words(state)))
        .collect()
}

fn config(situation: &Situation, scenario: &Scenario) -> String {
    let (place, version) = situation.config.unwrap_or((0, 1));
    let name = scenario
        .configs
        .get(place)
        .map_or("unknown", |config| config.name.as_str());
    format!("{name}, version {version}")
}

fn requests(situation: &Situation, scenario: &Scenario) -> Vec<String> {
    let open = situation.requests.len();
    let mut lines: Vec<String> = situation
        .requests
        .iter()
        .take(REQUESTS_MAX)
        .map(|request| request_text(request, scenario))
        .collect();
    if open > REQUESTS_MAX {
        lines.push(format!("and {} more", open - REQUESTS_MAX));
    }
    lines
}

fn request_text(request: &OpenRequest, scenario: &Scenario) -> String {
    let load = &scenario.load;
    let place = match load.arrivals.get(request.ask) {
        Some(arrival) => arrival.ask,
        None => request.ask,
    };
    let asked = match load.asks.get(place) {
        Some(ask) => format!("{} {}", ask.method, ask.path),
        None => "unknown".into(),
    };
    format!(
        "#{} {asked} of {}, due at {}: {} since {}",
        request.id,
        host(request.client, scenario),
        seconds(request.intended_us),
        stage(&request.stage, scenario),
        seconds(request.since_us)
    )
}

fn stage(stage: &Stage, scenario: &Scenario) -> String {
    match stage {
        Stage::Planned => "its client waits for a connection".into(),
        Stage::Sent => "on its way to the gateway".into(),
        Stage::AtGateway => "at the gateway, which has not sent it on,".into(),
        Stage::Attempt {
            number,
            upstream,
            replica,
        } => format!("attempt {number} on its way to replica {replica} of upstream {upstream}"),
        Stage::Between { attempts } => format!("at the gateway after attempt {attempts}"),
        Stage::AtReplica { host: number } => format!("{} has it", host(*number, scenario)),
        Stage::Answered { status } => format!("answered {status}, the answer not yet whole,"),
    }
}

fn host(number: u64, scenario: &Scenario) -> String {
    let place = number
        .checked_sub(1)
        .and_then(|place| usize::try_from(place).ok());
    let name = place.and_then(|place| scenario.host_names().nth(place));
    name.unwrap_or_else(|| "unknown".into())
}

fn seconds(us: u64) -> String {
    format!("{:.3} s", us as f64 / 1e6)
}

/// Every variant as JSON.
pub(super) fn json(replayed: &Replayed) -> Value {
    let situations = replayed.situations.iter().filter_map(|situation| {
        let played = replayed.run.variants.get(situation.variant)?;
        Some(json!({
            "name": played.name,
            "at_us": situation.at_us,
            "healed": situation.is_healed,
            "faults": faults(situation, &played.scenario),
            "hosts": hosts(situation),
            "config": config(situation, &played.scenario),
            "connections": situation.connections.iter().map(|(from, to, open, half)| {
                json!({ "from": from, "to": to, "open": open, "half_closed": half })
            }).collect::<Vec<_>>(),
            "open_requests": situation.requests.iter().map(|request| json!({
                "id": request.id, "intended_us": request.intended_us, "since_us": request.since_us,
                "stage": stage(&request.stage, &played.scenario),
            })).collect::<Vec<_>>(),
            "last": situation.last,
        }))
    });
    situations.collect()
}
