//! What one worker listens on, and how it goes elsewhere: the new listener is there before the old one closes, and what
//! waits in the old one's queue is accepted.

use super::App;
use super::stop::Stop;
use crate::admin::{Observed, serve};
use crate::config::Listen;
use crate::event::Event;
use crate::planted::{Bug, planted};
use crate::server::Server;
use std::io;
use std::time::Duration;
use tokio::task::AbortHandle;
use world::{ListenAddr, Listener, Probe, World};

/// Between two tries to listen elsewhere. The address was found to be free before, so what is wanting is a file descriptor.
const LISTEN_PAUSE: Duration = Duration::from_millis(100);

pub(super) struct Listeners<W: World> {
    wanted: Listen,
    pub(super) http: W::Listener,
    admin: Option<Admin>,
    /// What the admin pages are made from; only worker 0 has any.
    observed: Option<Observed>,
}

pub(super) struct Admin {
    addr: std::net::SocketAddr,
    accepting: AbortHandle,
}

/// Nobody is accepted any more; who was is served on.
impl Drop for Admin {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl<W: World> Listeners<W> {
    pub(super) async fn new(
        world: &W,
        worker: usize,
        wanted: Listen,
        observed: Observed,
    ) -> io::Result<Self> {
        let http = world.listen(&ListenAddr::shared(wanted.http)).await?;
        let observed = (worker == 0).then_some(observed);
        let admin = admin(world, &wanted, observed.as_ref()).await?;
        Ok(Self {
            wanted,
            http,
            admin,
            observed,
        })
    }

    pub(super) fn wanted(&self) -> &Listen {
        &self.wanted
    }

    /// With the ports that were picked.
    pub(super) fn bound(&self) -> io::Result<Listen> {
        Ok(Listen {
            http: self.http.local_addr()?,
            admin: self.admin.as_ref().map(|admin| admin.addr),
            proxy_protocol: self.wanted.proxy_protocol,
        })
    }

    /// Accepts no operators any more.
    pub(super) fn close_admin(&mut self) {
        self.admin = None;
    }

    /// Accepts no clients any more; operators are for as long as this is kept.
    pub(super) fn into_admin(self) -> Option<Admin> {
        self.admin
    }
}

async fn admin<W: World>(
    world: &W,
    wanted: &Listen,
    observed: Option<&Observed>,
) -> io::Result<Option<Admin>> {
    let (Some(addr), Some(observed)) = (wanted.admin, observed) else {
        return Ok(None);
    };
    let listener = world.listen(&ListenAddr::alone(addr)).await?;
    let addr = listener.local_addr()?;
    let accepting = tokio::task::spawn_local(serve::<W>(listener, observed.clone())).abort_handle();
    Ok(Some(Admin { addr, accepting }))
}

impl App {
    /// Accepts until everything is to stop, wherever the config in force wants to.
    pub(super) async fn accept<W: World, P: Probe<Event>>(
        &self,
        world: &W,
        server: &Server<W, P>,
        listeners: &mut Listeners<W>,
    ) -> Stop {
        let mut listen = self.0.listen.subscribe();
        loop {
            let next = async {
                // the sender lives as long as this does
                let changed = listen.wait_for(|listen| *listen != *listeners.wanted()).await;
                let wanted = changed.map_or_else(|_| listeners.wanted().clone(), |listen| listen.clone());
                (elsewhere(world, listeners, &wanted).await, wanted)
            };
            let (moved, wanted) = tokio::select! {
                // no chance drawn for this
                biased;
                () = server.accept(&listeners.http) => continue,
                next = next => next,
                stop = self.stopped() => return stop,
            };
            server.set_proxy_protocol(wanted.proxy_protocol);
            if let Some(http) = moved.http {
                let old = std::mem::replace(&mut listeners.http, http);
                if !planted(Bug::ListenerClosedWithBacklog) {
                    server.accept_rest(&old);
                }
            }
            if let Some(admin) = moved.admin {
                listeners.admin = admin;
            }
            listeners.wanted = wanted;
        }
    }
}

/// The listeners that are others.
struct Moved<W: World> {
    http: Option<W::Listener>,
    admin: Option<Option<Admin>>,
}

async fn elsewhere<W: World>(world: &W, from: &Listeners<W>, wanted: &Listen) -> Moved<W> {
    let listen_there = async || {
        let http = match wanted.http != from.wanted.http {
            true => Some(world.listen(&ListenAddr::shared(wanted.http)).await?),
            false => None,
        };
        let admin = match wanted.admin != from.wanted.admin {
            true => Some(admin(world, wanted, from.observed.as_ref()).await?),
            false => None,
        };
        Ok::<_, io::Error>(Moved { http, admin })
    };
    loop {
        match listen_there().await {
            Ok(moved) => return moved,
            Err(_) => tokio::time::sleep(LISTEN_PAUSE).await,
        }
    }
}
