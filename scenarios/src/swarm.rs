//! `swarm`: does the gateway keep its promises whatever it is given and whatever happens to it?
//!
//! One seed decides everything it can do by now: how many upstreams and replicas there are and how they answer, what
//! the gateway is told of them, which routes lead there, what clients ask for, what lies between the hosts, and which kinds
//! of faults occur.
//! Each kind, and each sort of request, is in with a chance of one half: swarm testing (Groce et al., 2012). A run
//! with everything in finds less, for one feature hides another: where the gateway is killed all the time, nothing
//! lives long enough to time out.
//!
//! For [`HEAL_AT`] faults are laid; then everything heals, and after [`RECOVERS_WITHIN`] the liveness phase begins.
//! Without faults nothing that is drawn here can fail. The shortest timeout of an attempt is 16 times the longest mean
//! latency, of which an exponential one exceeds 13, which leaves the rest to the network, once in 10⁶. A bound that is
//! tight is twice what Little's law asks for and a few more (see `bounds`), so that slow replicas feel it and healthy
//! ones don't. So on a gateway without faults every oracle holds for every seed.

mod part;
mod routes;

use super::again::{Again, Backoff, Budget, Hedge};
use super::bounds;
use super::config::{Config, Upstream};
use super::fault::FaultKind;
use super::knobs::Knobs;
use super::model::{Ask, Heal, Load, Network, Scenario, Variant};
use super::picks;
use super::plan::{self, Ground};
use super::route::Route;
use super::swarm_breaker::breakers;
use super::swarm_health::{self, Health, healths};
use super::swarm_overload;
use super::tunnels::Tunnels;
use part::{Part, REPLICAS_MAX};
use std::time::Duration;
use world::Seed;

/// Faults begin after this: every run has something healthy to compare with.
const CALM: Duration = Duration::from_millis(500);
const HEAL_AT: Duration = Duration::from_secs(12);
/// Longer than the longest timeout of a route: what was on its way at the heal is over by then.
const RECOVERS_WITHIN: Duration = Duration::from_secs(3);
const END: Duration = Duration::from_secs(20);

/// How long clients wait. The first is beyond the longest timeout of a route, so that the gateway's answer is seen; the
/// other is below most of them, so that clients go away while they are served, and far above any healthy answer.
const PATIENCE: [&str; 2] = ["5s", "1s"];

/// Beside the requests, in one run of four. The idle time is above the longest gap between two lines.
const TUNNELS_AT_ONCE: usize = 3;
const TUNNELS_IDLE: Duration = Duration::from_secs(1);

const UPSTREAMS: [&str; 3] = ["orders", "cart", "users"];

/// Of a healthy replica, on average: see above.
const LATENCY_MS_MAX: u64 = 25;

/// How an answer comes. What is there twice is twice as likely.
const SHAPES: [&str; 7] = [
    "whole",
    "whole",
    "stream=1x0ms",
    "stream=5x10ms",
    "stream=8x50ms",
    "pace=256KiB",
    "echo",
];

/// What answers of 429 and 503 say of when to ask again: at once, within most timeouts of a route, beyond them.
const LATERS: [&str; 6] = [
    "",
    "",
    " retry_after=0s",
    " retry_after=1s",
    " retry_after=date:1s",
    " retry_after=3s",
];

/// The field in which a route looks for its client's deadline.
const DEADLINE_HEADERS: [&str; 4] = ["none", "none", "x-request-timeout", "grpc-timeout"];

/// What clients say of it: less than healthy answers take never, and now and then more than any route's timeout, or nothing that is a time.
const DEADLINES: [&[(&str, &str)]; 9] = [
    &[],
    &[("X-Request-Timeout", "600"), ("grpc-timeout", "650m")],
    &[],
    &[("x-request-timeout", "1s"), ("grpc-timeout", "1S")],
    &[],
    &[("X-Request-Timeout", "20s"), ("grpc-timeout", "20S")],
    &[("x-request-timeout", "800ms")],
    &[("grpc-timeout", "900m")],
    &[("x-request-timeout", "soon"), ("grpc-timeout", "2")],
];

/// Of one upstream.
const REPLICAS_OF_ONE_MAX: u64 = 4;

