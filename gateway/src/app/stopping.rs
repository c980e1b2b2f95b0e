//! How a worker ends.
//!
//! ```text
//! lead      says that it is not ready, and accepts all the same; open connections end one by one, idle ones at its end
//! accept    what waits in the listener's queue, and then no more
//! drain     requests come to their end within the deadline; idle connections stay as long as that takes, for a second at most
//! ```
//!
//! A successor that accepts from the same sockets takes the place of the first two: nobody is turned away, so nothing needs to
//! be waited for, and connections are ended over the same time, or over a second where that is longer, while requests come to their end.

use super::App;
use super::listening::Listeners;
use super::stop::Stop;
use crate::config::Shutdown;
use crate::event::Event;
use crate::planted::{Bug, planted};
use crate::proxy::Worker;
use crate::server::Server;
use std::time::Duration;
use tokio::time::Instant;
use world::{Probe, World};

/// How often a stopping worker looks what is due, and whether its last request has ended.
const LOOK: Duration = Duration::from_millis(5);

/// Over which connections end at least where a successor accepts already. A connection that is closed the moment it is idle may have a request
/// on its way to it; one that is in use has heard `Connection: close` by then.
const SUCCEEDED_LEAD_MIN: Duration = Duration::from_secs(1);

/// For how long an idle connection stays open after the lead while other requests come to their end: one that is on its way to it is
/// answered, and hears `Connection: close`. Who has not used it in that time will hardly do so as it closes.
const IDLE_KEPT_MAX: Duration = Duration::from_secs(1);

/// The same as a part of the deadline: what comes last on such a connection has the rest of it.
const IDLE_KEPT_PART: u32 = 10;

impl App {
    /// Tells every worker to accept no more, to finish what is in flight within `deadline`, and to return.
    pub fn stop(&self, deadline: Duration) {
        self.stop_as(Stop {
            deadline,
            ..Stop::default()
        });
    }

    /// As the config in force says it.
    pub fn shutdown(&self) -> Shutdown {
        self.0.current.load().plan.shutdown
    }

    pub fn stop_as(&self, stop: Stop) {
        self.0.life.stop();
        self.0.stop.send_replace(Some(stop));
    }

    /// Of the workers that have returned: requests that came to their end after they were told to stop, and requests that
    /// were cut off at the deadline.
    pub fn drained_and_aborted(&self) -> (u64, u64) {
        self.0.life.requests()
    }

    pub(super) async fn stopped(&self) -> Stop {
        let mut stop = self.0.stop.subscribe();
        let told = stop.wait_for(Option::is_some).await.map(|stop| *stop);
        told.ok().flatten().unwrap_or_default()
    }

    /// To the worker's end.
    pub(super) async fn end<W: World, P: Probe<Event>>(
        &self,
        stop: Stop,
        worker: &Worker<W, P>,
        server: &Server<W, P>,
        mut listeners: Listeners<W>,
    ) {
        let before = worker.requests();
        let had = worker.in_flight() as u64;
        let lead = match stop.is_succeeded {
            true => stop.lead.max(SUCCEEDED_LEAD_MIN),
            false => stop.lead,
        };
        let lead_end = Instant::now() + lead;
        server.end_within(lead);
        if stop.is_succeeded {
            listeners.close_admin();
        } else {
            tokio::select! {
                biased;
                () = server.accept(&listeners.http) => {}
                () = look_until(server, lead_end) => {}
            }
            if !planted(Bug::ListenerClosedWithBacklog) {
                server.accept_rest(&listeners.http);
            }
        }
        let admin = listeners.into_admin();
        let end = lead_end + stop.deadline;
        let is_busy = || worker.in_flight() > 0 || !server.is_empty();
        let kept_until = lead_end + IDLE_KEPT_MAX.min(stop.deadline / IDLE_KEPT_PART);
        while is_busy() && Instant::now() < end && !planted(Bug::DrainCutShort) {
            let now = Instant::now();
            server.end_due(now >= lead_end && (worker.in_flight() == 0 || now >= kept_until));
            tokio::time::sleep(LOOK).await;
        }
        let aborted = worker.in_flight() as u64;
        server.cut_off("the gateway ended before it was done");
        let all = had + worker.requests() - before;
        self.0.life.stopped(all.saturating_sub(aborted), aborted);
        // whether the process is ready is asked until it is gone
        while admin.is_some() && self.0.life.running() > 1 && Instant::now() < end {
            tokio::time::sleep(LOOK).await;
        }
    }
}

async fn look_until<W: World, P: Probe<Event>>(server: &Server<W, P>, end: Instant) {
    while Instant::now() < end {
        server.end_due(false);
        tokio::time::sleep(LOOK).await;
    }
}
