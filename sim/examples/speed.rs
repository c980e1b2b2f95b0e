//! How fast the simulator is: requests per CPU-second through client → gateway → upstream on 5 hosts, as `sim run` plays
//! them (every oracle on, the trace hashed), when there are many in every tick, and when there is next to none.
//!
//! `cargo run --release -p sim --example speed [seconds [rate]]`. A noisy machine moves these figures; instructions per request, from
//! `valgrind --tool=callgrind` over two lengths of run, are steady.

use scenarios::{Ask, Config, Heal, Load, Network, Replica, Scenario, Upstream, Variant};
use sim::document::{Document, FORMAT};
use sim::judge::Verdict;
use sim::run;
use sim::trace::Recorder;
use std::error::Error;
use std::time::Duration;

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().map_or(Ok(10), |text| text.parse())?;
    let rate = args.next().map_or(Ok(5_000.0), |text| text.parse())?;
    for rate in [rate, 1.0] {
        let run = run::play(document(rate, seconds), None, Recorder::hash_only())?;
        let cpu = run.cpu().as_secs_f64();
        println!(
            "{rate} requests per simulated second: {:.0} requests per CPU-second, {:.0} ticks per CPU-second ({} requests, {} \
             events, {cpu:.2} s); {}",
            run.requests_per_cpu_second(),
            (seconds * 1_000) as f64 / cpu.max(1e-9),
            run.requests(),
            run.trace.events,
            run.verdict().name(),
        );
        if run.verdict() != Verdict::Holds {
            return Err("it was to hold".into());
        }
    }
    Ok(())
}

/// One client, the gateway and three replicas that answer after 2 ms, a hop of 1 ms, for so many simulated seconds.
fn document(rate: f64, seconds: u64) -> Document {
    let hop = Duration::from_millis(1);
    let names = ["r0", "r1", "r2"];
    let replica = |name: &str| Replica {
        name: name.into(),
        behaviour: "latency=2ms body=256B".into(),
        script: String::new(),
    };
    let scenario = Scenario {
        behind: None,
        tunnels: None,
        network: Network {
            latency_min: hop,
            latency_max: hop,
            fragment: false,
        },
        workers: 1,
        configs: vec![Config::new("main", vec![Upstream::new("all", &names)])],
        replicas: names.map(replica).to_vec(),
        load: Load {
            clients: 1,
            rate,
            constant: false,
            duration: Duration::from_secs(seconds),
            timeout: Duration::from_secs(5),
            host: "any.test".into(),
            asks: vec![Ask::get("/all")],
            connections: 64,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: Vec::new(),
        heal: Heal {
            at: Duration::ZERO,
            within: Duration::from_secs(1),
            at_least: 0.999,
        },
        expectations: Vec::new(),
    };
    Document {
        format: FORMAT,
        scenario: "speed".into(),
        seed: 1,
        set: Vec::new(),
        knobs: Vec::new(),
        plant: None,
        variants: vec![Variant {
            name: "speed".into(),
            scenario,
        }],
        outcome: None,
    }
}