/// What there is to ask for: name, method, whether it has a body, whether it has a key.
const ASKS: [(&str, &str, bool, bool); 8] = [
    ("get", "GET", false, false),
    ("head", "HEAD", false, false),
    ("post", "POST", false, false),
    ("post-body", "POST", true, false),
    ("post-keyed", "POST", false, true),
    ("post-body-keyed", "POST", true, true),
    ("put-body", "PUT", true, false),
    ("delete", "DELETE", false, false),
];

/// After an upstream's name: queries and escapes must come through as they are.
const PATHS: [&str; 3] = ["", "/7?page=2&q=a+b", "/caf%C3%A9/menu"];

pub(super) fn build(seed: Seed, knobs: &mut Knobs) -> Vec<Variant> {
    let names: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.name()).collect();
    let rate = knobs.integer("rate", 60..=200);
    let network = network(knobs);
    let workers = knobs.words("workers", &["1", "1", "2", "3"], 1);
    let workers = workers[0].parse().unwrap_or(1);
    let mut parts = parts(knobs, rate, workers, &network);
    let clients = knobs.integer("clients", 1..=3) as usize;
    let arrivals = knobs.words("arrivals", &["poisson", "constant"], 1);
    let patience = knobs.words("patience", &PATIENCE, 1);
    let patience = humantime::parse_duration(patience[0]).unwrap_or(RECOVERS_WITHIN);
    let mut asks = asks(knobs, &parts);
    let routes = routes::add(knobs, &mut parts, &mut asks);
    say_deadlines(knobs, &mut asks);
    let configs = configs(knobs, &parts, &routes);
    let tunnels = knobs.words("tunnels", &["no", "no", "no", "yes"], 1) == ["yes"];
    let tunnels = tunnels.then_some(Tunnels {
        count: TUNNELS_AT_ONCE,
        idle_timeout: TUNNELS_IDLE,
    });
    let enabled = knobs.some("faults", &names);
    let most = knobs.integer("intensity", 1..=4);
    let mut scenario = Scenario {
        network,
        workers,
        configs,
        replicas: parts.iter().flat_map(|part| part.replicas()).collect(),
        behind: None,
        tunnels,
        load: Load {
            clients,
            rate: rate as f64,
            constant: arrivals == ["constant"],
            duration: END,
            timeout: patience,
            host: "swarm.test".into(),
            asks,
            connections: 1_000,
            schedule: None,
            arrivals: Vec::new(),
        },
        faults: Vec::new(),
        heal: Heal {
            at: HEAL_AT,
            within: RECOVERS_WITHIN,
            at_least: 0.999,
        },
        expectations: Vec::new(),
    };
    let all = FaultKind::ALL.iter().copied();
    let kinds: Vec<_> = all.filter(|kind| enabled.contains(&kind.name())).collect();
    scenario.faults = plan::generate(seed, &Ground::of(&scenario), &kinds, CALM..HEAL_AT, most);
    vec![Variant {
        name: "swarm".into(),
        scenario,
    }]
}

fn network(knobs: &mut Knobs) -> Network {
    let shortest = knobs.integer("hop_min_ms", 0..=3);
    let longest = shortest + knobs.integer("hop_spread_ms", 0..=7);
    Network {
        latency_min: Duration::from_millis(shortest),
        latency_max: Duration::from_millis(longest),
        fragment: knobs.words("fragment", &["no", "no", "no", "yes"], 1) == ["yes"],
    }
}

