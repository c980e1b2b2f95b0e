//! Carries out a plan: begins and ends each of its faults in time, and the heal.
//!
//! Ends come before beginnings of the same moment. What outlasts the heal ends with it, what would begin later never
//! does. Faults on upstreams are in their scripts already; here they are only marked in the trace.

use super::{Process, StageError};
use crate::trace::Kind;
use crate::world::{Driver, DriverError, LinkFault, NameAnswer, TICK};
use scenarios::{GATEWAY, NamesFail, Scenario, What, upstream_name};
use std::time::Duration;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Action {
    End(usize),
    Heal,
    Begin(usize),
}

pub(super) struct Strikes<'a> {
    scenario: &'a Scenario,
    /// In order of time.
    actions: Vec<(Duration, Action)>,
    next: usize,
    /// Of each fault, the hosts' numbers; 0 for none.
    hosts: Vec<(u64, u64)>,
    /// The one that clients talk to is the last.
    gateways: Vec<Running<'a>>,
    /// Reloads that lie on that one and the places of their configs, the last one in force.
    reloads: Vec<(usize, usize)>,
}

/// A gateway, and what was done to it.
struct Running<'a> {
    name: &'a str,
    process: Process,
    /// Stops that lie on it, and which generation was stopped.
    stops: usize,
    stopped: Option<u64>,
    exited: bool,
}

