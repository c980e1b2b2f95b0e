//! Picking a replica: one upstream's balancing on one worker, with what it needs to know of requests and replicas.
//!
//! The order of a pick: the replica that the client's sticky cookie names, while it is usable and untried; then of the
//! usable ones those not tried yet; then of the usable ones any; then, with `panic`, all as if they were usable. So a
//! replica that is not usable is never picked while one that is exists, and without `panic` never.
//!
//! What an upstream does not ask for costs it a branch: no hash, no cookie, no random word, no clock.

use crate::balance::{self, Balancer, Fleet, HashKey, Kind, Member, ReplicaSet, SHARE_FULL, Sticky};
use crate::config;
use crate::planted::{Bug, planted, planted_or};
use crate::state::Replica;
use http1::head::{Fields, Name};
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::Instant;
use world::Seed;

/// Cookies of one name that are looked at: a client has one, or one per path that something else has set.
const COOKIES_READ_MAX: usize = 4;

/// Where an upstream's chance and its secrets come from.
pub(crate) struct Chance<'a> {
    pub(crate) seed: Seed,
    pub(crate) sticky_key: &'a [u8],
}

/// What of a request decides where it goes.
#[derive(Debug, Default)]
pub(crate) struct Affinity {
    key: Option<u64>,
    /// The replica that its cookie names, and whether the cookie should be renewed.
    cookie: Option<(u8, bool)>,
}

pub(super) struct Picker {
    balancer: RefCell<(Balancer, ChaCha8Rng)>,
    slow_start: Option<Duration>,
    panic: bool,
    ewma: bool,
    hash_key: Option<HashKey>,
    sticky: Option<(Box<str>, Sticky)>,
}

impl Picker {
    pub(super) fn new(
        plan: &config::Upstream,
        replicas: &[Replica],
        worker: usize,
        chance: &Chance<'_>,
    ) -> Self {
        let members = replicas.iter().map(|replica| Member {
            identity: &replica.name,
            weight: replica.weight,
        });
        // workers start at different replicas, so that a slow trickle of requests is spread as well
        let balancer = Balancer::new(&plan.lb, members, worker, plan.slow_start.is_some());
        let chances = chance.seed.child(&format!("balance/{}", plan.name));
        let sticky = plan.sticky.as_ref().map(|sticky| {
            let names = replicas.iter().map(|replica| replica.name.as_str());
            let signer = Sticky::new(chance.sticky_key, &plan.name, names, sticky.ttl.as_secs());
            (sticky.cookie.as_str().into(), signer)
        });
        Self {
            balancer: RefCell::new((balancer, chances.nth(worker as u64).rng())),
            slow_start: plan.slow_start,
            panic: plan.panic,
            ewma: plan.lb == Kind::P2c { ewma: true },
            hash_key: plan.lb.hash_key().cloned(),
            sticky,
        }
    }

    /// `now` is the wall clock.
    pub(super) fn affinity(
        &self,
        fields: Fields<'_>,
        path: &str,
        ip: IpAddr,
        now: impl Fn() -> Duration,
    ) -> Affinity {
        let key = self.hash_key.as_ref().and_then(|key| match key {
            HashKey::Header(name) => fields.find(name).map(|value| balance::hash(value.bytes())),
            HashKey::Cookie(name) => cookies(fields, name).next().map(balance::hash),
            HashKey::Ip => Some(balance::hash_ip(ip)),
            HashKey::Path => Some(balance::hash(path.as_bytes())),
        });
        let key = key.filter(|_| !planted(Bug::RingKeyIgnored));
        let cookie = self.sticky.as_ref().and_then(|(name, sticky)| {
            let mut values = cookies(fields, name).take(COOKIES_READ_MAX).peekable();
            values.peek()?;
            let now_s = now().as_secs();
            let (replica, is_old) = values.find_map(|value| sticky.read(value, now_s))?;
            // a plan has at most 64
            Some((replica as u8, is_old))
        });
        Affinity { key, cookie }
    }

