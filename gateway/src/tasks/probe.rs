//! One probe: a `GET` on a connection of its own, and whether the answer is what the config expects.
//!
//! Its own connection each time, because that is what a client of the replica would need and what a listener that hangs
//! refuses. It goes through the engine that requests go through: a replica that passes probes and breaks the protocol is
//! none that requests could be sent to. Of the body only as much is read as is looked at.

use crate::health::{Active, Fault};
use crate::planted::{Bug, planted};
use http1::head::{FieldName, FieldValue, Limits};
use http1::io::{Body, Buffers, Connection, Empty, SendError};
use http1::write::{FramedRequest, RequestHead};
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use tokio::io::{AsyncRead, AsyncWrite};
use world::World;

/// Bytes of an answer's body in which a text is looked for. A page that is made for probes is shorter.
const BODY_BYTES_MAX: usize = 4 * 1024;

/// What the head of an answer may take up.
const ANSWER_LIMITS: Limits = Limits {
    bytes_max: 16 * 1024,
    fields_max: 100,
    target_max: 0,
};

const HOST: FieldName<'_> = FieldName::constant("host");
const USER_AGENT: FieldName<'_> = FieldName::constant("user-agent");
const OURS: FieldValue<'_> = FieldValue::constant("tollgate-health");

/// Why a probe did not go well.
pub(super) enum Failed {
    Replica(Fault),
    /// No connection could be asked for, perhaps for want of something of this machine's: the text says nothing of the
    /// replica unless somebody looks at it.
    NotConnected(io::Error),
}

/// The probe as it is sent. `None` if it is no request, which no checked config comes to.
pub(super) fn request(active: &Active, addr: SocketAddr) -> Option<FramedRequest> {
    let mut head = RequestHead::new(Vec::new(), "GET", &active.path)?;
    let host = active.host.clone().unwrap_or_else(|| addr.to_string());
    head.add(HOST, FieldValue::new(host.as_bytes())?);
    head.add(USER_AGENT, OURS);
    Some(head.finish(Some(0)))
}

/// Probes once. There is no deadline here: the caller brings one.
pub(super) async fn probe<W: World>(
    world: &W,
    addr: SocketAddr,
    active: &Active,
    request: &FramedRequest,
    buffers: &Buffers,
) -> Result<(), Failed> {
    let stream = world.connect(addr).await.map_err(Failed::NotConnected)?;
    let connection = Connection::new(stream, ANSWER_LIMITS, buffers.clone());
    let answer = connection.send(request, &mut None::<Empty>, || {}).await;
    let mut answer = answer.map_err(|error| match error {
        SendError::Unsent(_) | SendError::Broken(_) | SendError::Upload(_) => Failed::Replica(Fault::Broken),
    })?;
    if !active.status.contains(answer.status()) && !planted(Bug::ProbeStatusIgnored) {
        return Err(Failed::Replica(Fault::Status(answer.status())));
    }
    match &active.body {
        None => Ok(()),
        Some(text) => find(&mut answer, text.as_bytes()).await.map_err(Failed::Replica),
    }
}

/// Reads until the text is there.
async fn find<S, U>(answer: &mut http1::io::Receiving<S, U>, text: &[u8]) -> Result<(), Fault>
where
    S: AsyncRead + AsyncWrite + Unpin,
    U: Body,
{
    let mut read = Vec::new();
    while read.len() < BODY_BYTES_MAX {
        match poll_fn(|cx| answer.poll_ready(cx)).await {
            Ok(true) => {}
            Ok(false) => break,
            Err(_) => return Err(Fault::Broken),
        }
        let piece = answer.bytes();
        let taken = piece.len().min(BODY_BYTES_MAX - read.len());
        read.extend_from_slice(&piece[..taken]);
        drop(piece);
        answer.consume(taken);
        if read.windows(text.len()).any(|window| window == text) {
            return Ok(());
        }
    }
    Err(Fault::Body)
}
