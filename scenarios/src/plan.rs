//! Fault plans from a seed.
//!
//! Every kind draws from a child stream of its own, and every occurrence of a kind from a child of that, in a fixed
//! order: how many others there are, or what the load and the policies are, never moves a fault of an old seed. What
//! is drawn depends on the ground (the hosts and configs there are) and on the span alone.
//!
//! Invariants: nothing lasts beyond the span; clients, who are the witnesses, are slowed and cut off but never
//! killed; links that carry nothing are left alone. Holds come in groups over several links, which are released in
//! another order than they were laid: FoundationDB's swizzling, which finds what waits for peers in turn.

use super::fault::{Fault, FaultKind, NamesFail, What};
use super::model::Scenario;
use super::names::{GATEWAY, client_name};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::time::Duration;
use world::Seed;

/// Occurrences of one kind that can be asked for: nineteen kinds of that many are as many as a person can still read,
/// and far fewer than can lie on a simulated network at once.
pub const OCCURRENCES_MAX: u64 = 8;

/// How long a fault lasts, ms: a blink within a request's life, longer than most requests, longer than most
/// timeouts. Each is as likely as the others, for each meets other code.
const LENGTHS_MS: [Range<u64>; 3] = [20..150, 150..800, 800..4_000];

/// What a sick replica says: that it is broken, as its own fault or its proxy's, or that it has nothing to say.
const SICK: [u16; 5] = [500, 500, 502, 404, 429];

/// How long lookups fail, and what is left of the span then: questions are repeated less and less often, and a gateway
/// that has missed the heal is none that does not recover.
const NAMES_FAIL_MS_MAX: u64 = 1_500;
const NAMES_RETRIED_MS: u64 = 2_000;

/// Links of one swizzle. More are rarely there.
const SWIZZLED_MAX: usize = 4;

/// Offset of a clock, either way: from what looks like jitter to a day, which no cache and no token outlives.
const OFFSETS_MS: [Range<i64>; 3] = [1..1_000, 1_000..600_000, 600_000..86_400_000];

/// What a plan can lie on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ground {
    pub replicas: Vec<String>,
    /// The same, by upstream.
    pub upstreams: Vec<Vec<String>>,
    pub clients: usize,
    /// Names of configs that the gateway can be given.
    pub reloads: Vec<String>,
    /// Upstreams by name, with their replicas.
    pub named: Vec<(String, Vec<String>)>,
}

impl Ground {
    /// A scenario's hosts, and its configs but for the first, which is in force.
    pub fn of(scenario: &Scenario) -> Self {
        Self {
            replicas: scenario
                .replicas
                .iter()
                .map(|replica| replica.name.clone())
                .collect(),
            upstreams: scenario
                .upstreams()
                .into_iter()
                .map(|upstream| upstream.replicas.clone())
                .collect(),
            clients: scenario.load.clients,
            reloads: scenario
                .configs
                .iter()
                .skip(1)
                .map(|config| config.name.clone())
                .collect(),
            named: scenario
                .upstreams()
                .into_iter()
                .filter(|upstream| upstream.by_name)
                .map(|upstream| (upstream.name.clone(), upstream.replicas.clone()))
                .collect(),
        }
    }

    /// Hosts whose programs may be killed, by role.
    fn mortals(&self) -> Vec<Vec<String>> {
        vec![self.replicas.clone(), vec![GATEWAY.to_owned()]]
    }

    fn hosts(&self) -> Vec<Vec<String>> {
        let mut roles = self.mortals();
        roles.push(self.clients());
        roles
    }

    /// The hosts that the gateway speaks with, by role.
    fn peers(&self) -> Vec<Vec<String>> {
        vec![self.replicas.clone(), self.clients()]
    }

    fn clients(&self) -> Vec<String> {
        (0..self.clients).map(client_name).collect()
    }
}

/// A plan of one to `most` occurrences (at most [`OCCURRENCES_MAX`]) of each of these kinds, in order of time. A
/// kind that finds nothing to lie on does not occur.
pub fn generate(
    seed: Seed,
    ground: &Ground,
    kinds: &[FaultKind],
    span: Range<Duration>,
    most: u64,
) -> Vec<Fault> {
    let most = most.clamp(1, OCCURRENCES_MAX);
    let mut plan = Vec::new();
    // in order of number, whatever the order they are asked for in
    for kind in FaultKind::ALL.iter().filter(|kind| kinds.contains(kind)) {
        let seed = seed.child("faults").child(kind.name());
        let count = seed.child("count").rng().random_range(1..=most);
        for occurrence in 0..count {
            let rng = seed.nth(occurrence).rng();
            let span = [span.start, span.end].map(|end| end.as_millis() as u64);
            Draw { rng, ground, span }.faults(*kind, &mut plan);
        }
    }
    plan.sort_by_key(|fault| fault.at);
    plan
}

