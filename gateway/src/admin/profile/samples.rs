//! Stacks and how often each was seen.

use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Frame {
    pub(super) function: String,
    pub(super) file: String,
    /// 0: not known.
    pub(super) line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stack {
    pub(super) thread: String,
    /// The innermost first.
    pub(super) frames: Vec<Frame>,
    pub(super) count: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Samples {
    /// Since the Unix epoch.
    pub(super) began: Duration,
    pub(super) took: Duration,
    /// Samples per second of CPU time.
    pub(super) hz: u32,
    /// Sorted.
    pub(super) stacks: Vec<Stack>,
}

/// Two threads, one function on two lines, and a name with a `;`.
#[cfg(test)]
pub(super) fn sample() -> Samples {
    let frame = |function: &str, line| Frame {
        function: function.to_owned(),
        file: "src/main.rs".to_owned(),
        line,
    };
    let stack = |thread: &str, innermost, count| Stack {
        thread: thread.to_owned(),
        frames: vec![innermost, frame("main", 1)],
        count,
    };
    Samples {
        began: Duration::from_secs(1_700_000_000),
        took: Duration::from_secs(2),
        hz: 100,
        stacks: vec![
            stack("worker-0", frame("f: [u8; 4]", 10), 2),
            stack("worker-0", frame("f: [u8; 4]", 11), 3),
            stack("worker-0", frame("g", 300), 1),
            stack("worker-1", frame("g", 300), 2),
        ],
    }
}
