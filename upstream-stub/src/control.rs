//! The control port: what the replicas of this process saw.
//!
//! `GET /ledger` gives `{"replicas":[{"name":"r0","index":0, …}]}` with the fields of
//! [`LedgerSnapshot`](crate::LedgerSnapshot); `POST /reset` begins all ledgers anew (request numbers go on);
//! `GET /healthz` gives `{"status":"ok"}`. Anything else is 404 or 405. It is no part of what is measured.

use crate::http;
use crate::ledger::LedgerSnapshot;
use crate::message::{Answer, Cut, Flow, Handler, Head};
use crate::replica::Replica;
use ::http::{HeaderMap, HeaderValue, Method, header};
use bytes::Bytes;
use serde::Serialize;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
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
        loop {
            tokio::select! {
                biased;
                _ = connections.join_next(), if !connections.is_empty() => {}
                accepted = self.listener.accept(), if connections.len() < CONNECTIONS_MAX => match accepted {
                    Ok((stream, _)) => {
                        connections.spawn_local(http::run(stream, Desk(Rc::clone(&self.replicas))));
                    }
                    Err(_) => self.world.sleep_until(Instant::now() + ACCEPT_REST).await,
                },
            }
        }
    }
}

#[derive(Serialize)]
struct Page {
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
struct Desk(Rc<[Arc<Replica>]>);

impl Desk {
    fn ledger(&self) -> Page {
        let entry = |replica: &Arc<Replica>| Entry {
            name: replica.name().to_owned(),
            index: replica.index(),
            ledger: replica.ledger().snapshot(),
        };
        Page {
            replicas: self.0.iter().map(entry).collect(),
        }
    }
}

impl Handler for Desk {
    type Body = Once;

    async fn handle<U: Flow + 'static>(&self, head: Head, _: Option<U>) -> Result<Answer<Once>, Cut> {
        let ok = Bytes::from_static(br#"{"status":"ok"}"#);
        let (status, body) = match (head.path(), head.method()) {
            ("/ledger", &Method::GET) => (200, serde_json::to_vec(&self.ledger()).map_err(|_| Cut)?.into()),
            ("/healthz", &Method::GET) => (200, ok),
            ("/reset", &Method::POST) => {
                self.0.iter().for_each(|replica| replica.ledger().reset());
                (200, ok)
            }
            ("/ledger" | "/healthz" | "/reset", _) => (405, Bytes::from_static(br#"{"error":"method"}"#)),
            _ => (404, Bytes::from_static(br#"{"error":"no_such_page"}"#)),
        };
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Answer {
            status,
            headers,
            body: Once(body),
        })
    }
}

/// A body in one piece.
struct Once(Bytes);

impl Flow for Once {
    fn poll_next(&mut self, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Cut>>> {
        let piece = std::mem::take(&mut self.0);
        Poll::Ready((!piece.is_empty()).then_some(Ok(piece)))
    }

    fn left(&self) -> Option<u64> {
        Some(self.0.len() as u64)
    }
}
