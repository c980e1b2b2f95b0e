//! The control port: what the replicas of this process saw.
//!
//! `GET /ledger` gives `{"replicas":[{"name":"r0","index":0, …}]}` with the fields of
//! [`LedgerSnapshot`](crate::LedgerSnapshot); `POST /reset` begins all ledgers anew (request numbers go on);
//! `GET /healthz` gives `{"status":"ok"}`. Anything else is 404 or 405. It is no part of what is measured.

use crate::http;
use crate::ledger::LedgerSnapshot;
use crate::message::{self, CONTENT_TYPE, Page, page};
use crate::replica::Replica;
use http1::head::{FieldValue, Method, Refusal, Request};
use http1::io::{Answer, Buffers, Cut};
use http1::write::ResponseHead;
use serde::Serialize;
use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::Instant;
use world::{ListenAddr, Listener, World};

/// One experiment and a few people looking on; more wait in the kernel's queue.
const CONNECTIONS_MAX: usize = 64;

/// How long accepting rests after it failed.
const ACCEPT_REST: Duration = Duration::from_millis(10);

/// The control port, listening.
pub struct Control<W: World> {
    world: W,
    listener: W::Listener,
    replicas: Rc<[Arc<Replica>]>,
}

/// Listens and answers until dropped.
pub async fn control<W: World>(world: W, at: ListenAddr, replicas: &[Arc<Replica>]) -> io::Result<()> {
    Control::bind(world, at, replicas).await?.run().await;
    Ok(())
}

impl<W: World> Control<W> {
    pub async fn bind(world: W, at: ListenAddr, replicas: &[Arc<Replica>]) -> io::Result<Self> {
        let listener = world.listen(&at).await?;
        Ok(Self {
            world,
            listener,
            replicas: replicas.into(),
        })
    }

    /// Where it listens, with the port that was picked.
    pub fn addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers until dropped.
    pub async fn run(self) {
        let mut connections = JoinSet::new();
        let desk = Desk {
            replicas: self.replicas,
            buffers: Buffers::default(),
        };
        loop {
            tokio::select! {
                biased;
                _ = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn_local(answer(stream, desk.clone()));
                    }
                    Err(_) => self.world.sleep_until(Instant::now() + ACCEPT_REST).await,
                },
            }
        }
    }
}

async fn answer<S: AsyncRead + AsyncWrite + Unpin>(stream: S, desk: Desk) {
    let handle = |head: Request<'_>, _| ready(desk.handle(&head));
    http::run(stream, desk.buffers.clone(), handle, |refusal| {
        desk.refuse(refusal)
    })
    .await;
}

#[derive(Serialize)]
struct Ledgers {
    replicas: Vec<Entry>,
}

#[derive(Serialize)]
struct Entry {
    name: String,
    index: u32,
    #[serde(flatten)]
    ledger: LedgerSnapshot,
}

#[derive(Clone)]
struct Desk {
    replicas: Rc<[Arc<Replica>]>,
    buffers: Buffers,
}

impl Desk {
    fn ledgers(&self) -> Ledgers {
        let entry = |replica: &Arc<Replica>| Entry {
            name: replica.name().to_owned(),
            index: replica.index(),
            ledger: replica.ledger().snapshot(),
        };
        Ledgers {
            replicas: self.replicas.iter().map(entry).collect(),
        }
    }

    fn handle(&self, head: &Request<'_>) -> Result<Answer<Page>, Cut> {
        let ok = || page(&br#"{"status":"ok"}"#[..]);
        let (status, body) = match (message::path(head.target), head.method) {
            ("/ledger", Method::Get) => {
                let text = serde_json::to_vec(&self.ledgers()).map_err(|_| Cut)?;
                (200, page(text))
            }
            ("/healthz", Method::Get) => (200, ok()),
            ("/reset", Method::Post) => {
                self.replicas.iter().for_each(|replica| replica.ledger().reset());
                (200, ok())
            }
            ("/ledger" | "/healthz" | "/reset", _) => (405, page(&br#"{"error":"method"}"#[..])),
            _ => (404, page(&br#"{"error":"no_such_page"}"#[..])),
        };
        let mut head = ResponseHead::new(self.buffers.send(), status);
        head.add(CONTENT_TYPE, FieldValue::constant("application/json"));
        Ok(Answer { head, body })
    }

    fn refuse(&self, refusal: Refusal) -> Answer<Page> {
        let (head, body) = message::refusal(&self.buffers, refusal);
        Answer { head, body }
    }
}
