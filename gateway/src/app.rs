//! The composition root: builds what the workers share, runs a worker, swaps the config, stops.

mod keys;
mod listening;
mod reloading;
mod spans;
mod stop;
mod stopping;

pub use stop::Stop;

use crate::admin::Observed;
use crate::config::{self, ConfigError, ConfigErrors, Listen, LogTarget, Plan};
use crate::event::Event;
use crate::observe::{Exporter, LogWriter};
use crate::planted::{Bug, planted_or};
use crate::proxy::Worker;
use crate::reload::Reloads;
use crate::server::Server;
use crate::snapshot::{Current, Snapshot};
use crate::state::{ClientState, Life, States};
use crate::tasks::{FIRST_MOST, Probers, Resolvers};
use listening::Listeners;
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::io::Errno;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::pin::pin;
use std::rc::Rc;
#[cfg(feature = "profiling")]
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;
use world::{Probe, World};

/// How often a worker looks after deadlines, idle connections and log lines.
const HOUSEKEEPING: Duration = Duration::from_millis(100);

/// How long a process that ends waits for its access log: a disk that is busy writes what waits in less.
const LOG_FINISH_MOST: Duration = Duration::from_secs(5);

/// How long it waits for its last spans: whoever restarts it waits with it, and a collector that is well takes milliseconds.
const SPANS_FINISH_MOST: Duration = Duration::from_secs(2);

/// The gateway: what its workers share. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    workers: usize,
    current: Arc<Current>,
    states: States,
    clients: Arc<ClientState>,
    log: Mutex<Option<LogWriter>>,
    exporter: Mutex<Option<Exporter>>,
    started: Instant,
    life: Arc<Life>,
    reloads: Arc<Reloads>,
    /// Where the config in force wants to listen.
    listen: watch::Sender<Listen>,
    stop: watch::Sender<Option<Stop>>,
    /// The first answers for names are there, or late.
    resolved: watch::Sender<bool>,
    #[cfg(feature = "profiling")]
    profiles: AtomicBool,
}

impl App {
    /// Reads the config and opens the access log. Nothing listens yet.
    pub fn new(yaml: &[u8], workers: usize) -> Result<Self, ConfigErrors> {
        let plan = config::load(yaml)?;
        let workers = workers.max(1);
        let states = States::new(workers);
        let (log, sticky_keys, exporter) = match (open_log(&plan), keys::read(&plan), spans::start(&plan)) {
            (Ok(log), Ok(keys), Ok(exporter)) => (log, keys, exporter),
            (log, keys, exporter) => return Err(together([log.err(), keys.err(), exporter.err()])),
        };
        let listen = watch::Sender::new(plan.listen.clone());
        let snapshot = Snapshot::new(1, plan, sticky_keys, &states);
        Ok(Self(Arc::new(Shared {
            workers,
            current: Arc::new(Current::new(snapshot)),
            states,
            clients: Arc::new(ClientState::new(workers)),
            log: Mutex::new(log),
            life: Arc::new(Life::new(workers)),
            reloads: Arc::default(),
            listen,
            exporter: Mutex::new(exporter),
            started: Instant::now(),
            stop: watch::Sender::new(None),
            resolved: watch::Sender::new(false),
            #[cfg(feature = "profiling")]
            profiles: AtomicBool::new(false),
        })))
    }

    pub fn workers(&self) -> usize {
        self.0.workers
    }

    /// Where the config in force wants to listen.
    pub fn listen(&self) -> Listen {
        self.0.current.load().plan.listen.clone()
    }

    /// Lets the admin listener take CPU profiles of this process, from the next [`App::serve`] on. A profile takes
    /// `SIGPROF`, which is the whole process's: for a process that is a gateway and nothing else.
    #[cfg(feature = "profiling")]
    pub fn offer_profiles(&self) {
        self.0.profiles.store(true, Ordering::Release);
    }

    /// Runs one worker on the current thread, inside a `LocalRuntime` or `LocalSet`, until [`App::stop`] or
    /// until dropped. Worker 0 serves the admin listener too. `ready` is called once everything listens, with
    /// the addresses.
    pub async fn serve<W: World, P: Probe<Event>>(
        &self,
        world: W,
        probe: P,
        worker: usize,
        listen: Listen,
        ready: impl FnOnce(Listen),
    ) -> io::Result<()> {
        let mut listeners = Listeners::new(&world, worker, listen, self.observed()).await?;
        let resolvers = self.resolve_first(&world, worker).await;
        let log = self.log().as_ref().map(LogWriter::log);
        let tracer = self
            .exporter()
            .as_ref()
            .map(|exporter| exporter.tracer(world.seed()));
        let current = Arc::clone(&self.0.current);
        let limits = current.load().plan.server;
        let number = worker;
        if number == 0 {
            self.0.reloads.succeeded(world.unix_now());
        }
        let worker = Rc::new(Worker::new(
            world,
            probe,
            current,
            (log, tracer),
            number,
            self.0.workers,
        ));
        let server = Server::new(
            Rc::clone(&worker),
            limits,
            listeners.wanted().proxy_protocol,
            Arc::clone(&self.0.clients),
            number,
        );
        // what they find is every worker's, so one has them
        let probers = (number == 0).then(|| {
            let current = Arc::clone(&self.0.current);
            let (world, probe) = (worker.world.clone(), worker.probe.clone());
            Probers::new(world, probe, current, worker.buffers.clone())
        });
        let _running = self.0.life.start();
        ready(listeners.bound()?);
        let serving = async {
            let stop = self.accept(&worker.world, &server, &mut listeners).await;
            self.end(stop, &worker, &server, listeners).await;
        };
        tokio::select! {
            () = serving => {}
            // to the end: a drain may be long, and replicas return and connections get old in it as before
            () = keep_house(&worker, &server, resolvers, probers) => {}
        }
        worker.tidy_up();
        Ok(())
    }

