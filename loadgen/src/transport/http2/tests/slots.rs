//! Room for streams against a model, with limits that move.

use super::super::slots::{Slot, Slots};
use proptest::prelude::*;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Takes room if there is some.
fn try_take(slots: &Slots) -> Option<Slot<'_>> {
    match pin!(slots.take()).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(slot) => slot,
        Poll::Pending => None,
    }
}

proptest! {
    #[test]
    fn there_is_room_below_the_limit_and_nowhere_else(
        first in 0..6_usize, steps in prop::collection::vec((0..4_u8, 0..6_usize), 1..100),
    ) {
        let slots = Slots::new(first);
        let (mut held, mut limit) = (Vec::new(), first);
        for (step, number) in steps {
            match step {
                0 => { slots.set_limit(number); limit = number; }
                1 if !held.is_empty() => { held.remove(number % held.len()); }
                _ => {
                    let slot = try_take(&slots);
                    prop_assert_eq!(slot.is_some(), held.len() < limit);
                    held.extend(slot);
                }
            }
            prop_assert_eq!((slots.taken(), slots.limit()), (held.len(), limit));
        }
        slots.close();
        prop_assert!(try_take(&slots).is_none());
    }
}