/// One occurrence being drawn.
struct Draw<'a> {
    rng: ChaCha8Rng,
    ground: &'a Ground,
    /// ms
    span: [u64; 2],
}

impl Draw<'_> {
    fn faults(mut self, kind: FaultKind, plan: &mut Vec<Fault>) {
        let (mut at, mut lasts) = self.interval();
        if kind == FaultKind::NamesFail {
            lasts = lasts.min(NAMES_FAIL_MS_MAX);
            let [from, to] = self.span;
            at = at.min(to.saturating_sub(lasts + NAMES_RETRIED_MS).max(from));
        }
        if kind == FaultKind::Hold {
            return self.swizzle(at, lasts, plan);
        }
        if let Some(what) = self.what(kind) {
            let [at, lasts] = [at, lasts].map(Duration::from_millis);
            for what in self.also(&what).into_iter().chain([what]) {
                plan.push(Fault { at, lasts, what });
            }
        }
    }

    /// Begin and length, ms, within the span.
    fn interval(&mut self) -> (u64, u64) {
        let [from, to] = self.span;
        let at = self.rng.random_range(from..to.max(from + 1));
        let class = self.rng.random_range(0..LENGTHS_MS.len());
        let lasts = self.rng.random_range(LENGTHS_MS[class].clone());
        (at, lasts.min(to.saturating_sub(at)))
    }

    fn what(&mut self, kind: FaultKind) -> Option<What> {
        let ground = self.ground;
        Some(match kind {
            FaultKind::Crash => What::Crash {
                host: self.host(ground.mortals())?,
            },
            FaultKind::Bounce => What::Bounce {
                host: self.host(ground.mortals())?,
            },
            FaultKind::PowerLoss => What::PowerLoss {
                host: self.host(ground.mortals())?,
            },
            FaultKind::Partition => What::Partition {
                a: GATEWAY.into(),
                b: self.host(ground.peers())?,
            },
            FaultKind::Cut => self.cut()?,
            // comes in groups
            FaultKind::Hold => return None,
            FaultKind::Latency => self.latency()?,
            FaultKind::Slow => self.slow()?,
            FaultKind::Clock => self.clock()?,
            FaultKind::Fragment => What::Fragment,
            FaultKind::UpstreamSlow => self.upstream_slow()?,
            FaultKind::UpstreamErrors => What::UpstreamErrors {
                host: self.one_of(&ground.replicas)?,
                share: self.share(),
            },
            FaultKind::UpstreamTruncates => What::UpstreamTruncates {
                host: self.one_of(&ground.replicas)?,
                share: self.share(),
            },
            FaultKind::UpstreamResets => What::UpstreamResets {
                host: self.one_of(&ground.replicas)?,
                share: self.share(),
            },
            FaultKind::UpstreamSick => What::UpstreamSick {
                host: self.one_of(&ground.replicas)?,
                status: SICK[self.rng.random_range(0..SICK.len())],
            },
            FaultKind::Reload => What::Reload {
                config: self.one_of(&ground.reloads)?,
            },
            FaultKind::Stop => What::Stop {
                lead: Duration::ZERO,
                deadline: self.ms(0..2_000),
                host: None,
            },
            FaultKind::NamesFail => What::NamesFail {
                upstream: self.named()?.0,
                how: [NamesFail::Error, NamesFail::Empty, NamesFail::Nowhere][self.rng.random_range(0..3)],
            },
            FaultKind::NamesChange => self.names_change()?,
        })
    }

    /// What makes one replica slow is often something that all of its upstream have in common: half of the time it lies on
    /// all of them. That is what fills an upstream up.
    fn also(&mut self, what: &What) -> Vec<What> {
        let What::UpstreamSlow { host, latency } = what else {
            return Vec::new();
        };
        if self.rng.random_bool(0.5) {
            return Vec::new();
        }
        let mut upstreams = self.ground.upstreams.iter();
        let others = upstreams.find(|replicas| replicas.contains(host));
        let others = others.into_iter().flatten().filter(|other| *other != host);
        others
            .map(|other| What::UpstreamSlow {
                host: other.clone(),
                latency: latency.clone(),
            })
            .collect()
    }

    /// Holds several links one after the other, and releases them in another order.
    fn swizzle(&mut self, at: u64, lasts: u64, plan: &mut Vec<Fault>) {
        let mut peers = self.ground.peers().concat();
        let most = SWIZZLED_MAX.min(peers.len()).max(1);
        for _ in 0..self.rng.random_range(1..=most) {
            if peers.is_empty() {
                return;
            }
            let b = peers.swap_remove(self.rng.random_range(0..peers.len()));
            let begins = at + self.rng.random_range(0..=lasts / 2);
            // not before its middle, by which each has begun
            let ends = at + lasts - self.rng.random_range(0..=lasts / 2);
            plan.push(Fault {
                at: Duration::from_millis(begins),
                lasts: Duration::from_millis(ends - begins),
                what: What::Hold { a: GATEWAY.into(), b },
            });
        }
    }

    fn named(&mut self) -> Option<(String, Vec<String>)> {
        let named = &self.ground.named;
        (!named.is_empty()).then(|| named[self.rng.random_range(0..named.len())].clone())
    }

    /// Some of the replicas, or all: one at least, and each as likely in as out.
    fn names_change(&mut self) -> Option<What> {
        let (upstream, mut replicas) = self.named()?;
        let last = self.one_of(&replicas)?;
        replicas.retain(|replica| *replica == last || self.rng.random_bool(0.5));
        Some(What::NamesChange { upstream, replicas })
    }

    fn cut(&mut self) -> Option<What> {
        let peer = self.host(self.ground.peers())?;
        let (from, to) = match self.rng.random_bool(0.5) {
            true => (peer, GATEWAY.into()),
            false => (GATEWAY.into(), peer),
        };
        Some(What::Cut { from, to })
    }

    fn latency(&mut self) -> Option<What> {
        let b = self.host(self.ground.peers())?;
        let min = self.ms(5..200);
        let max = min + self.ms(1..300);
        let a = GATEWAY.into();
        Some(What::Latency { a, b, min, max })
    }

    fn slow(&mut self) -> Option<What> {
        let host = self.host(self.ground.hosts())?;
        let (goes, stands) = (self.ms(1..100), self.ms(1..400));
        Some(What::Slow { host, goes, stands })
    }

    fn clock(&mut self) -> Option<What> {
        let host = self.host(self.ground.hosts())?;
        let class = self.rng.random_range(0..OFFSETS_MS.len());
        let offset = self.rng.random_range(OFFSETS_MS[class].clone());
        let offset_ms = if self.rng.random_bool(0.5) {
            offset
        } else {
            -offset
        };
        Some(What::Clock { host, offset_ms })
    }

    fn upstream_slow(&mut self) -> Option<What> {
        let host = self.one_of(&self.ground.replicas)?;
        let ms = self.rng.random_range(50..3_000_u64);
        let latency = match self.rng.random_range(0..3) {
            0 => format!("fixed:{ms}ms"),
            1 => format!("uniform:1ms..{ms}ms"),
            _ => format!("exp:{ms}ms"),
        };
        Some(What::UpstreamSlow { host, latency })
    }

    /// All, or in hundredths: short to read.
    fn share(&mut self) -> f64 {
        match self.rng.random_bool(0.25) {
            true => 1.0,
            false => f64::from(self.rng.random_range(5..100_u32)) / 100.0,
        }
    }

    fn ms(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.rng.random_range(range))
    }

    /// First the role, then the host: there is one gateway beside many replicas, and what befalls it matters most.
    fn host(&mut self, mut roles: Vec<Vec<String>>) -> Option<String> {
        roles.retain(|role| !role.is_empty());
        match roles.len() {
            0 => None,
            several => {
                let role = self.rng.random_range(0..several);
                self.one_of(&roles[role])
            }
        }
    }

    fn one_of(&mut self, names: &[String]) -> Option<String> {
        match names {
            [] => None,
            _ => Some(names[self.rng.random_range(0..names.len())].clone()),
        }
    }
}

#[cfg(test)]
mod tests;
