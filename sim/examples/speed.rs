//! How fast the simulator is: requests per CPU-second through client → gateway → upstream on 5 hosts, when there are
//! many of them in every tick, and ticks per CPU-second when there is none.
//!
//! `cargo run --release -p sim --example speed [seconds [rate]]`. A noisy machine moves these figures; instructions per request, from
//! `valgrind --tool=callgrind` over two lengths of run, are steady.

use sim::parts::SimProbe;
use sim::trace::Recorder;
use sim::world::{Driver, Settings, SimWorld, isolated};
use std::cell::Cell;
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use upstream_stub::{Replica, Server};
use world::{ListenAddr, Seed};

const GATEWAY_PORT: u16 = 8_080;
const REPLICA_PORT: u16 = 8_081;
const SEED: Seed = Seed(1);

/// Requests and ticks that were simulated, and the CPU time it took.
struct Played {
    requests: u64,
    ticks: u64,
    cpu: Duration,
    events: u64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let seconds = args.next().map_or(Ok(10), |text| text.parse())?;
    let rate = args.next().map_or(Ok(5_000.0), |text| text.parse())?;
    let busy = isolated(|| play(rate, seconds))?;
    let per_second = |count: u64, played: &Played| count as f64 / played.cpu.as_secs_f64().max(1e-9);
    println!(
        "busy: {:.0} requests per CPU-second, {:.0} ticks per CPU-second ({} requests, {} events, {:.2} s)",
        per_second(busy.requests, &busy),
        per_second(busy.ticks, &busy),
        busy.requests,
        busy.events,
        busy.cpu.as_secs_f64(),
    );
    let idle = isolated(|| play(0.1, seconds))?;
    println!(
        "idle: {:.0} ticks per CPU-second ({:.2} s)",
        per_second(idle.ticks, &idle),
        idle.cpu.as_secs_f64(),
    );
    Ok(())
}

/// One client, the gateway and three replicas that answer after 2 ms, a hop of 1 ms, for so many simulated seconds.
fn play(rate: f64, seconds: u64) -> Result<Played, String> {
    let began = cpu_time();
    let settings = Settings {
        seed: SEED,
        ..Settings::default()
    };
    // hashed, and kept nowhere
    let recorder = Recorder::hash_only();
    let mut driver = Driver::new(settings, recorder).map_err(|error| error.to_string())?;
    let (requests, ended) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(false)));
    build(&mut driver, rate, seconds, &requests, &ended)?;
    let mut ticks = 0;
    while ticks < seconds * 1_000 || !ended.get() {
        driver.step().map_err(|error| error.to_string())?;
        ticks += 1;
    }
    let trace = driver.finish().finish().map_err(|error| error.to_string())?;
    Ok(Played {
        requests: requests.get(),
        ticks,
        cpu: cpu_time() - began,
        events: trace.events,
    })
}

fn build(
    driver: &mut Driver,
    rate: f64,
    seconds: u64,
    requests: &Rc<Cell<u64>>,
    ended: &Rc<Cell<bool>>,
) -> Result<(), String> {
    let text = |error: &dyn std::fmt::Display| error.to_string();
    let behaviour = "latency=2ms body=256B".parse().map_err(|error| text(&error))?;
    let mut replicas = Vec::new();
    for index in 0..3 {
        let name = format!("r{index}");
        let replica = Arc::new(Replica::new(&name, index, &behaviour, &Default::default(), SEED));
        let ip = driver.host(&name, move |world: SimWorld| {
            let replica = Arc::clone(&replica);
            async move {
                let (probe, start) = (SimProbe(world.tap()), Instant::now());
                let server = Server::bind(world, everywhere(REPLICA_PORT), replica, start).await?;
                Ok(server.run(probe).await?)
            }
        });
        replicas.push(ip.map_err(|error| text(&error))?);
    }
    let config = config(&replicas);
    let app = gateway::App::new(config.as_bytes(), 1).map_err(|errors| text(&errors))?;
    let app = Rc::new(Cell::new(Some(app)));
    let gateway = driver.host("gateway", move |world: SimWorld| {
        let app = app.take();
        async move {
            let (app, probe) = (app.ok_or("the gateway is started once")?, SimProbe(world.tap()));
            let listen = app.listen();
            Ok(app.serve(world, probe, 0, listen, drop).await?)
        }
    });
    let target = SocketAddr::new(gateway.map_err(|error| text(&error))?, GATEWAY_PORT);
    let spec = loadgen::JobSpec {
        rate,
        duration: Duration::from_secs(seconds),
        connections: 64,
        ..loadgen::JobSpec::new(target, "any.test")
    };
    let job = spec.build().map_err(|errors| text(&errors))?;
    let (requests, ended) = (Rc::clone(requests), Rc::clone(ended));
    let client = driver.host("client0", move |world: SimWorld| {
        let (job, requests, ended) = (job.clone(), Rc::clone(&requests), Rc::clone(&ended));
        async move {
            let probe = SimProbe(world.tap());
            let recording = loadgen::run_shard(world, probe, &job, 0, 1, Instant::now()).await;
            requests.set(recording.counts.done);
            ended.set(true);
            Ok(())
        }
    });
    client.map(drop).map_err(|error| text(&error))
}

fn config(replicas: &[IpAddr]) -> String {
    let replicas: Vec<String> = replicas
        .iter()
        .map(|ip| format!("\"{}\"", SocketAddr::new(*ip, REPLICA_PORT)))
        .collect();
    format!(
        "listen: {{ http: \"0.0.0.0:{GATEWAY_PORT}\", admin: \"127.0.0.1:9901\" }}
upstreams: {{ all: {{ replicas: [ {} ] }} }}
routes: [ {{ name: all, match: {{ path: / }}, upstream: all, timeout: 5s }} ]
",
        replicas.join(", ")
    )
}

fn everywhere(port: u16) -> ListenAddr {
    ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], port)))
}

fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs() as u32)
}
