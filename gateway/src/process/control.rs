//! What a process is told while it serves, by signals, its config's file, operators and a successor; one thing at a time.

use super::ended::Ended;
use super::handover::{Offer, Successor};
use super::watch::Watch;
use super::workers::Report;
use super::{file, sockets};
use crate::config::Listen;
use crate::{App, NotReloaded, ReloadAsk, Reloaded, Stop};
use std::future::pending;
use std::io;
use std::path::Path;
use std::pin::pin;
use std::sync::mpsc::Receiver;
use std::time::Duration;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc;
use world::real::Sockets;
use world::{RealWorld, Seed, World};

/// How often it is looked whether the workers have returned.
const LOOK: Duration = Duration::from_millis(5);

pub(super) struct Control<'a> {
    app: &'a App,
    file: &'a Path,
    sockets: &'a Sockets,
    watch: Option<Watch>,
    asks: mpsc::Receiver<ReloadAsk>,
    /// For its wall clock.
    world: RealWorld,
    terminate: Signal,
    interrupt: Signal,
    hangup: Signal,
}

enum Told {
    Reload {
        because: &'static str,
        ask: Option<ReloadAsk>,
    },
    HandOver(io::Result<Successor>),
    Stop,
}

enum Handed {
    Over,
    /// This process goes on.
    Not,
    /// Nor does this process, which was told to stop meanwhile.
    Stop,
}

impl<'a> Control<'a> {
    /// From now on signals are heard. Must be called inside a runtime.
    pub(super) fn new(
        app: &'a App,
        file: &'a Path,
        sockets: &'a Sockets,
        watch: Option<Watch>,
    ) -> Result<Self, String> {
        let listen =
            |kind: SignalKind| signal(kind).map_err(|error| format!("failed to listen for signals: {error}"));
        let world = RealWorld::new(Seed(0), Duration::ZERO);
        Ok(Self {
            app,
            file,
            sockets,
            watch,
            asks: app.reload_asks(),
            world: world.map_err(|error| format!("failed to read the clock: {error}"))?,
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
            hangup: listen(SignalKind::hangup())?,
        })
    }

    /// Until the workers have returned.
    pub(super) async fn run(mut self, offer: Option<Offer>, inbox: &Receiver<Report>) -> Result<(), String> {
        let is_succeeded = loop {
            match self.told(offer.as_ref()).await {
                Told::Stop => break self.is_succeeded_at_last(offer.as_ref()).await,
                Told::Reload { because, ask } => {
                    let result = self.reload(because);
                    if let Some(ask) = ask {
                        ask.answer(result);
                    }
                }
                Told::HandOver(successor) => match self.hand_over(successor, false).await {
                    Handed::Over => break true,
                    Handed::Stop => break false,
                    Handed::Not => {}
                },
            }
        };
        // who comes from now on listens himself, or asks the successor
        match offer {
            Some(offer) if is_succeeded => offer.leave(),
            offer => drop(offer),
        }
        self.stop(is_succeeded, inbox).await
    }

    async fn told(&mut self, offer: Option<&Offer>) -> Told {
        let changed = async {
            match &mut self.watch {
                Some(watch) => watch.changed().await,
                None => pending().await,
            }
        };
        let offered = async {
            match offer {
                Some(offer) => offer.accept().await,
                None => pending().await,
            }
        };
        let reload = |because, ask| Told::Reload { because, ask };
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            _ = self.hangup.recv() => reload("SIGHUP", None),
            Some(ask) = self.asks.recv() => reload("POST /config/reload", Some(ask)),
            () = changed => reload("the file has changed", None),
            successor = offered => Told::HandOver(successor),
        }
    }

    fn reload(&self, because: &str) -> Result<Reloaded, NotReloaded> {
        let (app, before) = (self.app, self.app.listen());
        let listen = |to: &Listen| sockets::move_to(self.sockets, &before, to, app.workers());
        let result = app.reload(file::read(self.file), self.world.unix_now(), listen);
        let file = self.file.display();
        match &result {
            Ok(Reloaded {
                version,
                changed: true,
            }) => {
                eprintln!("gateway: {file} is in force as version {version} ({because})");
            }
            Ok(Reloaded {
                version,
                changed: false,
            }) => {
                eprintln!("gateway: {file} says what is in force as version {version} ({because})");
            }
            Err(error) => eprintln!("gateway: {file} is refused, the old config stays ({because}):\n{error}"),
        }
        result
    }

    /// It was told to stop, with a successor at the door perhaps.
    async fn is_succeeded_at_last(&mut self, offer: Option<&Offer>) -> bool {
        let Some(offer) = offer else {
            return false;
        };
        match offer.accept_waiting().await {
            Some(successor) => matches!(self.hand_over(Ok(successor), true).await, Handed::Over),
            None => false,
        }
    }

    /// Who is told to stop meanwhile waits for his successor, who is ready soon or never: stopping first would turn clients away
    /// that the other is about to accept.
    async fn hand_over(&mut self, successor: io::Result<Successor>, mut is_told: bool) -> Handed {
        let sockets = self.sockets;
        let mut handing = pin!(async { successor?.hand_over(sockets).await });
        let handed = loop {
            tokio::select! {
                biased;
                handed = &mut handing => break handed,
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            if is_told {
                end_at_once();
            }
            is_told = true;
        };
        match handed {
            Ok(()) => {
                eprintln!("gateway: handed over to a successor");
                Handed::Over
            }
            Err(error) if is_told => {
                eprintln!("gateway: failed to hand over: {error}; this process stops, as it was told");
                Handed::Stop
            }
            Err(error) => {
                eprintln!("gateway: failed to hand over: {error}; this process goes on");
                Handed::Not
            }
        }
    }

    /// Stops the workers, and waits for them. A second signal ends the process at once.
    async fn stop(mut self, is_succeeded: bool, inbox: &Receiver<Report>) -> Result<(), String> {
        let shutdown = self.app.shutdown();
        // whoever asks from now on is told; and the sockets are the workers' alone, so that they close when these do
        self.asks.close();
        while self.asks.try_recv().is_ok() {}
        self.sockets.close();
        self.app.stop_as(Stop {
            lead: shutdown.lead,
            deadline: shutdown.deadline,
            is_succeeded,
        });
        let ended = async {
            while self.app.is_running() {
                tokio::time::sleep(LOOK).await;
            }
        };
        tokio::select! {
            () = ended => {}
            _ = self.terminate.recv() => end_at_once(),
            _ = self.interrupt.recv() => end_at_once(),
        }
        match inbox.try_recv() {
            Ok(Report::Failed(message)) => Err(message),
            _ => Ok(()),
        }
    }
}

/// How much there still was in hand only the workers know, and nobody waits for them any more.
fn end_at_once() -> ! {
    eprintln!(
        "gateway: ended at once by a second signal: what was in hand is cut off, and not in the access log"
    );
    std::process::exit(i32::from(Ended::Aborted.code()))
}
