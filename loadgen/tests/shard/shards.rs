//! What is sent is the same for any number of shards: ids, and everything that templates draw.

use super::account::check_conservation;
use super::virtual_world::{OK, Virtual, head, run_of, spec, write};
use loadgen::{Common, JobSpec, parse_mix};
use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

const MIX: &str = "
scenarios:
  - { name: items, weight: 3, get: '/items/{{zipf 1000 1.1}}?q={{rand 1 100}}' }
  - { name: fixed, weight: 1, get: /fixed }
  - name: write
    post: /things
    headers: { X-Key: '{{uuid}}-{{seq}}' }
    body: '{{rand -5 5}}'
";

/// The heads of all requests, x-load-id in them, of all shards together.
fn heads(of: usize, alter: impl Fn(&mut JobSpec)) -> BTreeSet<String> {
    let seen = Rc::new(RefCell::new(BTreeSet::new()));
    for index in 0..of {
        let world = Virtual::new({
            let seen = Rc::clone(&seen);
            move |_, mut stream| {
                let seen = Rc::clone(&seen);
                async move {
                    while let Some(head) = head(&mut stream).await {
                        // bodies of this mix are one line of at most two bytes
                        let length = match head.split("content-length: ").nth(1) {
                            Some(length) => length
                                .split('\r')
                                .next()
                                .and_then(|n| n.parse().ok())
                                .unwrap_or(0),
                            None => 0,
                        };
                        let mut body = vec![0; length];
                        tokio::io::AsyncReadExt::read_exact(&mut stream, &mut body)
                            .await
                            .expect("the body");
                        let whole = head + &String::from_utf8_lossy(&body);
                        assert!(seen.borrow_mut().insert(whole), "a request twice");
                        write(&mut stream, OK).await;
                    }
                }
            }
        });
        let common = Common {
            authority: "test".into(),
            ..Common::default()
        };
        let catalogue = parse_mix(MIX, "mix", &common, &mut |_| Err("no files".into())).expect("a mix");
        let mut spec = spec();
        (spec.rate, spec.duration, spec.catalogue) =
            (300.0, Duration::from_secs(4), Some(Arc::new(catalogue)));
        alter(&mut spec);
        let (recording, events) = run_of(world, spec, index, of);
        check_conservation(&recording, &events);
        assert_eq!(recording.counts.done, recording.counts.planned);
    }
    let seen = seen.borrow().clone();
    assert!(!seen.is_empty());
    seen
}

#[test]
fn requests_are_the_same_for_any_number_of_shards() {
    let closed = |spec: &mut JobSpec| {
        (spec.closed, spec.requests) = (true, Some(500));
    };
    let counted = |spec: &mut JobSpec| spec.requests = Some(333);
    for alter in [
        &(|_: &mut JobSpec| {}) as &dyn Fn(&mut JobSpec),
        &counted,
        &closed,
    ] {
        let alone = heads(1, alter);
        for of in [2, 3, 10, 64] {
            assert_eq!(heads(of, alter), alone, "{of} shards");
        }
    }
}
