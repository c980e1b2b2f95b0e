//! What a part tells of itself while it works.
//!
//! Every part is generic over a [`Probe`] of its own small `Copy` event enum. In production that is
//! [`NoProbe`]: zero-sized, inlined to nothing. In the simulator the world stamps each event with time, host
//! and sequence number and writes it to the trace. An event carries no time of its own and emitting one
//! must never decide anything.

/// Takes the events of one part.
pub trait Probe<E: Copy>: Clone + 'static {
    /// Whether anybody listens. What is kept and computed for events alone, such as checksums of bodies, is only kept and
    /// computed where this holds: a constant, so that in production not even the question is left.
    const WANTED: bool = true;

    fn emit(&self, event: E);

    /// For events that cost something to make: production never makes them.
    fn emit_with(&self, event: impl FnOnce() -> E) {
        self.emit(event());
    }
}

/// The probe of production: nothing at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl<E: Copy> Probe<E> for NoProbe {
    const WANTED: bool = false;

    #[inline(always)]
    fn emit(&self, _: E) {}

    #[inline(always)]
    fn emit_with(&self, _: impl FnOnce() -> E) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone)]
    struct Listener;

    impl Probe<u8> for Listener {
        fn emit(&self, _: u8) {}
    }

    #[test]
    fn nothing_is_made_for_nobody() {
        NoProbe.emit_with(|| -> u8 { panic!("an event was made") });
        assert_eq!([<NoProbe as Probe<u8>>::WANTED, Listener::WANTED], [false, true]);
    }
}
