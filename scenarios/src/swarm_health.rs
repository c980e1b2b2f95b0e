//! What the swarm tells the gateway of health: whom requests eject, whom probes take out, and what then.
//!
//! Everything has to be over some time after the heal. What probes have taken out is back after at most three good ones
//! of 880 ms. What requests have ejected is back after the longest cooldown; where that may be everybody, both it and the
//! time of a request are kept short, since a request from before the heal may be what ejects the last one.

use super::config::Upstream;
use super::health::{Ejects, Probes};
use super::knobs::Knobs;
use std::time::Duration;

/// No ratio is ever looked at below so many requests: more than any replica gets.
const NEVER: u64 = 1_000_000;

/// Where everybody may be ejected: the longest cooldown, and the longest timeout of a request.
const OF_ALL: [Duration; 2] = [Duration::from_secs(1), Duration::from_millis(1_500)];

/// Of one upstream.
pub(super) struct Health {
    ejects: Option<Ejects>,
    probes: Option<Probes>,
    panic: bool,
    /// What the other config says of the same: a word for [`other`].
    pub(super) other: &'static str,
}

pub(super) fn healths(knobs: &mut Knobs, upstreams: usize) -> Vec<Health> {
    let ejects = ejects(knobs, upstreams);
    let probes = probes(knobs, upstreams);
    let panics = knobs.words("panic", &["no", "yes"], upstreams);
    let others = knobs.words(
        "other_health",
        &["same", "same", "no-probes", "no-ejects"],
        upstreams,
    );
    let parts = ejects.into_iter().zip(probes).zip(panics.into_iter().zip(others));
    let health = parts.map(|((ejects, probes), (panic, other))| Health {
        ejects,
        probes,
        panic: panic == "yes",
        other,
    });
    health.collect()
}

impl Health {
    /// Tells an upstream of it, whose other facts are there.
    pub(super) fn tell(self, upstream: Upstream) -> Upstream {
        let timeout = match &self.ejects {
            Some(ejects) if ejects.share == 1.0 => upstream.timeout.min(OF_ALL[1]),
            _ => upstream.timeout,
        };
        Upstream {
            timeout,
            // what is told of a replica is told of a place, which with a new answer is another's
            by_name: upstream.by_name && self.ejects.is_none() && self.probes.is_none(),
            ejects: self.ejects,
            probes: self.probes,
            panic: self.panic,
            ..upstream
        }
    }
}

/// What the other config says of an upstream's health, by the word that was drawn for that.
pub(super) fn other(told: &Upstream, word: &str) -> (Option<Ejects>, Option<Probes>) {
    (
        told.ejects.clone().filter(|_| word != "no-ejects"),
        told.probes.clone().filter(|_| word != "no-probes"),
    )
}

fn ejects(knobs: &mut Knobs, upstreams: usize) -> Vec<Option<Ejects>> {
    let shares = knobs.words("ejects", &["no", "no", "half", "a-quarter"], upstreams);
    let all = knobs.words("ejects_all", &["no", "yes"], upstreams);
    let cooldowns_ms = knobs.integers("cooldown_max_ms", 400..=1_600, upstreams);
    let errors = knobs.words("eject_errors", &["1", "2", "3", "3", "5", "100"], upstreams);
    let connects = knobs.words("eject_connects", &["1", "2", "2", "4"], upstreams);
    let ratios = knobs.words("eject_ratio", &["no", "no", "0.2", "0.5", "0.8"], upstreams);
    let windows = knobs.words("eject_window", &["1s", "2s", "4s"], upstreams);
    let min_requests = knobs.integers("eject_min_requests", 4..=30, upstreams);
    let make = |i: usize| {
        let share = match (shares[i], all[i]) {
            ("no", _) => return None,
            (_, "yes") => 1.0,
            ("half", _) => 0.5,
            _ => 0.25,
        };
        let drawn = Duration::from_millis(cooldowns_ms[i]);
        let cooldown_max = if share == 1.0 { drawn.min(OF_ALL[0]) } else { drawn };
        let plain = Ejects::new(cooldown_max, share);
        let ratio: Option<f64> = ratios[i].parse().ok();
        Some(Ejects {
            errors: errors[i].parse().unwrap_or(plain.errors),
            connect_failures: connects[i].parse().unwrap_or(plain.connect_failures),
            ratio: ratio.unwrap_or(plain.ratio),
            window: humantime::parse_duration(windows[i]).unwrap_or(plain.window),
            min_requests: if ratio.is_some() { min_requests[i] } else { NEVER },
            ..plain
        })
    };
    (0..upstreams).map(make).collect()
}

/// Intervals such that a run is long for them and they are cheap for it; a timeout that no healthy answer exceeds.
fn probes(knobs: &mut Knobs, upstreams: usize) -> Vec<Option<Probes>> {
    let probed = knobs.words("probes", &["no", "no", "yes"], upstreams);
    let paths = knobs.words("probe_path", &["/healthz", "/up?deep=1"], upstreams);
    let intervals_ms = knobs.integers("probe_interval_ms", 400..=800, upstreams);
    let timeouts_ms = knobs.integers("probe_timeout_ms", 400..=800, upstreams);
    let unhealthy = knobs.integers("unhealthy_after", 1..=3, upstreams);
    let healthy = knobs.integers("healthy_after", 1..=3, upstreams);
    let statuses = knobs.words("probe_statuses", &["2xx", "200-204", "2xx-4xx"], upstreams);
    let make = |i: usize| {
        (probed[i] == "yes").then(|| Probes {
            port: None,
            path: paths[i].into(),
            interval: Duration::from_millis(intervals_ms[i]),
            timeout: Duration::from_millis(timeouts_ms[i].min(intervals_ms[i])),
            unhealthy_after: unhealthy[i] as u32,
            healthy_after: healthy[i] as u32,
            statuses: match statuses[i] {
                "2xx" => [200, 299],
                "200-204" => [200, 204],
                _ => [200, 499],
            },
        })
    };
    (0..upstreams).map(make).collect()
}
