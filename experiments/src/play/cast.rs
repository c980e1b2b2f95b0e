//! Everybody of a scenario but those who send: booted in the order in which they need each other.

use super::hosts::Hosts;
use super::process::Process;
use super::{LEAD, Stage};
use crate::failure::Failure;
use crate::stand::{self, Launch, Stub};
use scenarios::{Config, GATEWAY, Scenario, What};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

pub(super) struct Cast {
    pub(super) hosts: Hosts,
    pub(super) stub: Stub,
    /// When the stub's clock began.
    pub(super) started: Instant,
    /// The one that clients talk to first, as in [`Hosts::gateways`].
    pub(super) gateways: Vec<Mutex<Process>>,
}

impl Cast {
    pub(super) async fn boot(stage: Stage<'_>, scenario: &Scenario) -> Result<Self, Failure> {
        let hosts = Hosts::of(scenario)?;
        let stub = stand::boot_stub_by(stub(stage, scenario, &hosts)?, scenario.replicas.len()).await?;
        let started = Instant::now();
        let named = hosts.named();
        let mut gateways = Vec::new();
        for place in 0..hosts.gateways().len() {
            let configs = match &scenario.behind {
                Some(behind) if place > 0 => std::slice::from_ref(&behind.config),
                _ => &scenario.configs,
            };
            let (listen, admin) = (hosts.gateway(place), hosts.admin(place));
            let told = stops(scenario, &hosts.gateways()[place]);
            let texts = configs
                .iter()
                .map(|config| text(config, listen, admin, &named, &told));
            let process = Process::new(stage, &hosts, place, scenario.workers, texts.collect())?;
            gateways.push(process);
        }
        // the one in front last: it probes the others
        for process in gateways.iter_mut().rev() {
            process.start().await?;
        }
        if started.elapsed() > LEAD {
            return Err(Failure::run(format!(
                "boot a scenario in time: it took {} ms, and the load was to begin after {}",
                started.elapsed().as_millis(),
                LEAD.as_millis()
            )));
        }
        Ok(Self {
            stub,
            started,
            gateways: gateways.into_iter().map(Mutex::new).collect(),
            hosts,
        })
    }

    /// The gateway that clients talk to.
    pub(super) fn front(&self) -> &Mutex<Process> {
        &self.gateways[0]
    }

    /// By its host's name.
    pub(super) fn gateway(&self, name: &str) -> Option<&Mutex<Process>> {
        let place = self.hosts.gateways().iter().position(|of| of == name)?;
        self.gateways.get(place)
    }

    /// Ends everybody.
    pub(super) async fn stop(self) -> Result<(), Failure> {
        for gateway in self.gateways {
            gateway.into_inner().end().await?;
        }
        self.stub.part.stop().await.map(drop)
    }
}

/// One process that has all replicas: their scripts run by one clock.
fn stub(stage: Stage<'_>, scenario: &Scenario, hosts: &Hosts) -> Result<Launch, Failure> {
    let launch = Launch::new("upstream-stub", &stage.binaries.stub, stage.directory);
    let listen = hosts.first_replica();
    let control = SocketAddr::new(listen.ip(), 0);
    let mut launch = launch.with([
        "--replicas".to_owned(),
        scenario.replicas.len().to_string(),
        "--listen".into(),
        listen.to_string(),
        "--control".into(),
        control.to_string(),
        "--seed".into(),
        stage.seed.to_string(),
    ]);
    for (index, replica) in scenario.replicas.iter().enumerate() {
        let script = scenario.script(replica, LEAD, words);
        let script = script.map_err(|why| Failure::run(format!("play a scenario on sockets: {why}")))?;
        launch = launch.with([
            "--replica-behaviour".to_owned(),
            format!("{index}:{}", replica.behaviour),
        ]);
        if !script.is_empty() {
            launch = launch.with(["--replica-script".to_owned(), format!("{index}:{script}")]);
        }
    }
    Ok(launch)
}

/// What a stub is told of a fault: one that is killed does not listen, and resets what is connected.
fn words(what: &What) -> Option<String> {
    match what {
        What::Crash { .. } => Some("down".into()),
        what => what.words(),
    }
}

fn text(
    config: &Config,
    listen: SocketAddr,
    admin: SocketAddr,
    named: &[(&str, SocketAddr)],
    told: &str,
) -> (String, String) {
    let yaml = config.addressed(listen, &admin.to_string(), named);
    (config.name.clone(), yaml + told)
}

/// What a gateway is told of its stops: in the simulator its operator says it when he stops it.
fn stops(scenario: &Scenario, gateway: &str) -> String {
    let stop = scenario.faults.iter().find_map(|fault| match &fault.what {
        What::Stop { lead, deadline, host } if host.as_deref().unwrap_or(GATEWAY) == gateway => {
            Some((*lead, *deadline))
        }
        _ => None,
    });
    let ms = |time: Duration| format!("{}ms", time.as_millis());
    stop.map_or_else(String::new, |(lead, deadline)| {
        format!("shutdown: {{ lead: {}, deadline: {} }}\n", ms(lead), ms(deadline))
    })
}