    /// Whether any worker has not returned yet.
    pub fn is_running(&self) -> bool {
        self.0.life.running() > 0
    }

    /// Writes out the access log. For the very end, when the workers have returned. Whether all of it is written: it is
    /// waited for 5 s at most.
    pub fn finish_log(&self) -> bool {
        let log = self.log().take();
        log.is_none_or(|log| log.finish(LOG_FINISH_MOST))
    }

    /// Exports the last spans. For the very end, like [`App::finish_log`]; a collector that is slow, dead or hangs is waited for 2 s at
    /// most. Whether it was done with them by then, in one way or another.
    pub fn finish_spans(&self) -> bool {
        let exporter = self.exporter().take();
        let most = planted_or(Bug::TraceBlocksShutdown, Duration::MAX, SPANS_FINISH_MOST);
        exporter.is_none_or(|exporter| exporter.finish(most))
    }

    /// What the config's names stand for is every worker's, so the first one looks it up, and the others wait for it.
    async fn resolve_first<W: World>(&self, world: &W, worker: usize) -> Option<Resolvers<W>> {
        if worker == 0 {
            let mut resolvers = Resolvers::new(world.clone(), Arc::clone(&self.0.current));
            resolvers.look();
            resolvers.first().await;
            self.0.resolved.send_replace(true);
            return Some(resolvers);
        }
        let plan = Arc::clone(&self.0.current.load().plan);
        if plan.upstreams.iter().any(config::Upstream::is_named) {
            let mut resolved = self.0.resolved.subscribe();
            // without a first worker there would be no answers either
            let _ = tokio::time::timeout(FIRST_MOST, resolved.wait_for(|resolved| *resolved)).await;
        }
        None
    }

    fn observed(&self) -> Observed {
        Observed {
            current: Arc::clone(&self.0.current),
            clients: Arc::clone(&self.0.clients),
            life: Arc::clone(&self.0.life),
            reloads: Arc::clone(&self.0.reloads),
            log_dropped: self.log().as_ref().map(LogWriter::dropped),
            spans: self.exporter().as_ref().map(Exporter::counts),
            started: self.0.started,
            workers: self.0.workers,
            #[cfg(feature = "profiling")]
            profiles: self.0.profiles.load(Ordering::Acquire),
        }
    }

    fn exporter(&self) -> std::sync::MutexGuard<'_, Option<Exporter>> {
        self.0.exporter.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn log(&self) -> std::sync::MutexGuard<'_, Option<LogWriter>> {
        self.0.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn keep_house<W: World, P: Probe<Event>>(
    worker: &Worker<W, P>,
    server: &Server<W, P>,
    mut resolvers: Option<Resolvers<W>>,
    mut probers: Option<Probers<W, P>>,
) {
    let mut look = pin!(tokio::time::sleep(HOUSEKEEPING));
    loop {
        if let Some(resolvers) = &mut resolvers {
            resolvers.look();
        }
        if let Some(probers) = &mut probers {
            probers.look();
        }
        tokio::select! {
            // no chance drawn for this
            biased;
            () = &mut look => {
                look.as_mut().reset(Instant::now() + HOUSEKEEPING);
                worker.tidy_up();
                server.sweep();
            }
            () = worker.asked() => worker.give_up(),
        }
    }
}

/// Whoever starts a gateway is told everything at once.
fn together(errors: [Option<ConfigErrors>; 3]) -> ConfigErrors {
    let errors = errors.iter().flatten().flatten().cloned();
    errors.collect::<Vec<ConfigError>>().into()
}

/// What of tracing cannot change.
fn export_of(plan: &Plan) -> Option<&config::TraceExport> {
    plan.trace.as_ref().map(|trace| &trace.export)
}

fn open_log(plan: &Plan) -> Result<Option<LogWriter>, ConfigErrors> {
    let Some(log) = &plan.access_log else {
        return Ok(None);
    };
    let failed = |error: io::Error| {
        let fix = match Errno::from_io_error(&error) {
            Some(Errno::NXIO) => "nobody reads this pipe: start its reader first",
            _ => "create its directory or choose another",
        };
        let message = format!("cannot be opened for appending: {error}; {fix}");
        ConfigErrors::from(error_at("access_log.path", message))
    };
    let started = match &log.target {
        LogTarget::Stdout => LogWriter::start(io::stdout()),
        LogTarget::File(path) => {
            let file = append(path).map_err(failed)?;
            LogWriter::start(file)
        }
    };
    started.map(Some).map_err(failed)
}

/// A pipe that nobody reads is an error, and not waited for.
fn append(path: &Path) -> io::Result<File> {
    let at_once = OFlags::NONBLOCK.bits() as i32;
    let file = OpenOptions::new()
        .create(true)
        .append(true)
        .custom_flags(at_once)
        .open(path)?;
    // from here on the writer's own thread waits
    fcntl_setfl(&file, OFlags::APPEND)?;
    Ok(file)
}

fn error_at(path: &str, message: String) -> ConfigError {
    ConfigError {
        path: path.to_owned(),
        message,
        at: None,
    }
}
