//! Where things stand at a moment of a run: what is broken, what is open, and what happened last.
//!
//! Kept up while records come, so that stopping anywhere costs nothing; memory is what is open at the moment.

use super::connections::Connections;
use super::requests::{OpenRequest, Requests};
use crate::trace::{Kind, Record, Renderer, Watch};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::mpsc::Sender;

/// Events at the end that are kept: as many as a screen has lines.
const LAST_MAX: usize = 20;

/// How a host is that is not simply up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostState {
    Down,
    StandsStill,
}

/// One variant at the moment at which it was stopped.
#[derive(Debug, Clone, Default)]
pub struct Situation {
    /// Its place in the document.
    pub variant: usize,
    /// When it was stopped, whether anything happened then or not.
    pub at_us: u64,
    /// By place in the plan.
    pub faults: BTreeSet<usize>,
    pub is_healed: bool,
    /// Those that are not simply up.
    pub hosts: Vec<(String, HostState)>,
    /// The config that was put in force last, by place, and its version; `None`: the first, from the start.
    pub config: Option<(usize, u64)>,
    /// From, to, how many, and how many of them only one end has let go of.
    pub connections: Vec<(String, String, u64, u64)>,
    /// The oldest first.
    pub requests: Vec<OpenRequest>,
    /// The last events, in words.
    pub last: Vec<String>,
}

/// Follows the run, and tells at the end of each variant.
pub(super) struct Watcher {
    now: Now,
    variants: usize,
    to: Sender<Situation>,
}

#[derive(Default)]
struct Now {
    renderer: Renderer,
    faults: BTreeSet<usize>,
    is_healed: bool,
    down: BTreeSet<u64>,
    still: BTreeMap<u64, bool>,
    config: Option<(usize, u64)>,
    connections: Connections,
    requests: Requests,
    last: VecDeque<Record>,
}

impl Watcher {
    pub(super) fn new(to: Sender<Situation>) -> Self {
        Self {
            now: Now::default(),
            variants: 0,
            to,
        }
    }
}

impl Watch for Watcher {
    fn see(&mut self, record: &Record) {
        if record.kind == Kind::End {
            let now = std::mem::take(&mut self.now);
            // who does not listen any more does not want to know
            let _ = self.to.send(now.situation(self.variants, record.at_us));
            self.variants += 1;
        } else {
            self.now.see(record);
        }
    }
}

impl Now {
    fn see(&mut self, record: &Record) {
        self.renderer.learn(record);
        if self.last.len() == LAST_MAX {
            self.last.pop_front();
        }
        self.last.push_back(*record);
        let [first, second, ..] = record.args();
        let place = usize::try_from(first).unwrap_or(usize::MAX);
        match record.kind {
            Kind::FaultBegan => drop(self.faults.insert(place)),
            Kind::FaultEnded => drop(self.faults.remove(&place)),
            Kind::Heal => self.is_healed = true,
            Kind::Crash => drop(self.down.insert(record.host)),
            Kind::Start => drop(self.down.remove(&record.host)),
            Kind::Stop => drop(self.still.insert(record.host, first == 1)),
            // a version of 0 was refused
            Kind::Reload if second > 0 => self.config = Some((place, second)),
            _ => {}
        }
        self.connections.see(record);
        self.requests.see(record);
    }

    fn situation(mut self, variant: usize, at_us: u64) -> Situation {
        let name = |host: &u64| self.renderer.name(*host);
        let down = self.down.iter().map(|host| (name(host), HostState::Down));
        let still = self
            .still
            .iter()
            .filter(|(host, still)| **still && !self.down.contains(host))
            .map(|(host, _)| (name(host), HostState::StandsStill));
        let connections = self.connections.counts();
        Situation {
            variant,
            at_us,
            faults: self.faults,
            is_healed: self.is_healed,
            hosts: down.chain(still).collect(),
            config: self.config,
            connections: connections
                .into_iter()
                .map(|((from, to), (open, half))| (name(&from), name(&to), open, half))
                .collect(),
            requests: self.requests.open(),
            last: self
                .last
                .iter()
                .map(|record| self.renderer.line(record))
                .collect(),
        }
    }
}