fn parts(knobs: &mut Knobs, rate: u64, workers: usize, network: &Network) -> Vec<Part> {
    let upstreams = knobs.integer("upstreams", 1..=UPSTREAMS.len() as u64) as usize;
    let wanted = knobs.integers("replicas", 1..=REPLICAS_OF_ONE_MAX, upstreams);
    let latencies = knobs.words("latency", &["fixed", "uniform", "exp", "lognormal"], upstreams);
    let latencies_ms = knobs.integers("latency_ms", 1..=LATENCY_MS_MAX, upstreams);
    let bodies = knobs.words("body", &["0B", "64B", "1KiB", "8KiB", "32KiB"], upstreams);
    let shapes = knobs.words("shape", &SHAPES, upstreams);
    let statuses = knobs.words("status", &["200", "200", "200", "201", "204"], upstreams);
    let uploads = knobs.integers("upload_bytes", 16..=20_000, upstreams);
    let retries = knobs.integers("retries", 0..=3, upstreams);
    let naive = knobs.words("naive", &["no", "no", "no", "yes"], upstreams);
    let tries = knobs.words("try_timeout", &["none", "none", "400ms", "800ms"], upstreams);
    let agains = agains(knobs, upstreams);
    let timeouts_ms = knobs.integers("timeout_ms", 1_000..=2_900, upstreams);
    let idle_timeouts_ms = knobs.integers("idle_timeout_ms", 200..=1_000, upstreams);
    let connect_timeouts_ms = knobs.integers("connect_timeout_ms", 200..=1_000, upstreams);
    let bounds = bounds::draw(knobs, upstreams);
    let picks = picks::draw(knobs, upstreams, REPLICAS_OF_ONE_MAX as usize);
    let breakers = breakers(knobs, upstreams);
    let limits = swarm_overload::draw(knobs, upstreams);
    let deadline_headers = knobs.words("deadline_header", &DEADLINE_HEADERS, upstreams);
    let first_bytes = knobs.words("first_byte", &["none", "none", "450ms", "700ms"], upstreams);
    let laters = knobs.words("retry_after", &LATERS, upstreams);
    let by_name = knobs.words("by_name", &["no", "yes"], upstreams);
    let mut left = REPLICAS_MAX as usize;
    let ms = Duration::from_millis;
    let make = |(i, health): (usize, Health)| {
        // each of those that follow gets at least one
        let count = (wanted[i] as usize).min(left - (upstreams - 1 - i));
        left -= count;
        let name = UPSTREAMS[i];
        let share = rate.div_ceil(upstreams as u64);
        let mean = mean_in_flight(share, latencies_ms[i], shapes[i], network);
        let told = Upstream {
            replicas: (0..count).map(|k| format!("{name}{k}")).collect(),
            retries: retries[i] as u8,
            only_idempotent: naive[i] == "no",
            again: agains[i].clone(),
            try_timeout: humantime::parse_duration(tries[i]).ok(),
            timeout: ms(timeouts_ms[i]),
            deadline_header: (deadline_headers[i] != "none").then(|| deadline_headers[i].into()),
            first_byte_timeout: humantime::parse_duration(first_bytes[i]).ok(),
            idle_timeout: ms(idle_timeouts_ms[i]),
            connect_timeout: ms(connect_timeouts_ms[i]),
            by_name: by_name[i] == "yes",
            ..Upstream::new(name, &[])
        };
        Part {
            behaviour: behaviour(latencies[i], latencies_ms[i], bodies[i], shapes[i], statuses[i])
                + laters[i],
            upload_bytes: uploads[i] as usize,
            other_health: health.other,
            others_lack_breaker: breakers[i].others_lack,
            told: limits[i].tell(
                picks[i].tell(
                    breakers[i]
                        .clone()
                        .tell(health.tell(bounds[i].tell(told, mean, workers))),
                ),
                mean,
            ),
        }
    };
    healths(knobs, upstreams)
        .into_iter()
        .enumerate()
        .map(make)
        .collect()
}

/// What retries cost and when they come. Budgets that are tight are felt in any outage.
fn agains(knobs: &mut Knobs, upstreams: usize) -> Vec<Again> {
    let budgets = knobs.words("budget", &["none", "usual", "tight", "tight"], upstreams);
    let backoffs = knobs.words("backoff", &["none", "short", "usual", "long"], upstreams);
    let bodies = knobs.words("kept_body", &["0", "0", "4096", "65536"], upstreams);
    let budget = |word| match word {
        "usual" => Some(Budget::usual()),
        "tight" => Some(Budget {
            ratio: 0.05,
            min_per_second: 1,
            ttl: Duration::from_secs(1),
        }),
        _ => None,
    };
    let backoff = |word| match word {
        "short" => Some(Backoff::new(2, 10)),
        "usual" => Some(Backoff::new(25, 250)),
        "long" => Some(Backoff::new(400, 800)),
        _ => None,
    };
    let hedges = knobs.words("hedge", &["none", "40ms", "40ms", "p95"], upstreams);
    let hedge = |word| match word {
        "40ms" => Some(Hedge::after(40)),
        // above what most healthy ones take, so that budgets are for those that are not
        "p95" => Some(Hedge::slower("p95", 20)),
        _ => None,
    };
    let of_429 = knobs.words("retry_429", &["no", "no", "yes"], upstreams);
    let all = budgets.into_iter().zip(backoffs).zip(bodies);
    let all = all.zip(hedges.into_iter().zip(of_429));
    all.map(|(((one, other), bytes), (word, of_429))| Again {
        budget: budget(one),
        backoff: backoff(other),
        body_max: bytes.parse().unwrap_or(0),
        of_429: of_429 == "yes",
        hedge: hedge(word),
    })
    .collect()
}

