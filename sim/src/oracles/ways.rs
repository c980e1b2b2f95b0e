//! What every config makes of every ask, worked out once and numbered as a trace is: names of upstreams and routes over all
//! configs, sums in place of texts.

use super::courses::{self, End};
use scenarios::{FAILURES, Mirror, Scenario};

/// What becomes of an ask under one config.
pub(super) enum Way {
    To(To),
    Own(Own),
}

/// It goes to upstreams.
pub(super) struct To {
    pub(super) route: usize,
    /// Upstreams and their weights.
    pub(super) branches: Vec<(usize, u32)>,
    pub(super) target_crc32: u64,
    /// Of the fields that mark it, as [`upstream_stub::Marks`] has it; `None` where it has none.
    pub(super) marks: Option<u64>,
    pub(super) copies: Option<Copies>,
    /// Where it may go when those have failed.
    pub(super) fallback: Option<usize>,
    /// What it may be answered then.
    pub(super) degraded: Option<Degraded>,
}

/// An answer in place of an upstream's.
pub(super) struct Degraded {
    pub(super) status: u64,
    pub(super) bytes: u64,
    pub(super) crc32: u64,
    /// Whether an upstream's answer of this status is none.
    pub(super) takes: fn(u64) -> bool,
}

/// Where copies of it go.
pub(super) struct Copies {
    pub(super) upstream: usize,
    pub(super) told: Mirror,
}

/// The gateway answers by itself.
pub(super) struct Own {
    pub(super) status: u64,
    pub(super) bytes: u64,
    pub(super) crc32: u64,
    /// Of its `Location` or `Allow`.
    pub(super) points_crc32: Option<u64>,
}

pub(super) struct Ways {
    /// By config and ask.
    all: Vec<Vec<Way>>,
    /// Names of routes over all configs.
    routes: Vec<String>,
    /// By ask, all upstreams to which any config sends it.
    upstreams: Vec<Vec<usize>>,
    /// By upstream, whether it gets copies and nothing else.
    shadows: Vec<bool>,
    /// Whether it is fallen back on and gets nothing else but copies.
    spares: Vec<bool>,
}

impl Ways {
    /// `names` are those of the upstreams over all configs.
    pub(super) fn new(scenario: &Scenario, names: &[String]) -> Self {
        let number = |name: &str| names.iter().position(|known| known == name);
        let mut routes: Vec<String> = Vec::new();
        let mut shadows = vec![false; names.len()];
        let mut spares = vec![false; names.len()];
        let mut targets = vec![false; names.len()];
        let mut all = Vec::new();
        for config in &scenario.configs {
            let of_config = config.all_routes();
            for route in &of_config {
                if !routes.contains(&route.name) {
                    routes.push(route.name.clone());
                }
                let mirrored = route.mirror.iter().map(|mirror| mirror.upstream.as_str());
                mirrored
                    .filter_map(number)
                    .for_each(|place| shadows[place] = true);
                let fallback = route.fallback.as_deref().and_then(number);
                fallback.into_iter().for_each(|place| spares[place] = true);
                route
                    .upstreams()
                    .filter_map(number)
                    .for_each(|place| targets[place] = true);
            }
            let name = |route: Option<usize>| route.map(|place| of_config[place].name.as_str());
            let place = |route| {
                routes
                    .iter()
                    .position(|known| Some(known.as_str()) == name(route))
            };
            let ways = scenario.load.asks.iter().map(|ask| {
                let course = courses::course(scenario, &of_config, ask);
                way(course.end, place(course.route).unwrap_or_default(), number)
            });
            all.push(ways.collect::<Vec<_>>());
        }
        for ((shadow, spare), target) in shadows.iter_mut().zip(&mut spares).zip(targets) {
            *spare &= !target;
            *shadow &= !target && !*spare;
        }
        let asks = 0..scenario.load.asks.len();
        Self {
            upstreams: asks.map(|ask| upstreams(&all, ask)).collect(),
            all,
            routes,
            shadows,
            spares,
        }
    }

    pub(super) fn of(&self, config: usize, ask: usize) -> Option<&Way> {
        self.all.get(config)?.get(ask)
    }

    /// The same under every config.
    pub(super) fn of_ask(&self, ask: usize) -> impl Iterator<Item = &Way> {
        self.all.iter().filter_map(move |ways| ways.get(ask))
    }

    pub(super) fn every(&self) -> impl Iterator<Item = &Way> {
        self.all.iter().flatten()
    }

    /// Those of all routes, under any config.
    pub(super) fn degraded(&self) -> impl Iterator<Item = &Degraded> {
        self.every().filter_map(|way| way.to()?.degraded.as_ref())
    }

    pub(super) fn upstreams_of(&self, ask: usize) -> &[usize] {
        self.upstreams.get(ask).map_or(&[], Vec::as_slice)
    }

    pub(super) fn route(&self, number: usize) -> &str {
        self.routes.get(number).map_or("an unknown route", String::as_str)
    }

    pub(super) fn is_spare(&self, upstream: usize) -> bool {
        self.spares.get(upstream).copied().unwrap_or_default()
    }

    pub(super) fn is_shadow(&self, upstream: usize) -> bool {
        self.shadows.get(upstream).copied().unwrap_or_default()
    }
}

impl Way {
    pub(super) fn to(&self) -> Option<&To> {
        match self {
            Self::To(to) => Some(to),
            Self::Own(_) => None,
        }
    }

    pub(super) fn own(&self) -> Option<&Own> {
        match self {
            Self::Own(own) => Some(own),
            Self::To(_) => None,
        }
    }
}

impl To {
    pub(super) fn goes_to(&self, upstream: usize) -> bool {
        self.fallback == Some(upstream) || self.branches.iter().any(|(branch, _)| *branch == upstream)
    }
}

fn way(end: End, route: usize, number: impl Fn(&str) -> Option<usize>) -> Way {
    let sum = |text: &str| u64::from(crc32fast::hash(text.as_bytes()));
    match end {
        End::Own(own) => Way::Own(Own {
            status: own.status,
            bytes: own.body.len() as u64,
            crc32: sum(&own.body),
            points_crc32: own.points.as_deref().map(sum),
        }),
        End::Upstreams(forward) => {
            let branches = forward.branches.iter();
            let marks = forward.marks.iter().map(|line| crc32fast::hash(line.as_bytes()));
            let copies = forward.mirror.and_then(|told| {
                let upstream = number(&told.upstream)?;
                Some(Copies { upstream, told })
            });
            Way::To(To {
                route,
                branches: branches
                    .filter_map(|(name, weight)| Some((number(name)?, *weight)))
                    .collect(),
                target_crc32: sum(&forward.target),
                marks: (!forward.marks.is_empty()).then(|| marks.fold(0, u32::wrapping_add).into()),
                copies,
                fallback: forward.fallback.as_deref().and_then(&number),
                degraded: forward.degraded.map(|degraded| Degraded {
                    status: degraded.status.into(),
                    bytes: degraded.body.len() as u64,
                    crc32: sum(&degraded.body),
                    takes: match degraded.for_answers {
                        true => |status| FAILURES.iter().any(|failure| u64::from(*failure) == status),
                        false => |_| false,
                    },
                }),
            })
        }
    }
}

fn upstreams(all: &[Vec<Way>], ask: usize) -> Vec<usize> {
    let ways = all.iter().filter_map(|ways| ways.get(ask)?.to());
    let mut upstreams: Vec<usize> = ways
        .flat_map(|to| to.branches.iter().map(|(upstream, _)| *upstream))
        .collect();
    upstreams.sort_unstable();
    upstreams.dedup();
    upstreams
}
