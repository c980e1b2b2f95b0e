//! The counts that one worker writes and another adds up, under every interleaving that loom finds.
//!
//! Built here a second time, over loom's atomics.

#[expect(
    clippy::duplicate_mod,
    reason = "the same source over other atomics is the point"
)]
#[path = "served.rs"]
mod served;

mod sync {
    pub(super) use loom::sync::atomic::{AtomicU64, Ordering};
}

use self::served::Served;
use crate::breaker::SLOTS;
use loom::thread;
use std::sync::Arc;

/// A place that is used anew: nobody takes what it held for what it holds.
#[test]
fn what_is_added_up_was_added() {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(|| {
        let served = Arc::new(Served::default());
        for _ in 0..3 {
            served.add(0, 1);
        }
        let writer = {
            let served = Arc::clone(&served);
            thread::spawn(move || {
                served.add(0, 1 + SLOTS as u64);
                served.add(1, 1 + SLOTS as u64);
            })
        };
        let of_era = |era, bucket| served.sum(era, bucket..=bucket);
        let (old, new, newest) = (
            of_era(0, 1),
            of_era(0, 1 + SLOTS as u64),
            of_era(1, 1 + SLOTS as u64),
        );
        assert!(old <= 3 && new <= 1 && newest <= 1, "{old} {new} {newest}");
        writer.join().expect("it ends");
        assert_eq!((of_era(0, 1), of_era(1, 1 + SLOTS as u64)), (0, 1));
    });
}