fn behaviour(latency: &str, ms: u64, body: &str, shape: &str, status: &str) -> String {
    let latency = match latency {
        "fixed" => format!("fixed:{ms}ms"),
        "uniform" => format!("uniform:{}us..{}us", ms * 500, ms * 1_500),
        "exp" => format!("exp:{ms}ms"),
        _ => format!("lognormal:p50={ms}ms,p99={}ms", 4 * ms),
    };
    format!("latency={latency} body={body} {shape} status={status}")
}

/// Requests in flight at a healthy upstream, by Little's law: on average rate × time are there. The load is shared evenly;
/// the time is at most one and a half times the drawn latency (a lognormal's mean is 1.2 times its median), what the body's
/// pace or gaps take, and ten hops: connecting, asking, answering, and what cut streams add.
fn mean_in_flight(rate: u64, latency_ms: u64, shape: &str, network: &Network) -> f64 {
    let body_ms = match shape {
        "stream=5x10ms" => 50,
        "stream=8x50ms" => 400,
        "pace=256KiB" => 130,
        _ => 0,
    };
    let time_ms = latency_ms * 3 / 2 + body_ms + 10 * network.latency_max.as_millis() as u64;
    (rate * time_ms) as f64 / 1_000.0
}

fn asks(knobs: &mut Knobs, parts: &[Part]) -> Vec<Ask> {
    let names = ASKS.map(|(name, ..)| name);
    let mut chosen = knobs.some("asks", &names);
    if chosen.is_empty() {
        chosen.push("get");
    }
    let asks = parts.iter().enumerate().map(|(place, part)| {
        let mut asks = Vec::new();
        for (name, method, body, keyed) in ASKS {
            if chosen.contains(&name) {
                // each upstream begins where the one before has left off
                let path = PATHS[(place * chosen.len() + asks.len()) % PATHS.len()];
                let path = format!("/{}{path}", part.told.name);
                asks.push(Ask {
                    method: method.into(),
                    bytes: if body { part.upload_bytes } else { 0 },
                    keyed,
                    ..Ask::get(&path)
                });
            }
        }
        picks::keyed(&part.told, asks)
    });
    asks.flatten().collect()
}

/// Asks say how long their clients wait, one after the other in turns: with all of them in all places over seeds.
fn say_deadlines(knobs: &mut Knobs, asks: &mut [Ask]) {
    let first = knobs.integer("deadlines", 0..=DEADLINES.len() as u64 - 1) as usize;
    let turns = DEADLINES.iter().cycle().skip(first);
    for (ask, says) in asks.iter_mut().zip(turns) {
        let fields = says.iter();
        ask.headers
            .extend(fields.map(|(name, value)| ((*name).into(), (*value).into())));
    }
}

/// The config in force, another with other replicas and retries, and one that must be refused.
fn configs(knobs: &mut Knobs, parts: &[Part], routes: &[Route]) -> Vec<Config> {
    let keeps = knobs.integers("other_replicas", 1..=4, parts.len());
    let retries = knobs.integers("other_retries", 0..=3, parts.len());
    let main: Vec<_> = parts.iter().map(|part| part.told.clone()).collect();
    let others = main.iter().enumerate().map(|(i, told)| {
        // the last ones, so that a place in the list is another replica's than before
        let leaves = match told.by_name {
            true => 0,
            false => told.replicas.len().saturating_sub(keeps[i] as usize),
        };
        let (ejects, probes) = swarm_health::other(told, parts[i].other_health);
        Upstream {
            replicas: told.replicas[leaves..].to_vec(),
            ejects,
            probes,
            breaker: told.breaker.clone().filter(|_| !parts[i].others_lack_breaker),
            retries: retries[i] as u8,
            ..told.clone()
        }
    });
    let other = Config::with_routes("other", others.collect(), routes::of_other(knobs, routes));
    let main = Config::with_routes("main", main, routes.to_vec());
    let tells = knobs.words("configs_tell", &["no", "yes"], 1) == ["yes"];
    let (main, other) = (main.telling(tells), other.telling(tells));
    vec![main, other, Config::broken("broken")]
}
