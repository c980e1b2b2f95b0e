//! One future, polled when it was woken and at no other time: a wake-up that is missed shows as a task that stands still.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Polls without a rest between them; more is a loop that wakes itself.
const POLLS_MAX: usize = 100_000;

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

pub(crate) struct Task<T> {
    future: Option<Pin<Box<dyn Future<Output = T>>>>,
    woken: Arc<Woken>,
    pub(crate) output: Option<T>,
    pub(crate) polls: usize,
}

impl<T> Task<T> {
    pub(crate) fn new(future: impl Future<Output = T> + 'static) -> Self {
        Self {
            future: Some(Box::pin(future)),
            woken: Arc::new(Woken(AtomicBool::new(true))),
            output: None,
            polls: 0,
        }
    }

    /// Polls for as long as it was woken; whether it was at all.
    pub(crate) fn run(&mut self) -> bool {
        let waker = Waker::from(Arc::clone(&self.woken));
        let mut cx = Context::from_waker(&waker);
        for polls in 0..POLLS_MAX {
            let Some(future) = &mut self.future else {
                return polls > 0;
            };
            if !self.woken.0.swap(false, Ordering::Relaxed) {
                return polls > 0;
            }
            self.polls += 1;
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                self.output = Some(output);
                self.future = None;
                return true;
            }
        }
        panic!("the task wakes itself without end");
    }

    /// Polls as a wake-up of anything else in the same task would.
    pub(crate) fn nudge(&mut self) {
        self.woken.0.store(true, Ordering::Relaxed);
        self.run();
    }

    pub(crate) fn is_done(&self) -> bool {
        self.future.is_none()
    }

    /// Drops the future as it stands.
    pub(crate) fn abandon(&mut self) {
        self.future = None;
    }
}
