//! Another config, in place of the one in force: all of it, or nothing.

use super::{App, error_at, export_of, keys};
use crate::config::{self, ConfigErrors, Listen, Plan};
use crate::planted::{Bug, planted};
use crate::reload::{NotReloaded, ReloadAsk, Reloaded};
use crate::snapshot::{Snapshot, StickyKeys};
use std::time::Duration;
use tokio::sync::mpsc;

/// Why there is no new snapshot.
enum Stays {
    /// It would say what the one in force says.
    Same {
        version: u64,
    },
    Refused(ConfigErrors),
}

impl App {
    /// Puts a new config in force and returns its version; on any error the old one stays. Requests in flight
    /// keep the one they began with. Listeners, server limits, the access log and where spans go are those of the start.
    pub fn apply(&self, yaml: &[u8]) -> Result<u64, ConfigErrors> {
        let plan = config::load(yaml)?;
        // files are read before it is our turn: nobody, a worker that has looked up a name least of all, waits for a disk
        let sticky_keys = keys::read(&plan)?;
        let listeners_stay = |_: &Listen| Err(fixed("listen"));
        self.0
            .current
            .update(|old| self.succeed(old, plan, sticky_keys, listeners_stay))
    }

    /// The same for a process that serves: a config that says what the one in force says changes nothing, and is no error.
    /// Where it wants to listen elsewhere, `listen` has to make sure that it can, or say why not; it is asked last, so that
    /// what it has done needs no undoing. The workers go there when it is in force.
    pub fn reload(
        &self,
        yaml: Result<Vec<u8>, String>,
        unix_now: Duration,
        listen: impl FnOnce(&Listen) -> Result<(), ConfigErrors>,
    ) -> Result<Reloaded, NotReloaded> {
        let result = match yaml {
            Ok(yaml) => self.reload_from(&yaml, listen).map_err(NotReloaded::Refused),
            Err(error) => Err(NotReloaded::Unread(error)),
        };
        self.0.reloads.count(&result, unix_now);
        result
    }

    fn reload_from(
        &self,
        yaml: &[u8],
        listen: impl FnOnce(&Listen) -> Result<(), ConfigErrors>,
    ) -> Result<Reloaded, ConfigErrors> {
        let plan = config::load(yaml)?;
        let sticky_keys = keys::read(&plan)?;
        let wanted = plan.listen.clone();
        let made = self.0.current.update(|old| {
            if *old.plan == plan && old.sticky_keys == sticky_keys {
                let version = old.version;
                return Err(Stays::Same { version });
            }
            let succeeded = self.succeed(old, plan, sticky_keys, listen);
            succeeded.map_err(Stays::Refused)
        });
        match made {
            Ok(version) => {
                self.0.listen.send_if_modified(|listen| {
                    let moves = *listen != wanted;
                    *listen = wanted;
                    moves
                });
                let changed = true;
                Ok(Reloaded { version, changed })
            }
            Err(Stays::Same { version }) => {
                let changed = false;
                Ok(Reloaded { version, changed })
            }
            Err(Stays::Refused(errors)) => Err(errors),
        }
    }

    /// From now on whoever holds this is asked by `POST /config/reload`, and the process is told to be stopping when it is
    /// dropped.
    pub fn reload_asks(&self) -> mpsc::Receiver<ReloadAsk> {
        self.0.reloads.take_asks()
    }

    fn succeed(
        &self,
        old: &Snapshot,
        mut plan: Plan,
        sticky_keys: StickyKeys,
        listen: impl FnOnce(&Listen) -> Result<(), ConfigErrors>,
    ) -> Result<Snapshot, ConfigErrors> {
        if planted(Bug::RemovedReplicaUsed) && plan.upstreams.len() == old.plan.upstreams.len() {
            plan.upstreams.clone_from(&old.plan.upstreams);
        }
        let changed = [
            ("server", plan.server != old.plan.server),
            ("access_log", plan.access_log != old.plan.access_log),
            ("trace", export_of(&plan) != export_of(&old.plan)),
        ];
        let mut errors: Vec<_> = changed
            .iter()
            .filter(|(_, changed)| *changed)
            .flat_map(|(path, _)| fixed(path).iter().cloned().collect::<Vec<_>>())
            .collect();
        // sockets are opened for a config that nothing else is wrong with
        if plan.listen != old.plan.listen && errors.is_empty() {
            errors.extend(listen(&plan.listen).err().iter().flatten().cloned());
        }
        if !errors.is_empty() {
            return Err(errors.into());
        }
        Ok(Snapshot::new(old.version + 1, plan, sticky_keys, &self.0.states))
    }
}

fn fixed(path: &str) -> ConfigErrors {
    error_at(path, "cannot change while the gateway runs: restart it".into()).into()
}
