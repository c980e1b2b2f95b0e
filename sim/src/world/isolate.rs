//! A thread of its own for each simulation, and what a panic on it said.
//!
//! `std`'s hash maps in dependencies take their seed from the OS once per thread and count up from it, so a
//! second simulation on one thread would iterate them in another order than the first would on its own.
//!
//! Of several panics on a thread the first is the one that tells: tokio catches that of a task, and panics in turn
//! because a task did. Where it was is known to the hook alone, so the hook keeps it for the thread, and the thread hands it
//! on as what it panicked with. Threads that nobody watches panic as they always did.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind, resume_unwind};
use std::sync::Once;
use std::thread;

/// As much as a main thread has: the hosts' programs are debug builds of deep futures.
const STACK_BYTES: usize = 8 << 20;

/// Of a panic's message so much is kept; it ends up in lists of failures.
const MESSAGE_BYTES_MAX: usize = 1_024;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    static FIRST: RefCell<Option<Panicked>> = const { RefCell::new(None) };
}

/// Runs `f` on a fresh thread and waits for it. A panic in there is a panic here.
pub fn isolated<T: Send>(f: impl FnOnce() -> T + Send) -> T {
    let watched = WATCHED.get();
    thread::scope(|scope| {
        let spawned = thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, move || {
                WATCHED.set(watched);
                catch_unwind(AssertUnwindSafe(f)).map_err(|payload| match FIRST.take() {
                    Some(first) => Box::new(first) as Box<dyn Any + Send>,
                    None => payload,
                })
            });
        let handle = spawned.expect("the OS gives one more thread");
        match handle.join() {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) | Err(panic) => resume_unwind(panic),
        }
    })
}

/// Runs `f` here. If it panics, here or on a thread of [`isolated`], nothing is printed, and what was said and where is
/// the error.
pub fn caught<T>(f: impl FnOnce() -> T) -> Result<T, Panicked> {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if WATCHED.try_with(Cell::get).unwrap_or(false) {
                remember(info);
            } else {
                before(info);
            }
        }));
    });
    let before = WATCHED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(f));
    WATCHED.set(before);
    let first = FIRST.take();
    done.map_err(|payload| match payload.downcast::<Panicked>() {
        Ok(there) => *there,
        Err(payload) => first.unwrap_or_else(|| Panicked::new(&*payload, "an unknown place".into())),
    })
}

fn remember(info: &PanicHookInfo<'_>) {
    let place = info
        .location()
        .map_or("an unknown place".into(), ToString::to_string);
    let panicked = Panicked::new(info.payload(), place);
    // a thread that is on its way out has nobody to tell
    let _ = FIRST.try_with(|first| {
        first.borrow_mut().get_or_insert(panicked);
    });
}

/// A panic: a bug of whoever panicked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panicked {
    pub message: String,
    /// File, line and column.
    pub place: String,
}

impl Panicked {
    fn new(payload: &(dyn Any + Send), place: String) -> Self {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let mut message = text.unwrap_or("something that is no text").to_owned();
        message.truncate(message.floor_char_boundary(MESSAGE_BYTES_MAX));
        Self { message, place }
    }
}

impl fmt::Display for Panicked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panicked at {}: {}", self.place, self.message)
    }
}

impl std::error::Error for Panicked {}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(f: impl FnOnce()) -> String {
        let panicked = caught(f).expect_err("it panics");
        assert!(panicked.place.contains("isolate.rs:"), "{panicked}");
        panicked.message
    }

    #[test]
    fn a_panic_says_what_and_where_here_and_on_another_thread() {
        assert_eq!(message(|| panic!("here")), "here");
        assert_eq!(message(|| isolated(|| panic!("number {}", 7))), "number 7");
        assert_eq!(caught(|| isolated(|| 3)), Ok(3));
        // the one before is forgotten
        assert_eq!(message(|| isolated(|| panic!("again"))), "again");
    }

    #[test]
    fn of_several_panics_the_first_tells() {
        let twice = || {
            let first = catch_unwind(|| panic!("the cause"));
            assert!(first.is_ok(), "what came of it");
        };
        assert_eq!(message(|| isolated(twice)), "the cause");
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let long = "é".repeat(MESSAGE_BYTES_MAX);
        let kept = message(move || panic!("x{long}"));
        assert_eq!(kept.len(), MESSAGE_BYTES_MAX - 1);
    }
}
