//! Bodies over time: sizes and due times on a paused clock.

use super::*;

/// The sizes of the pieces and the times, in ms, at which they were due.
fn pieces(shape: &str, body_bytes: u64) -> Vec<(u128, usize)> {
    let shape = shape.parse::<crate::Behaviour>().expect(shape).shape;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build();
    runtime.expect("runtime").block_on(async {
        let start = Instant::now();
        let sleep = |at| Box::pin(tokio::time::sleep_until(at)) as Sleep;
        let mut frames = Frames::new(shape, body_bytes, None, start, Box::new(sleep)).expect("takes time");
        let mut pieces = Vec::new();
        while std::future::poll_fn(|cx| frames.poll_ready(cx))
            .await
            .expect("never cut")
        {
            let len = frames.bytes().len();
            frames.consume(len);
            pieces.push((start.elapsed().as_millis(), len));
        }
        assert!(frames.is_done());
        pieces
    })
}

#[test]
fn chunks_come_on_their_grid_and_add_up() {
    assert_eq!(pieces("stream=3x10ms", 100), [(0, 33), (10, 33), (20, 34)]);
    assert_eq!(pieces("stream=2x10ms", 0), [(0, 64), (10, 64)]);
    assert_eq!(pieces("stream=3x10ms", 1), [(0, 1), (10, 1), (20, 1)]);
    assert_eq!(
        pieces("stream=2x5ms", 200_000)
            .iter()
            .map(|(_, n)| n)
            .sum::<usize>(),
        200_000
    );
}

#[test]
fn paced_bodies_keep_their_rate() {
    assert_eq!(pieces("pace=1000B", 35), [(0, 10), (10, 10), (20, 10), (30, 5)]);
    assert_eq!(pieces("pace=2B", 3), [(0, 1), (500, 1), (1_000, 1)]);
    let mib = pieces("pace=1MiB", 1 << 20);
    assert_eq!(mib.iter().map(|(_, n)| n).sum::<usize>(), 1 << 20);
    assert_eq!(mib.last().map(|(at, _)| *at), Some(990));
    assert_eq!(pieces("pace=1KiB", 0), []);
}

#[test]
fn events_are_events() {
    assert_eq!(
        pieces("sse=2x100ms", 0)
            .iter()
            .map(|(at, _)| *at)
            .collect::<Vec<_>>(),
        [0, 100]
    );
}
