//! One client connection, from its first byte to its end.
//!
//! ```text
//! PROXY header, where one is due → how many of that address → requests, until it closes → a tunnel, if the last was a 101
//! ```

use super::proxy_header::{self, BYTES_MAX, Header, Malformed};
use super::table::Table;
use crate::config::ServerLimits;
use crate::event::Event;
use crate::proxy::{Client, Worker, handle, refuse, tunnel};
use crate::state::{ClientState, Held, HeldIp, Why};
use http1::connection::Close;
use http1::io::{End, Options, Watch};
use std::cell::Cell;
use std::net::{IpAddr, SocketAddr};
use std::rc::Rc;
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncReadExt};
use world::{Probe, World};

/// What holds for all connections.
pub(super) struct Settings {
    pub(super) limits: ServerLimits,
    pub(super) options: Options,
    pub(super) proxy_protocol: Cell<bool>,
}

/// Leaves the table when its task ends, whichever way.
pub(super) struct Connection<W: World, P> {
    pub(super) worker: Rc<Worker<W, P>>,
    pub(super) settings: Rc<Settings>,
    pub(super) clients: Arc<ClientState>,
    pub(super) table: Rc<Table>,
    /// The worker's.
    pub(super) number: usize,
    pub(super) connection: u64,
    pub(super) watch: Rc<Watch>,
    pub(super) _held: Held,
}

impl<W: World, P: Probe<Event>> Connection<W, P> {
    pub(super) async fn run(self, stream: W::Stream, peer: SocketAddr) {
        match self.serve(stream, peer.ip()).await {
            Ok(reason) => self.clients.closes.of(self.number).count(reason),
            Err(why) => self.clients.turned_away.of(self.number).count(why),
        }
        self.table.remove(self.connection);
        self.worker.probe.emit(Event::Closed {
            connection: self.connection,
        });
    }

    async fn serve(&self, mut stream: W::Stream, peer: IpAddr) -> Result<Close, Why> {
        let (mut ip, mut received) = (peer, Vec::new());
        if self.settings.proxy_protocol.get() && self.worker.peer(peer).speaks_for_others {
            // boxed, so that connections without it are not larger for it
            let header = Box::pin(self.hear(&mut stream, &mut received)).await?;
            received.drain(..header.len);
            ip = header.source.map_or(peer, |source| source.ip());
        }
        let _of_ip = self.hold(ip)?;
        let client = Rc::new(Client::new(ip, Rc::clone(&self.watch)));
        let worker = &self.worker;
        let end = http1::io::serve_after(
            received,
            stream,
            self.settings.options,
            worker.buffers.clone(),
            Rc::clone(&self.watch),
            |head, body| handle(Rc::clone(worker), Rc::clone(&client), head, body),
            |refusal| refuse(worker, &client, refusal),
        );
        let End { reason, upgraded } = end.await;
        if let Some(upgraded) = upgraded {
            // boxed, so that connections without one are not larger for it
            Box::pin(tunnel(upgraded, &worker.buffers)).await;
        }
        Ok(reason)
    }

    /// The PROXY header; `received` is all that came, what stands behind it included.
    async fn hear(&self, stream: &mut W::Stream, received: &mut Vec<u8>) -> Result<Header, Why> {
        let heard = tokio::time::timeout(self.settings.limits.header_timeout, read(stream, received)).await;
        let header = heard.map_err(|_| Why::LateProxyHeader)?;
        header.map_err(|Malformed| Why::NoProxyHeader)
    }

    /// One of the connections that an address may have. A trusted proxy's are those of many clients.
    fn hold(&self, ip: IpAddr) -> Result<Option<HeldIp>, Why> {
        match self.settings.limits.connections_per_ip_max {
            Some(most) if !self.worker.peer(ip).trusted => {
                let held = self.clients.per_ip.try_hold(ip, most);
                held.map(Some).ok_or(Why::FullForIp)
            }
            _ => Ok(None),
        }
    }
}

async fn read<S: AsyncRead + Unpin>(stream: &mut S, received: &mut Vec<u8>) -> Result<Header, Malformed> {
    let mut stream = stream.take(BYTES_MAX as u64);
    loop {
        if let Some(header) = proxy_header::parse(received)? {
            return Ok(header);
        }
        // one that ends here, or fails, has not said whom it speaks for
        if !matches!(stream.read_buf(received).await, Ok(1..)) {
            return Err(Malformed);
        }
    }
}
