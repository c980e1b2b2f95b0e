//! A thread of its own for each simulation, and a panic in it as something that can be told.
//!
//! `std`'s hash maps in dependencies take their seed from the OS once per thread and count up from it, so a
//! second simulation on one thread would iterate them in another order than the first would on its own.
//!
//! A panic of a program under test is a finding like any other: where many simulations are played one after the other it
//! must not end them, and what tells two panics apart is their place in the source. The hook of the process is told that
//! place and nobody else is, so it is kept on the simulation's thread until the panic has come to the thread's end.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::Once;
use std::thread;

/// As much as a main thread has: the hosts' programs are debug builds of deep futures.
const STACK_BYTES: usize = 8 << 20;

/// By which the hook knows its threads.
const THREAD_NAME: &str = "simulation";

thread_local! {
    /// The first panic of this thread: others come of it.
    static FIRST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

/// A panic that was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked {
    /// `file:line:column`.
    pub location: String,
    pub message: String,
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}: {}", self.location, self.message)
    }
}

/// Runs `f` on a fresh thread and waits for it. A panic in there is a panic here.
pub fn isolated<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .name(THREAD_NAME.into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || {
                let done = panic::catch_unwind(AssertUnwindSafe(f));
                done.map_err(|panic| match FIRST.take() {
                    Some(first) => Box::new(first),
                    None => panic,
                })
            });
        let handle = spawned.expect("the OS gives one more thread");
        handle
            .join()
            .flatten()
            .unwrap_or_else(|panic| panic::resume_unwind(panic))
    })
}

/// Runs `f`, in which simulations are played; a panic in one of them is an error, and nothing is printed of it. From the
/// first call on that holds for the whole process: the hook stays.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| match thread::current().name() {
            Some(THREAD_NAME) => keep(info),
            _ => before(info),
        }));
    });
    panic::catch_unwind(AssertUnwindSafe(f)).map_err(|panic| match panic.downcast::<Panicked>() {
        Ok(first) => *first,
        // not of a simulation: the hook has printed it
        Err(panic) => panic::resume_unwind(panic),
    })
}

fn keep(info: &PanicHookInfo<'_>) {
    let location = info
        .location()
        .map_or("an unknown place".into(), ToString::to_string);
    let message = text(info.payload());
    FIRST.with_borrow_mut(|first| {
        first.get_or_insert(Panicked { location, message });
    });
}

fn text(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_in_a_simulation_comes_back_with_its_place() {
        let caught = caught(|| isolated(|| panic!("on {}", "purpose"))).map(|(): ()| ());
        let panicked = caught.expect_err("it panicked");
        assert_eq!(panicked.message, "on purpose");
        assert!(panicked.location.contains("isolate.rs:"), "{panicked}");
    }

    #[test]
    fn what_does_not_panic_comes_back() {
        assert_eq!(caught(|| isolated(|| 7)), Ok(7));
    }
}
