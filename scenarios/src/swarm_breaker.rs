//! What the swarm tells the gateway of breakers.
//!
//! Everything has to be over some time after the heal. A request from before it may be what opens a breaker last, and one that is a
//! probe what opens it again; so times of requests are kept short, as with health that may eject everybody, and open times too. Nothing
//! healthy is as slow as the shortest time that counts as slow, so that without faults no breaker opens.

use super::breaker::{Breaks, Slow};
use super::config::Upstream;
use super::knobs::Knobs;
use std::time::Duration;

/// The longest timeout of a request to an upstream with a breaker.
const TIMEOUT_MAX: Duration = Duration::from_millis(1_500);

/// Of one upstream.
#[derive(Clone)]
pub(super) struct Breaker {
    breaks: Option<Breaks>,
    /// The other config has none.
    pub(super) others_lack: bool,
}

pub(super) fn breakers(knobs: &mut Knobs, upstreams: usize) -> Vec<Breaker> {
    let ms = Duration::from_millis;
    let kinds = knobs.words(
        "breaker",
        &["no", "no", "upstream", "upstream", "replica"],
        upstreams,
    );
    let ratios = knobs.words("breaker_ratio", &["0.2", "0.5", "0.5", "0.9"], upstreams);
    let min_requests = knobs.integers("breaker_min_requests", 2..=20, upstreams);
    let windows_ms = knobs.integers("breaker_window_ms", 500..=2_000, upstreams);
    let open_ms = knobs.integers("breaker_open_ms", 150..=400, upstreams);
    let probes = knobs.integers("breaker_probes", 1..=4, upstreams);
    let slow = knobs.words("breaker_slow", &["no", "no", "0.5", "0.8"], upstreams);
    let slow_ms = knobs.integers("breaker_slow_ms", 400..=800, upstreams);
    let others = knobs.words("other_breaker", &["same", "same", "none"], upstreams);
    let make = |i: usize| Breaker {
        breaks: (kinds[i] != "no").then(|| Breaks {
            ratio: ratios[i].parse().unwrap_or(0.5),
            min_requests: min_requests[i],
            window: ms(windows_ms[i]),
            open_for: ms(open_ms[i]),
            open_for_max: ms(2 * open_ms[i]),
            probes: probes[i] as u32,
            slow: slow[i].parse().ok().map(|ratio| Slow {
                after: ms(slow_ms[i]),
                ratio,
            }),
            per_replica: kinds[i] == "replica",
        }),
        others_lack: others[i] == "none",
    };
    (0..upstreams).map(make).collect()
}

impl Breaker {
    /// Tells an upstream of it, whose other facts are there.
    pub(super) fn tell(self, upstream: Upstream) -> Upstream {
        let timeout = match self.breaks {
            Some(_) => upstream.timeout.min(TIMEOUT_MAX),
            None => upstream.timeout,
        };
        let by_name = upstream.by_name;
        Upstream {
            timeout,
            // who a name stands for comes and goes, and its breaker with it
            breaker: self.breaks.filter(|breaks| !(breaks.per_replica && by_name)),
            ..upstream
        }
    }
}
