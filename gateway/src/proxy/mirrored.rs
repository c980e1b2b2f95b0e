//! A request that was copied, as its own account knows that: its answer is told to the copy, which compares.

use crate::state::Answered;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How the copy is told of the primary's answer. Nothing is said where there was none.
pub(super) struct Mirrored {
    tell: oneshot::Sender<Answered>,
    /// What of the answer is known when its head is.
    answered: Option<Answered>,
}

impl Mirrored {
    pub(super) fn new(tell: oneshot::Sender<Answered>) -> Self {
        Self { tell, answered: None }
    }

    /// Ready when the copy is done with. Only where it waits for no answer to compare with.
    pub(super) async fn followed(&mut self) {
        self.tell.closed().await;
    }

    /// The head of the answer came to a request that began at `start`.
    pub(super) fn answered(&mut self, status: u16, start: Instant) {
        self.answered = Some(Answered {
            status,
            bytes: None,
            taken: start.elapsed(),
        });
    }

    /// The exchange is closed. `bytes` if all of its answer went.
    pub(super) fn close(self, bytes: Option<u64>) {
        if let Some(answered) = self.answered {
            // the copy may have had no answer
            let _ = self.tell.send(Answered { bytes, ..answered });
        }
    }
}