impl<'a> Strikes<'a> {
    pub(super) fn new(scenario: &'a Scenario, processes: Vec<(&'a str, Process)>) -> Self {
        let heal = scenario.heal.at;
        let mut actions = vec![(heal, Action::Heal)];
        for (index, fault) in scenario.faults.iter().enumerate() {
            if fault.at < heal {
                actions.push((fault.at, Action::Begin(index)));
                actions.push((fault.end().max(fault.at + TICK).min(heal), Action::End(index)));
            }
        }
        actions.sort();
        let number = |name: Option<&str>| name.and_then(|name| scenario.host_number(name)).unwrap_or(0);
        let hosts = scenario.faults.iter().map(|fault| fault.what.hosts());
        Self {
            scenario,
            actions,
            next: 0,
            hosts: hosts.map(|(a, b)| (number(a), number(b))).collect(),
            gateways: processes.into_iter().map(Running::new).collect(),
            reloads: Vec::new(),
        }
    }

    /// Whether anything is still to come.
    pub(super) fn remain(&self) -> bool {
        self.next < self.actions.len()
    }

    /// Does everything that is due by now.
    pub(super) fn due(&mut self, driver: &mut Driver) -> Result<(), StageError> {
        for gateway in &mut self.gateways {
            gateway.bury(driver)?;
        }
        while let Some((at, action)) = self.actions.get(self.next).copied()
            && at <= driver.elapsed()
        {
            self.next += 1;
            let (index, kind) = match action {
                Action::Begin(index) => (index, Kind::FaultBegan),
                Action::End(index) => (index, Kind::FaultEnded),
                Action::Heal => {
                    driver.note(Kind::Heal, &[]);
                    continue;
                }
            };
            let (a, b) = self.hosts[index];
            let number = self.scenario.faults[index].what.kind().code();
            driver.note(kind, &[index as u64, number, a, b]);
            let done = match kind {
                Kind::FaultBegan => self.begin(index, driver),
                _ => self.end(index, driver),
            };
            done.map_err(|error| {
                StageError::Scenario(format!(
                    "faults[{index}] at {}: {error}",
                    humantime::format_duration(at)
                ))
            })?;
        }
        Ok(())
    }

    fn begin(&mut self, index: usize, driver: &mut Driver) -> Result<(), String> {
        let said = |error: DriverError| error.to_string();
        let is_client = self.hosts[index].0 > self.scenario.gateway_number();
        match &self.scenario.faults[index].what {
            What::Crash { host } | What::Bounce { host } | What::PowerLoss { host } if is_client => {
                // its load would start from the beginning, with ids that were planned before
                return Err(format!("{host} cannot be killed: clients are witnesses"));
            }
            What::Crash { host } => driver.crash(host),
            What::Bounce { host } => driver.restart(host),
            What::PowerLoss { host } => driver.power_off(host),
            What::Partition { a, b } => driver.push(LinkFault::Partition, a, b),
            What::Cut { from, to } => driver.push(LinkFault::OneWay, from, to),
            What::Hold { a, b } => driver.push(LinkFault::Hold, a, b),
            What::Latency { a, b, min, max } => driver.push_latency(a, b, (*min, *max)),
            What::Slow { host, goes, stands } => driver.push_slow(host, *goes, *stands),
            What::Clock { host, offset_ms } => driver.push_clock(host, offset_ms.saturating_mul(1_000)),
            What::Fragment => driver.push_fragment(),
            What::UpstreamSlow { .. }
            | What::UpstreamErrors { .. }
            | What::UpstreamTruncates { .. }
            | What::UpstreamResets { .. }
            | What::UpstreamSick { .. } => Ok(()),
            What::NamesFail { .. } | What::NamesChange { .. } => {
                let (name, answer) = self.answer(index, driver)?;
                driver.push_answer(&name, answer)
            }
            What::Reload { config } => return self.reload(index, config, driver),
            What::Stop { lead, deadline, host } => {
                let within = *lead + *deadline;
                driver.note(Kind::Drain, &[within.as_micros() as u64]);
                self.gateway(host.as_deref())?.stop(*lead, *deadline);
                Ok(())
            }
        }
        .map_err(said)
    }

    fn end(&mut self, index: usize, driver: &mut Driver) -> Result<(), String> {
        let said = |error: DriverError| error.to_string();
        match &self.scenario.faults[index].what {
            What::Crash { host } => driver.bounce(host),
            What::PowerLoss { host } => driver.power_on(host),
            What::Partition { a, b } => driver.pop(LinkFault::Partition, a, b),
            What::Cut { from, to } => driver.pop(LinkFault::OneWay, from, to),
            What::Hold { a, b } => driver.pop(LinkFault::Hold, a, b),
            What::Latency { a, b, min, max } => driver.pop_latency(a, b, (*min, *max)),
            What::Slow { host, goes, stands } => driver.pop_slow(host, *goes, *stands),
            What::Clock { host, offset_ms } => driver.pop_clock(host, offset_ms.saturating_mul(1_000)),
            What::Fragment => driver.pop_fragment(),
            What::Bounce { .. }
            | What::UpstreamSlow { .. }
            | What::UpstreamErrors { .. }
            | What::UpstreamTruncates { .. }
            | What::UpstreamResets { .. }
            | What::UpstreamSick { .. } => Ok(()),
            What::NamesFail { .. } | What::NamesChange { .. } => {
                let (name, answer) = self.answer(index, driver)?;
                driver.pop_answer(&name, &answer)
            }
            What::Reload { .. } => return self.unload(index, driver),
            What::Stop { host, .. } => return self.gateway(host.as_deref())?.replace(driver),
        }
        .map_err(said)
    }

    /// What lookups of which name bring while this fault lies there.
    fn answer(&self, index: usize, driver: &Driver) -> Result<(String, NameAnswer), String> {
        let what = &self.scenario.faults[index].what;
        let answer = match what {
            What::NamesFail { how, .. } => match how {
                NamesFail::Error => NameAnswer::Fails,
                NamesFail::Empty => NameAnswer::Empty,
                NamesFail::Nowhere => NameAnswer::Nowhere,
            },
            What::NamesChange { replicas, .. } => {
                let ips = replicas.iter().map(|name| driver.ip(name));
                NameAnswer::Hosts(ips.collect::<Result<_, _>>().map_err(|error| error.to_string())?)
            }
            _ => return Err("it is no fault of a name".into()),
        };
        Ok((upstream_name(what.upstream().unwrap_or_default()), answer))
    }

    /// The one on this host, or the one that clients talk to.
    fn gateway(&mut self, host: Option<&str>) -> Result<&mut Running<'a>, String> {
        let name = host.unwrap_or(GATEWAY);
        let mut gateways = self.gateways.iter_mut();
        let found = gateways.find(|gateway| gateway.name == name);
        found.ok_or_else(|| format!("no gateway runs on {name:?}"))
    }

    fn reload(&mut self, index: usize, name: &str, driver: &Driver) -> Result<(), String> {
        let configs = &self.scenario.configs;
        let place = configs
            .iter()
            .position(|config| config.name == name)
            .ok_or_else(|| format!("there is no config {name:?}"))?;
        let taken = self.gateway(None)?.process.apply(place);
        driver.note(Kind::Reload, &[place as u64, *taken.as_ref().unwrap_or(&0)]);
        match (taken, configs[place].is_broken()) {
            (Ok(_), false) => self.reloads.push((index, place)),
            (Err(_), true) => {}
            (Ok(_), true) => return Err(format!("the gateway took {name:?}, which is broken")),
            (Err(errors), false) => return Err(format!("the gateway refused {name:?}: {errors}")),
        }
        Ok(())
    }

    /// The config before it comes back, unless another reload lies on top.
    fn unload(&mut self, index: usize, driver: &Driver) -> Result<(), String> {
        let was_top = self.reloads.last().is_some_and(|(top, _)| *top == index);
        self.reloads.retain(|(reload, _)| *reload != index);
        if !was_top {
            return Ok(());
        }
        let place = self.reloads.last().map_or(0, |(_, below)| *below);
        let version = self.gateway(None)?.process.apply(place)?;
        driver.note(Kind::Reload, &[place as u64, version]);
        Ok(())
    }
}

impl<'a> Running<'a> {
    fn new((name, process): (&'a str, Process)) -> Self {
        Self {
            name,
            process,
            stops: 0,
            stopped: None,
            exited: false,
        }
    }

    /// A process that has come to its end is gone, with whatever its connections still held.
    fn bury(&mut self, driver: &mut Driver) -> Result<(), DriverError> {
        if self.stopped == Some(self.process.generation()) && self.process.has_ended() && !self.exited {
            self.exited = true;
            driver.crash(self.name)?;
        }
        Ok(())
    }

    fn stop(&mut self, lead: Duration, deadline: Duration) {
        self.process.stop(lead, deadline);
        self.stops += 1;
        self.stopped = Some(self.process.generation());
    }

    /// A successor of the process that was stopped, unless something else has put one there already.
    fn replace(&mut self, driver: &mut Driver) -> Result<(), String> {
        self.stops -= 1;
        if self.stops > 0 {
            return Ok(());
        }
        let is_running = self.stopped.take() == Some(self.process.generation());
        let replaced = match (std::mem::take(&mut self.exited), is_running) {
            (true, _) => driver.bounce(self.name),
            (false, true) => driver.restart(self.name),
            (false, false) => return Ok(()),
        };
        replaced.map_err(|error| error.to_string())
    }
}
