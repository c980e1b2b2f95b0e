//! Two threads, two cores: the null server on one, whatever looks at it on the other.
//!
//! The server's thread does not sleep where it has a core of its own: it is to add as little as possible. The
//! generator's thread does what it always does, it is the one that is judged; but its *core* can be kept out of its idle
//! state, out of which a virtual machine takes some tens of microseconds to wake, twice a request. That is the
//! machine's, and the floor tells of it; where truth is asked for, it would use up the tolerance.

use super::noise;
use super::vigil::Vigil;
use crate::cli::{cpu, runtime};
use loadgen::null::{Behaviour, Seen, Server, serve, stay_awake};
use loadgen::{Job, JobSpec, Recording, Shard};
use std::future::pending;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;
use world::{ListenAddr, Listener, NoProbe, RealWorld, Seed, World};

/// That of `run`, whose pacer this is to be.
const SPIN: Duration = Duration::from_micros(50);

/// From readiness to the start of the load: far more than the last connection takes to be accepted.
const START_LEAD: Duration = Duration::from_millis(50);

#[derive(Debug, Clone, Copy)]
pub(super) struct Stage {
    /// Of the generator and of the server.
    pub(super) cores: Option<(usize, usize)>,
    pub(super) seed: Seed,
    /// Whether the generator's core is kept from idling.
    pub(super) awake: bool,
}

/// What came of one play.
pub(super) struct Take<T> {
    pub(super) outcome: T,
    pub(super) seen: Seen,
    /// Both threads waiting for their cores, and what the hypervisor took.
    pub(super) taken_away: Duration,
}

/// What the generator saw, and how much of its thread's time it worked.
pub(super) struct Load {
    pub(super) recording: Recording,
    pub(super) busy: f64,
}

/// What a client is given: its world, where the server is, and the zero of the server's clock to set.
pub(super) struct Client {
    pub(super) world: RealWorld,
    pub(super) server: SocketAddr,
    start: Arc<OnceLock<Instant>>,
}

impl Stage {
    /// Runs `client` against a server of this behaviour, each on a thread of its own.
    pub(super) fn play<T: Send + 'static>(
        &self,
        behaviour: Behaviour,
        client: impl AsyncFnOnce(Client) -> Result<T, String> + Send + 'static,
    ) -> Result<Take<T>, String> {
        let start = Arc::new(OnceLock::new());
        let (tell, told) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let (seed, of_server) = (self.seed, Arc::clone(&start));
        let awake = self.cores.is_some();
        let stolen = noise::stolen();
        let host = on_thread("null-server", self.cores.map(|cores| cores.1), async move || {
            let world = world(seed, SPIN)?;
            let any = ListenAddr::alone(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
            let listener = world.listen(&any).await;
            let listener = listener.map_err(|e| format!("listen on {}: {e}", Ipv4Addr::LOCALHOST))?;
            let addr = listener
                .local_addr()
                .map_err(|e| format!("learn where it listens: {e}"))?;
            let server = Server::new(behaviour, of_server);
            // who is told is gone only when the play was given up, which ends the server too
            let _ = tell.send(addr);
            tokio::select! {
                biased;
                _ = stopped => {}
                () = serve(world, listener, server.clone()) => {}
                () = stay_awake(), if awake => {}
            }
            Ok((server.seen(), noise::waited()))
        })?;
        let Ok(server) = told.recv() else {
            return Err(joined(host)
                .err()
                .unwrap_or_else(|| "start the null server".into()));
        };
        let vigil = match self.cores {
            Some((core, _)) if self.awake => Some(Vigil::over(core)?),
            _ => None,
        };
        let generator = on_thread("loadgen-0", self.cores.map(|cores| cores.0), async move || {
            let world = world(seed, SPIN)?;
            let outcome = client(Client { world, server, start }).await?;
            Ok((outcome, noise::waited()))
        })?;
        let generator = joined(generator);
        drop((stop, vigil));
        let (seen, server_waited) = joined(host)?;
        let (outcome, waited) = generator?;
        Ok(Take {
            outcome,
            seen,
            taken_away: waited + server_waited + noise::stolen().saturating_sub(stolen),
        })
    }

    /// The same with the load of a job, whose target is filled in.
    pub(super) fn load(
        &self,
        behaviour: Behaviour,
        job: impl FnOnce(SocketAddr) -> JobSpec + Send + 'static,
    ) -> Result<Take<Load>, String> {
        let seed = self.seed;
        self.play(behaviour, async move |client: Client| {
            let job = job(client.server).build();
            let job: Job = job.map_err(|errors| format!("understand a job of its own: {errors}"))?;
            // as in a run: the pacer spins by itself, and counts it
            let world = world(seed, Duration::ZERO)?;
            let shard = Shard::prepare(world, NoProbe, &job, 0, 1).await.guard(SPIN);
            let start = Instant::now() + START_LEAD;
            let start = *client.start.get_or_init(|| start);
            let before = cpu::of_thread();
            let finished = shard.run(start, pending()).await;
            let worked = cpu::of_thread()
                .saturating_sub(before)
                .saturating_sub(finished.spun);
            Ok(Load {
                recording: finished.recording,
                busy: worked.as_secs_f64() / start.elapsed().as_secs_f64().max(1e-9),
            })
        })
    }
}

fn world(seed: Seed, spin: Duration) -> Result<RealWorld, String> {
    RealWorld::new(seed, spin).map_err(|e| format!("make a timerfd: {e}"))
}

type Thread<T> = JoinHandle<Result<T, String>>;

/// A thread of this name, on that core, with a runtime of its own.
fn on_thread<T: Send + 'static>(
    name: &str,
    core: Option<usize>,
    body: impl AsyncFnOnce() -> Result<T, String> + Send + 'static,
) -> Result<Thread<T>, String> {
    let run = move || {
        if let Some(core) = core {
            cpu::pin(core).map_err(|e| format!("pin a thread to core {core}: {e}"))?;
        }
        let runtime = runtime::carrying(true);
        let runtime = runtime.map_err(|e| format!("build a runtime: {e}"))?;
        runtime.block_on(async { body().await })
    };
    let thread = Builder::new().name(name.into()).spawn(run);
    thread.map_err(|e| format!("start thread {name}: {e}"))
}

fn joined<T>(thread: Thread<T>) -> Result<T, String> {
    thread
        .join()
        .unwrap_or_else(|_| Err("keep a thread alive: it panicked".into()))
}