    /// `barred` are replicas that are not picked in any case, not even in panic.
    pub(super) fn pick(
        &self,
        replicas: &[Replica],
        tried: ReplicaSet,
        barred: ReplicaSet,
        affinity: &Affinity,
        now: Instant,
    ) -> Option<usize> {
        let (balancer, chance) = &mut *self.balancer.borrow_mut();
        let mut seen = Seen {
            picker: self,
            replicas,
            avoided: tried.union(barred),
            all_usable: false,
            now,
        };
        if let Some((replica, _)) = affinity.cookie
            && (seen.is_open(replica.into())
                || planted(Bug::StickyToDead) && !barred.contains(replica.into()))
            && !planted(Bug::StickyIgnored)
        {
            return Some(replica.into());
        }
        let picked = balancer.pick(&seen, affinity.key, chance);
        if picked.is_some() {
            return picked;
        }
        seen.avoided = barred;
        let picked = balancer.pick(&seen, affinity.key, chance);
        if picked.is_some() || !self.panic || planted(Bug::PanicIgnored) {
            return picked;
        }
        seen.all_usable = true;
        seen.avoided = tried.union(barred);
        let picked = balancer.pick(&seen, affinity.key, chance);
        picked.or_else(|| {
            seen.avoided = barred;
            balancer.pick(&seen, affinity.key, chance)
        })
    }

    /// For a client whose cookie names another replica, or is old, or who has none.
    pub(super) fn cookie(
        &self,
        replica: usize,
        affinity: &Affinity,
        now: impl Fn() -> Duration,
    ) -> Option<String> {
        let (name, sticky) = self.sticky.as_ref()?;
        if affinity.cookie == Some((replica as u8, false))
            || affinity.cookie.is_some() && planted(Bug::StickyForGood)
        {
            return None;
        }
        let value = sticky.value(replica, now().as_secs())?;
        let value = std::str::from_utf8(&value).ok()?;
        Some(format!(
            "{name}={value}; Max-Age={}; Path=/; Secure; HttpOnly; SameSite=Lax",
            sticky.ttl_s()
        ))
    }

    /// Whether latencies are of use.
    pub(super) fn learns(&self) -> bool {
        self.ewma
    }
}

/// The values of all cookies of a name.
fn cookies<'a>(fields: Fields<'a>, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    fields
        .all(Name::Cookie)
        .flat_map(|value| value.bytes().split(|byte| *byte == b';'))
        .filter_map(move |pair| {
            let value = pair.trim_ascii().strip_prefix(name.as_bytes())?;
            value.strip_prefix(b"=")
        })
}

/// The replicas as one pick sees them.
struct Seen<'a> {
    picker: &'a Picker,
    replicas: &'a [Replica],
    avoided: ReplicaSet,
    all_usable: bool,
    now: Instant,
}

impl Fleet for Seen<'_> {
    fn len(&self) -> usize {
        self.replicas.len()
    }

    fn is_open(&self, replica: usize) -> bool {
        (!self.avoided.contains(replica) || planted(Bug::SameReplicaAgain))
            && (self.all_usable || self.replicas[replica].state.is_usable() || planted(Bug::EjectedUsed))
    }

    fn is_retry(&self) -> bool {
        !self.avoided.is_empty()
    }

    fn weight(&self, replica: usize) -> u64 {
        let weight = planted_or(Bug::WeightsIgnored, 1, self.replicas[replica].weight);
        u64::from(weight) * self.share(replica)
    }

    fn share(&self, replica: usize) -> u64 {
        let returned = self
            .picker
            .slow_start
            .filter(|_| !planted(Bug::SlowStartIgnored))
            .zip(self.replicas[replica].state.returned_at());
        returned.map_or(SHARE_FULL, |(window, at)| {
            balance::share(self.now.saturating_duration_since(at), window)
        })
    }

    fn in_flight(&self, replica: usize) -> u64 {
        let in_flight = self.replicas[replica].state.in_flight() as u64;
        planted_or(Bug::LoadUnseen, 0, in_flight)
    }

    fn latency_us(&self, replica: usize) -> u64 {
        self.replicas[replica].state.latency.estimate_us(self.now)
    }
}

#[cfg(test)]
#[path = "picker_tests.rs"]
mod tests;
