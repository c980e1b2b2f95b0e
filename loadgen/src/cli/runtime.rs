//! The runtime of a thread that carries load.

use std::io;
use tokio::runtime::{Builder, LocalOptions, LocalRuntime};

/// Sockets that are served between two looks at the plan. An answer takes some microseconds to read and record, so a
/// request that is due waits for some tens of them at most; with a whole `epoll` list of answers before it, it would
/// wait for hundreds. More calls of `epoll_wait` are the price, which is a hundredth of what a request costs.
const EVENTS_AT_ONCE: usize = 4;

/// `planned` where requests are due at times of their own.
pub(super) fn carrying(planned: bool) -> io::Result<LocalRuntime> {
    let mut builder = Builder::new_current_thread();
    if planned {
        builder.max_io_events_per_tick(EVENTS_AT_ONCE);
    }
    builder.enable_all().build_local(LocalOptions::default())
}
