//! What the admin pages are made from.

use crate::observe::SpanCounts;
use crate::reload::Reloads;
use crate::snapshot::Current;
use crate::state::{ClientState, Life};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use tokio::time::Instant;

#[derive(Clone)]
pub(crate) struct Observed {
    pub(crate) current: Arc<Current>,
    pub(crate) clients: Arc<ClientState>,
    pub(crate) life: Arc<Life>,
    pub(crate) reloads: Arc<Reloads>,
    /// Access log lines lost; absent without a log.
    pub(crate) log_dropped: Option<Arc<AtomicU64>>,
    /// What has become of spans; absent without tracing.
    pub(crate) spans: Option<Arc<SpanCounts>>,
    pub(crate) started: Instant,
    pub(crate) workers: usize,
    /// Whether this process may be profiled.
    #[cfg(feature = "profiling")]
    pub(crate) profiles: bool,
}
