//! `rolling`, of [`super::drain`]: are gateways replaced one after the other without any client noticing?
//!
//! Two or three gateways are the replicas of one that balances them, and clients talk to that one. Each of them is stopped in turn, and a
//! new process takes its place: it says for its lead time that it is not ready, which the one in front finds out by probing its
//! admin listener; its connections end one by one in that time, each with an answer's `Connection: close` or while it is idle; then it
//! serves what it has in hand.
//!
//! Every request succeeds, and none is sent again. The lead is what it takes to notice, so without one this does not hold
//! (`lead=none`), and neither does it where nobody looks (`probes=none`).

use super::config::{Config, Upstream};
use super::expectation::{Expectation, Window};
use super::fault::{Fault, What};
use super::health::Probes;
use super::knobs::Knobs;
use super::model::{Behind, Heal, Scenario};
use super::names::ADMIN_PORT;
use std::time::Duration;

/// Between two probes, and for each of them.
const INTERVAL: Duration = Duration::from_millis(150);

/// Failed ones in a row.
const UNHEALTHY_AFTER: u32 = 2;

/// What it takes to notice, and a dial and a request on their way.
const LEAD: Duration = Duration::from_millis(800);

/// How long the successor has to be found ready before the next one is stopped.
const NOTICED: Duration = Duration::from_millis(700);

/// Of the same hosts and load as `alone`, in which one gateway is stopped. `settle` is longer than any request takes.
pub(super) fn scenario(knobs: &mut Knobs, alone: &Scenario, settle: Duration) -> Scenario {
    let count = knobs.integer("gateways", 2..=3);
    let lead = match knobs.mode("lead", &["enough", "none"]) {
        "none" => Duration::ZERO,
        _ => LEAD,
    };
    let is_probed = knobs.mode("probes", &["yes", "none"]) == "yes";
    let gateways: Vec<String> = (0..count).map(|index| format!("g{index}")).collect();
    let names: Vec<&str> = gateways.iter().map(String::as_str).collect();
    let front = Upstream {
        probes: is_probed.then(|| Probes {
            path: "/readyz".into(),
            port: Some(ADMIN_PORT),
            interval: INTERVAL,
            timeout: INTERVAL,
            unhealthy_after: UNHEALTHY_AFTER,
            healthy_after: 2,
            statuses: [200, 299],
        }),
        ..Upstream::new("orders", &names)
    };
    let away = lead + settle;
    let every = away + NOTICED;
    let fault = |(host, turn): (&String, u32)| Fault {
        at: settle + every * turn,
        lasts: away,
        what: What::Stop {
            lead,
            deadline: settle,
            host: Some(host.clone()),
        },
    };
    let faults: Vec<Fault> = gateways.iter().zip(0..).map(fault).collect();
    let heal = faults.last().map_or(settle, Fault::end);
    let end = heal + settle * 2;
    let whole = Window::new(Duration::ZERO, end);
    let mut scenario = Scenario {
        configs: vec![Config::new("front", vec![front])],
        behind: Some(Behind {
            config: alone.configs[0].clone(),
            gateways,
        }),
        tunnels: None,
        faults,
        heal: Heal {
            at: heal,
            within: settle,
            at_least: 0.999,
        },
        expectations: vec![
            Expectation::success(whole, 1.0, 1.0),
            // one of the gateway in front, and one of another
            Expectation::amplification(Window::new(Duration::ZERO, end + settle), 2.0, 2.0),
        ],
        ..alone.clone()
    };
    scenario.load.duration = end;
    scenario
}
