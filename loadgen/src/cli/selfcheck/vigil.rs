//! Keeps a core out of its idle state, as a kernel booted with `idle=poll` would.
//!
//! A thread of the lowest priority that gives way all the time: whoever becomes ready on the core runs within about a
//! microsecond, and nobody else's code is touched. It ends with the [`Vigil`].

use crate::cli::cpu;
use rustix::process::setpriority_process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Builder;

/// Nobody is nicer.
const NICEST: i32 = 19;

pub(super) struct Vigil(Arc<AtomicBool>);

impl Vigil {
    pub(super) fn over(core: usize) -> Result<Self, String> {
        let vigil = Self(Arc::default());
        let over = Arc::clone(&vigil.0);
        let watch = move || {
            // Linux takes the calling thread for "this process" here. Without the core or the priority it would be in
            // the way, and ends
            if cpu::pin(core).is_ok() && setpriority_process(None, NICEST).is_ok() {
                while !over.load(Ordering::Relaxed) {
                    std::thread::yield_now();
                }
            }
        };
        let thread = Builder::new().name("vigil".into()).spawn(watch);
        thread.map_err(|e| format!("start thread vigil: {e}"))?;
        Ok(vigil)
    }
}

impl Drop for Vigil {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
