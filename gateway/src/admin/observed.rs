//! What the admin pages are made from.

use crate::reload::Reloads;
use crate::snapshot::Current;
use crate::state::{ClientState, Life};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

#[derive(Clone)]
pub(crate) struct Observed {
    pub(crate) current: Arc<Current>,
    pub(crate) clients: Arc<ClientState>,
    pub(crate) life: Arc<Life>,
    pub(crate) reloads: Arc<Reloads>,
    /// Access log lines lost; absent without a log.
    pub(crate) log_dropped: Option<Arc<AtomicU64>>,
    /// Whether this process may be profiled.
    #[cfg(feature = "profiling")]
    pub(crate) profiles: bool,
}
