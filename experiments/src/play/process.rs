//! A gateway's process, as its operator has it: it is given configs, told to stop, and started again where it was.

use super::Stage;
use super::hosts::Hosts;
use crate::failure::Failure;
use crate::stand::{self, Gateway, Launch};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use tokio::time::Instant;

/// What an operator may be told: that it is in force, or why not.
pub(super) enum Answer {
    InForce,
    Refused,
}

/// What it said of its end.
pub(super) struct Ended {
    pub(super) took: Duration,
    pub(super) code: Option<i32>,
    pub(super) drained: Option<u64>,
    pub(super) aborted: Option<u64>,
}

pub(super) struct Process {
    pub(super) name: String,
    pub(super) admin: SocketAddr,
    binary: PathBuf,
    directory: PathBuf,
    workers: usize,
    seed: u64,
    hands_over: bool,
    /// By the names of the scenario's configs; the first is in force at the start.
    configs: Vec<(String, String)>,
    running: Option<Gateway>,
    /// Counts its starts.
    starts: u32,
}

impl Process {
    pub(super) fn new(
        stage: Stage<'_>,
        hosts: &Hosts,
        place: usize,
        workers: usize,
        configs: Vec<(String, String)>,
    ) -> Result<Self, Failure> {
        let name = hosts.gateways()[place].clone();
        let directory = stage.directory.join(&name);
        std::fs::create_dir(&directory).map_err(|e| Failure::io("make", &directory, e))?;
        Ok(Self {
            admin: hosts.admin(place),
            binary: stage.binaries.gateway.clone(),
            directory,
            workers,
            seed: stage.seed,
            hands_over: stage.hands_over,
            configs,
            running: None,
            starts: 0,
            name,
        })
    }

    /// Of the process that runs, if one does.
    pub(super) fn pid(&self) -> Option<u32> {
        self.running.as_ref().map(|gateway| gateway.part.pid())
    }

    /// With the config that lies on its disk, or at first with the first.
    pub(super) async fn start(&mut self) -> Result<(), Failure> {
        let started = self.launch().await?;
        self.running = Some(started);
        Ok(())
    }

    async fn launch(&mut self) -> Result<Gateway, Failure> {
        if self.starts == 0 {
            self.put(0)?;
        }
        self.starts += 1;
        // what each of them said is kept apart
        let name = format!("{}-{}", self.name, self.starts);
        let (workers, seed) = (self.workers.to_string(), self.seed.to_string());
        let launch = Launch::new(&name, &self.binary, &self.directory).with([
            "--config",
            "gateway.yaml",
            "--no-watch",
            "--workers",
            &workers,
            "--seed",
            &seed,
        ]);
        stand::boot_gateway_by(match self.hands_over {
            true => launch.with(["--handover", "handover.sock"]),
            false => launch,
        })
        .await
    }

    /// Puts a config where it reads it.
    fn put(&self, config: usize) -> Result<(), Failure> {
        let file = self.directory.join("gateway.yaml");
        let text = &self.configs[config].1;
        std::fs::write(&file, text).map_err(|e| Failure::io("write", &file, e))
    }

    /// Gives it the config of that name. The one that it refuses does not stay on its disk.
    pub(super) async fn apply(&self, name: &str) -> Result<(Answer, Duration), Failure> {
        let place = self.configs.iter().position(|(of, _)| of == name);
        let place = place.ok_or_else(|| Failure::run(format!("apply config {name}: there is none")))?;
        self.put(place)?;
        let asked = Instant::now();
        let (status, body) = stand::post(self.admin, "/config/reload").await?;
        let took = asked.elapsed();
        match status {
            200 => Ok((Answer::InForce, took)),
            422 => {
                self.put(0)?;
                Ok((Answer::Refused, took))
            }
            _ => Err(Failure::run(format!(
                "apply config {name}: status {status}: {}",
                body.trim()
            ))),
        }
    }

    /// Tells it to stop and waits for that, at most as long as its config says and a moment more.
    pub(super) async fn stop(&mut self) -> Result<Ended, Failure> {
        let old = self.running.take();
        let old = old.ok_or_else(|| Failure::run(format!("stop {}: it does not run", self.name)))?;
        let asked = Instant::now();
        self.ended(old, asked).await
    }

    /// Starts a successor, which takes the sockets; the predecessor then comes to its end by itself.
    pub(super) async fn succeed(&mut self) -> Result<Ended, Failure> {
        let old = self.running.take();
        let old = old.ok_or_else(|| Failure::run(format!("succeed {}: it does not run", self.name)))?;
        let asked = Instant::now();
        self.running = Some(self.launch().await?);
        self.ended(old, asked).await
    }

    async fn ended(&self, old: Gateway, asked: Instant) -> Result<Ended, Failure> {
        let (status, said) = match self.hands_over {
            true => old.part.end().await?,
            false => old.part.stop_telling().await?,
        };
        Ok(Ended {
            took: asked.elapsed(),
            code: status.code(),
            drained: number_behind(&said, "drained"),
            aborted: number_behind(&said, "aborted"),
        })
    }

    /// At the end of a play, if it still runs.
    pub(super) async fn end(mut self) -> Result<(), Failure> {
        match self.running.take() {
            Some(gateway) => gateway.part.stop().await.map(drop),
            None => Ok(()),
        }
    }
}

/// Of `stopped: requests drained 12, aborted 0`.
fn number_behind(said: &str, word: &str) -> Option<u64> {
    let (_, stopped) = said.rsplit_once("stopped: requests ")?;
    let (_, number) = stopped.split_once(word)?;
    let number = number.trim_start();
    let end = number.find(|c: char| !c.is_ascii_digit());
    number[..end.unwrap_or(number.len())].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_gateway_says_at_its_end_is_read() {
        let said = "; it said:\ngateway: handed over to a successor\ngateway: stopped: requests drained 12, aborted 3";
        let numbers = |said| (number_behind(said, "drained"), number_behind(said, "aborted"));
        assert_eq!(numbers(said), (Some(12), Some(3)));
        assert_eq!(numbers("; it said:\ngateway: aborted 3"), (None, None));
    }
}
