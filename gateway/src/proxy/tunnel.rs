//! What follows a 101: bytes both ways, until both sides have ended, one of them fails, or nothing moves for as long as
//! the route's `upgrade.idle_timeout`.
//!
//! It runs in the client connection's own task, with no task and no queue of its own: each way has one buffer of the
//! pool, and only while something is in it, so what one side does not take the other is not asked for. The end of either side is
//! passed on as the end of sending, and the other way goes on. The route's timeouts are over: a tunnel may live for days,
//! over any number of reloads, and ends with its client's connection, which includes the end of a drain.
//!
//! It holds its request's place in the upstream's bounds, and its connection is never used again.

use super::tracked::Tracked;
use crate::observe::Outcome;
use crate::planted::{Bug, let_go_or_leak, planted, planted_or};
use crate::pool::Switched;
use http1::io::{Buffers, Flow, FlowError, Upgraded};
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep};

/// How a tunnel ended, and what the log says of it.
type Ended = (Outcome, Option<&'static str>);

/// Carries what follows a 101 to its end. Dropping the future ends it on both sides, as if the client had gone.
pub(crate) async fn tunnel<S>(upgraded: Upgraded<S, Tracked<S>>, buffers: &Buffers)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let Upgraded {
        stream: mut client,
        received: from_client,
        body,
    } = upgraded;
    let Some((switched, mut exchange)) = body.into_switched() else {
        // a 101 of ours would be one that no upstream has agreed to, and there is none
        return;
    };
    let Switched {
        stream: mut upstream,
        received: from_upstream,
        taken,
    } = *switched;
    let mut up = Flow::new(
        &planted_or(Bug::TunnelBytesLost, Vec::new(), from_client),
        buffers,
    );
    let mut down = Flow::new(
        &planted_or(Bug::TunnelBytesLost, Vec::new(), from_upstream),
        buffers,
    );
    let mut idle = Idle::new(exchange.tunnel_idle_timeout());
    let (outcome, detail) = poll_fn(|cx| {
        // what the upstream has still said comes before finding that it hears nothing any more
        let down_ended = down.poll(&mut upstream, &mut client, buffers, cx);
        let up_ended = up.poll(&mut client, &mut upstream, buffers, cx);
        if exchange.moved(up.moved(), down.moved()) {
            idle.moved();
        }
        match ended(&up_ended, &down_ended) {
            Some(ended) => Poll::Ready(ended),
            None if planted(Bug::TunnelIdleForgotten) => Poll::Pending,
            None => idle.poll_passed(cx).map(|()| {
                let why = "nothing moved within the route's upgrade.idle_timeout";
                (Outcome::Broken, Some(why))
            }),
        }
    })
    .await;
    // no place is free whose connection is still open
    drop(upstream);
    let_go_or_leak(Bug::TunnelSlotLeaked, taken);
    exchange.detail = detail;
    exchange.finish(outcome, Instant::now());
}

/// How a tunnel ends whose two ways stand like this, if it does.
fn ended(up: &Poll<Result<(), FlowError>>, down: &Poll<Result<(), FlowError>>) -> Option<Ended> {
    match (up, down) {
        (Poll::Ready(Err(FlowError::From(_))), _) | (_, Poll::Ready(Err(FlowError::To(_)))) => {
            Some((Outcome::Aborted, None))
        }
        (Poll::Ready(Err(FlowError::To(_))), _) | (_, Poll::Ready(Err(FlowError::From(_)))) => {
            Some((Outcome::Broken, Some("its connection broke")))
        }
        (Poll::Ready(Ok(())), Poll::Ready(Ok(()))) => Some((Outcome::Complete, None)),
        (Poll::Pending, Poll::Pending) => None,
        // one side has said all: the other may go on
        _ => planted(Bug::TunnelHalfCloseForgotten).then_some((Outcome::Complete, None)),
    }
}

/// How long nothing has moved. The timer is only ever moved when it fires: what moves costs a look at the clock.
struct Idle {
    timeout: Duration,
    since: Instant,
    sleep: Pin<Box<Sleep>>,
}

impl Idle {
    fn new(timeout: Duration) -> Self {
        Self {
            timeout,
            since: Instant::now(),
            sleep: Box::pin(tokio::time::sleep(timeout)),
        }
    }

    fn moved(&mut self) {
        self.since = Instant::now();
    }

    fn poll_passed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        loop {
            ready!(self.sleep.as_mut().poll(cx));
            let at = self.since + self.timeout;
            if self.sleep.deadline() >= at {
                return Poll::Ready(());
            }
            self.sleep.as_mut().reset(at);
        }
    }
}
