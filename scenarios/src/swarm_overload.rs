//! What the swarm draws of adaptive limits and classes.

use super::adapts::{Adapts, CLASSES, SHARES};
use super::config::Upstream;
use super::knobs::Knobs;

/// What is drawn for one upstream of the swarm.
pub(super) struct Drawn {
    kind: &'static str,
    class: &'static str,
}

pub(super) fn draw(knobs: &mut Knobs, upstreams: usize) -> Vec<Drawn> {
    let kinds = knobs.words("concurrency", &["no", "no", "fixed", "adaptive"], upstreams);
    let classes = knobs.words("priority", &CLASSES, upstreams);
    let drawn = kinds.into_iter().zip(classes);
    drawn.map(|(kind, class)| Drawn { kind, class }).collect()
}

impl Drawn {
    /// Tells an upstream of it, whose other facts are there: for so many requests in flight on average. What a healthy upstream has in
    /// flight does not reach what the lowest class may use of the least limit; see [`super::bounds`] for the numbers. Where others
    /// refuse too, it could not be told who did, so one that may be refused by health, a breaker or for its names has none.
    pub(super) fn tell(&self, upstream: Upstream, mean: f64) -> Upstream {
        let in_flight = (2.0 * mean) as usize + 12;
        let min = in_flight * 100 / SHARES[3] + 1;
        let max = match self.kind {
            "no" => None,
            "fixed" => Some(min),
            _ => Some(4 * min),
        };
        let may_refuse = upstream.ejects.is_some()
            || upstream.probes.is_some()
            || upstream.breaker.is_some()
            || upstream.by_name;
        let concurrency = max.filter(|_| !may_refuse).map(|max| Adapts { min, max });
        Upstream {
            priority: concurrency.map(|_| self.class.into()),
            concurrency,
            ..upstream
        }
    }
}
