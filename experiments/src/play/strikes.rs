//! Carrying out the plan: configs come and go, gateways are stopped and started. Faults of upstreams are in their scripts already.

use super::Scene;
use super::process::{Answer, Ended, Process};
use super::rows::{Applied, Stopped};
use crate::failure::Failure;
use crate::stand::simulated::Reload;
use scenarios::{Fault, GATEWAY, What};
use tokio::time::sleep_until;

/// What was done.
#[derive(Debug, Default)]
pub(super) struct Struck {
    pub(super) reloads: Vec<Reload>,
    pub(super) applied: Vec<Applied>,
    pub(super) stopped: Vec<Stopped>,
}

/// Whether it is carried out here.
pub(super) fn is_one(what: &What) -> bool {
    matches!(what, What::Reload { .. } | What::Stop { .. })
}

/// One fault after the other: of these none overlaps another.
pub(super) async fn strike(scene: Scene<'_>) -> Result<Struck, Failure> {
    let mut struck = Struck::default();
    for fault in scene
        .scenario
        .faults
        .iter()
        .filter(|fault| fault.at < scene.stage.until)
    {
        match &fault.what {
            What::Reload { config } => scene.reload(fault, config, &mut struck).await?,
            What::Stop { host, .. } => {
                scene
                    .stop(fault, host.as_deref().unwrap_or(GATEWAY), &mut struck)
                    .await?;
            }
            _ => {}
        }
    }
    Ok(struck)
}

impl Scene<'_> {
    async fn reload(&self, fault: &Fault, config: &str, struck: &mut Struck) -> Result<(), Failure> {
        let first = self.scenario.configs.first().map_or("", |config| &config.name);
        sleep_until(self.start + fault.at).await;
        let is_refused = self.apply(config, struck).await?;
        sleep_until(self.start + fault.end()).await;
        if !is_refused {
            self.apply(first, struck).await?;
        }
        Ok(())
    }

    /// Whether it was refused.
    async fn apply(&self, config: &str, struck: &mut Struck) -> Result<bool, Failure> {
        let front = self.cast.front().lock().await;
        let (seed, variant, at_us) = (self.stage.seed, self.variant.to_owned(), self.now_us());
        let (answer, took) = front.apply(config).await?;
        let is_refused = matches!(answer, Answer::Refused);
        struck.reloads.push(Reload {
            seed,
            variant: variant.clone(),
            at_us,
            config: config.to_owned(),
            is_refused,
        });
        if !is_refused {
            struck.applied.push(Applied {
                seed,
                variant,
                at_us,
                config: config.to_owned(),
                took_us: u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
            });
        }
        Ok(is_refused)
    }

    async fn stop(&self, fault: &Fault, gateway: &str, struck: &mut Struck) -> Result<(), Failure> {
        let missing = || Failure::run(format!("stop {gateway}: there is no such gateway"));
        let process = self.cast.gateway(gateway).ok_or_else(missing)?;
        sleep_until(self.start + fault.at).await;
        let at_us = self.now_us();
        let ended = {
            let mut process = process.lock().await;
            self.end(&mut process).await?
        };
        struck.stopped.push(Stopped {
            seed: self.stage.seed,
            variant: self.variant.to_owned(),
            gateway: gateway.to_owned(),
            at_us,
            took_us: u64::try_from(ended.took.as_micros()).unwrap_or(u64::MAX),
            drained: ended.drained,
            aborted: ended.aborted,
            code: ended.code,
        });
        if !self.stage.hands_over {
            sleep_until(self.start + fault.end()).await;
            process.lock().await.start().await?;
        }
        Ok(())
    }

    async fn end(&self, process: &mut Process) -> Result<Ended, Failure> {
        match self.stage.hands_over {
            true => process.succeed().await,
            false => process.stop().await,
        }
    }
}
