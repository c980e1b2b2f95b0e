//! Making connections: TCP or unix, TLS over it where the job says so, and HTTP/2 over that.

use super::line::Line;
use super::state::State;
use crate::event::{Event, Failure};
use crate::http::{Connection, unconnected};
use crate::transport::http2::Http2;
use crate::transport::tls::Transport;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

/// A failure, and its words.
pub(super) type Fault = (Failure, String);

/// What making a connection took.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dialled {
    pub(super) connect: Duration,
    pub(super) tls: Option<Duration>,
}

/// The HTTP/1.1 connection of one worker.
pub(super) type Own<W> = Line<Connection<Transport<<W as World>::Stream>>>;

pub(super) async fn dial<W: World, P: Probe<Event>>(state: &State<W, P>) -> Result<(Own<W>, Dialled), Fault> {
    let (stream, dialled, resumed) = open(state).await?;
    let connection = Connection::new(stream, &state.buffers);
    Ok((line(state, connection, resumed), dialled))
}

pub(super) async fn dial_http2<W: World, P: Probe<Event>>(
    state: &State<W, P>,
) -> Result<(Line<Http2>, Dialled), Fault> {
    let (stream, dialled, resumed) = open(state).await?;
    let connection = Http2::connect(stream).await?;
    Ok((line(state, connection, resumed), dialled))
}

fn line<W: World, P: Probe<Event>, C>(state: &State<W, P>, connection: C, resumed: bool) -> Line<C> {
    Line {
        connection,
        number: state.connected(Instant::now(), resumed),
        used: false,
        carried: 0,
    }
}

async fn open<W: World, P: Probe<Event>>(
    state: &State<W, P>,
) -> Result<(Transport<W::Stream>, Dialled, bool), Fault> {
    let spec = state.job.spec();
    let begin = Instant::now();
    let stream = state.world.connect(spec.target).await;
    let stream = stream.map_err(|error| (unconnected(&error), error.to_string()))?;
    let connected = Instant::now();
    let connect = connected.saturating_duration_since(begin);
    let Some(tls) = &spec.tls else {
        let dialled = Dialled { connect, tls: None };
        return Ok((Transport::Plain(stream), dialled, false));
    };
    let secured = tls.handshake(stream).await;
    let secured = secured.map_err(|error| (Failure::Tls, error.to_string()))?;
    let tls = Some(connected.elapsed());
    Ok((secured.stream, Dialled { connect, tls }, secured.resumed))
}
