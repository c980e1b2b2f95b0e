//! How a worker that waits for a connection asks the others for those that they keep idle.

use tokio::sync::Notify;

/// One bell for each worker. A ring is kept until it is heard, and several are heard as one.
#[derive(Debug)]
pub(crate) struct Asked(Box<[Notify]>);

impl Asked {
    pub(crate) fn new(workers: usize) -> Self {
        Self((0..workers).map(|_| Notify::new()).collect())
    }

    /// Asks all workers but this one.
    pub(crate) fn ask_others(&self, worker: usize) {
        for (other, bell) in self.0.iter().enumerate() {
            if other != worker {
                bell.notify_one();
            }
        }
    }

    /// Returns when this worker has been asked since it last returned.
    pub(crate) async fn asked(&self, worker: usize) {
        self.0[worker].notified().await;
    }
}
