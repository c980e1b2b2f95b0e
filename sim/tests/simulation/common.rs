//! Simple hosts for tests of the simulated world: an echo server, and slots to look into a host from outside. And the
//! program, run.

use scenarios::{Ask, Config, GATEWAY, Heal, Load, Network, REPLICA_PORT, Replica, Scenario, Upstream};
use sim::judge::{Judge, Judgement, Verdict};
use sim::stage::{Admin, Process, StageError, Workers, add_gateway, play};
use sim::trace::{Reader, Record, Recorder, Trace};
use sim::world::{Driver, Settings, SimWorld, isolated};
use std::cell::RefCell;
use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::process::{Command, Output};
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use world::{ListenAddr, Listener, Seed, World};

pub(crate) const PORT: u16 = 80;

/// A value that a host's program fills and the test reads.
pub(crate) type Slot<T> = Rc<RefCell<T>>;

/// The program with these arguments, done.
pub(crate) fn sim(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sim"))
        .args(args)
        .output()
        .expect("starts")
}

pub(crate) fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).expect("UTF-8")
}

pub(crate) fn driver(settings: Settings) -> Driver {
    Driver::new(settings, Recorder::in_memory()).expect("settings are good")
}

pub(crate) fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Adds a host whose program runs once and never fails.
pub(crate) fn run_on<F, Fut>(driver: &mut Driver, name: &str, program: F) -> IpAddr
where
    F: Fn(SimWorld) -> Fut + 'static,
    Fut: Future<Output = ()> + 'static,
{
    let added = driver.host(name, move |world| {
        let running = program(world);
        async move {
            running.await;
            Ok(())
        }
    });
    added.expect("host fits")
}

/// Answers every byte with itself, each connection in a task of its own.
pub(crate) async fn echo(world: SimWorld) {
    let any = ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], PORT)));
    let listener = world.listen(&any).await.expect("port is free");
    loop {
        let (mut stream, _) = listener.accept().await.expect("accepts");
        tokio::task::spawn_local(async move {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = stream.read(&mut buffer).await {
                if stream.write_all(&buffer[..n]).await.is_err() {
                    return;
                }
            }
        });
    }
}

/// Connects to `name`, which is known by then.
pub(crate) async fn dial(world: &SimWorld, name: &str) -> std::io::Result<sim::world::SimStream> {
    let to = world.resolve(&format!("{name}:{PORT}")).await?;
    world.connect(to.addrs[0]).await
}

pub(crate) fn records(driver: Driver) -> Vec<Record> {
    let bytes = bytes(driver);
    Reader::new(bytes.as_slice())
        .expect("a trace")
        .map(|record| record.expect("decodes"))
        .collect()
}

pub(crate) fn bytes(driver: Driver) -> Vec<u8> {
    driver.finish().finish().expect("memory").bytes.expect("memory")
}

/// A scenario without faults and expectations: two clients, a healthy network, and whatever these are.
pub(crate) fn plain(configs: Vec<Config>, replicas: Vec<Replica>) -> Scenario {
    Scenario {
        network: Network {
            latency_min: ms(1),
            latency_max: ms(4),
            fragment: false,
        },
        workers: 1,
        configs,
        replicas,
        behind: None,
        tunnels: None,
        load: Load {
            clients: 2,
            rate: 200.0,
            constant: false,
            duration: ms(2_000),
            timeout: ms(2_000),
            host: "any.test".into(),
            asks: vec![Ask::get("/all")],
            connections: 200,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: Vec::new(),
        heal: Heal {
            at: ms(1_500),
            within: ms(100),
            at_least: 0.999,
        },
        expectations: Vec::new(),
    }
}

/// Three configs for replicas r0 and r1: `main`, which is this upstream, `half` without r0, and `broken`.
pub(crate) fn main_half_broken(all: Upstream) -> Vec<Config> {
    let half = Upstream {
        replicas: vec!["r1".into()],
        ..all.clone()
    };
    vec![
        Config::new("main", vec![all]),
        Config::new("half", vec![half]),
        Config::broken("broken"),
    ]
}

/// With an upstream by name beside its own, which gets half of the requests.
pub(crate) fn with_named(mut scenario: Scenario) -> Scenario {
    let named = Upstream {
        by_name: true,
        ..Upstream::new("named", &["n0", "n1"])
    };
    for config in scenario.configs.iter_mut().filter(|config| !config.is_broken()) {
        config.upstreams.push(named.clone());
        *config = Config::new(&config.name, std::mem::take(&mut config.upstreams));
    }
    for name in ["n0", "n1"] {
        let like = scenario.replicas[0].clone();
        scenario.replicas.push(Replica {
            name: name.into(),
            ..like
        });
    }
    scenario.load.asks.push(Ask::get("/named"));
    scenario
}

/// Plays it, and judges it on the way.
pub(crate) fn judged(
    scenario: &Scenario,
    seed: u64,
    mut recorder: Recorder,
) -> Result<(Trace, Judgement), StageError> {
    recorder.watch(Box::new(Judge::new(scenario)));
    let mut recorder = isolated(|| play(scenario, Seed(seed), 0, None, recorder))?;
    let judge: Box<Judge> = recorder.take_watcher().expect("it was given one");
    Ok((recorder.finish().expect("memory"), judge.finish()))
}

/// What was told of each check whose verdict is bad.
pub(crate) fn complaints(judgement: &Judgement, is_bad: impl Fn(Verdict) -> bool) -> Vec<String> {
    let bad = judgement.checks.iter().filter(|check| is_bad(check.verdict));
    bad.map(|check| format!("{}: {}", check.name, check.measured))
        .collect()
}

/// Adds a gateway that sends everything to one replica, `r0`, and waits for it.
pub(crate) fn gateway_before(driver: &mut Driver, replica: IpAddr) -> IpAddr {
    let yaml = "listen: { http: ${listen}, admin: ${admin} }
upstreams: { all: { replicas: [ \"${r0}\" ] } }
routes: [ { name: all, match: { path: / }, upstream: all, timeout: 30s } ]
";
    let config = Config {
        yaml: yaml.into(),
        ..Config::new("main", Vec::new())
    };
    let workers = Workers {
        first: 0,
        own: 1,
        all: 1,
    };
    let at = SocketAddr::new(replica, REPLICA_PORT);
    let process = Process::new(&[config], workers, Admin::Nobody, &[("r0", at)]);
    add_gateway(driver, GATEWAY, &process.expect("a good config")).expect("host fits")
}
