//! Bodies that go out over time: paced, streamed in chunks, server-sent events.
//!
//! Frames are due on a grid counted from the first one, so that delays do not add up; a frame that is late is
//! sent at once. What frame i brings is the difference of two cumulative sums: shares that do not divide evenly
//! still add up exactly. Memory is one frame of at most [`pattern::BLOCK`] bytes at a time.

use crate::behaviour::Shape;
use crate::pattern;
use http1::io::{Body, BodyError, Chunk};
use std::fmt::Write;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::time::Instant;

type Sleep = Pin<Box<dyn Future<Output = ()>>>;

/// How finely a paced body is cut: a reader sees an even rate, and a wake-up costs little against 10 ms.
const PACE_GAP: Duration = Duration::from_millis(10);

pub(crate) struct Frames {
    sleep_until: Box<dyn Fn(Instant) -> Sleep>,
    waiting: Option<Sleep>,
    start: Instant,
    /// Whose the body is, if the request says so.
    load_id: Option<u64>,
    gap: Duration,
    /// Frames begun, and how many there are.
    begun: u64,
    count: u64,
    /// Bytes sent, and how many are due by the end of the frame begun last.
    sent: u64,
    due: u64,
    /// The event begun last, `due - sent` bytes of which are left.
    event: String,
    content: Content,
}

enum Content {
    /// So many bytes of the pattern in all, evenly over the frames.
    Even {
        total: u64,
    },
    /// Bytes per frame and in all.
    Paced {
        bytes_per_second: u64,
        total: u64,
    },
    Events,
}

impl Frames {
    /// `None` if the shape is not one that takes time.
    pub(crate) fn new(
        shape: Shape,
        body_bytes: u64,
        load_id: Option<u64>,
        start: Instant,
        sleep_until: Box<dyn Fn(Instant) -> Sleep>,
    ) -> Option<Self> {
        let (count, gap, content) = match shape {
            Shape::Whole | Shape::Echo => return None,
            Shape::Stream { chunks, gap } => {
                // a chunk of no bytes would be the end of the body
                let total = if body_bytes == 0 {
                    chunks * pattern::LINE as u64
                } else {
                    body_bytes.max(chunks)
                };
                (chunks, gap, Content::Even { total })
            }
            Shape::Sse { events, gap } => (events, gap, Content::Events),
            Shape::Pace { bytes_per_second } => {
                let gap = PACE_GAP.max(Duration::from_micros(1_000_000 / bytes_per_second.max(1)));
                let content = Content::Paced {
                    bytes_per_second,
                    total: body_bytes,
                };
                let mut count = 1;
                if body_bytes > 0 {
                    let seconds = body_bytes as f64 / bytes_per_second as f64;
                    // one more than needed at most; a frame that brings nothing is skipped
                    count = (seconds / gap.as_secs_f64()) as u64 + 2;
                }
                (count, gap, content)
            }
        };
        Some(Self {
            sleep_until,
            waiting: None,
            start,
            load_id,
            gap,
            begun: 0,
            count,
            sent: 0,
            due: 0,
            event: String::new(),
            content,
        })
    }

    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Bytes due by the end of the `frames`-th frame.
    fn cumulative(&self, frames: u64) -> u64 {
        let share = |total: u64, part: u128, of: u128| (u128::from(total) * part / of.max(1)) as u64;
        match self.content {
            Content::Even { total } => share(total, frames.into(), self.count.into()),
            Content::Paced { total, .. } if frames >= self.count => total,
            Content::Paced {
                bytes_per_second,
                total,
            } => share(
                bytes_per_second,
                u128::from(frames) * self.gap.as_micros(),
                1_000_000,
            )
            .min(total),
            Content::Events => 0,
        }
    }

    /// Writes the event that `begun` counts.
    fn begin_event(&mut self) {
        let (id, of) = (self.begun, self.count);
        self.event.clear();
        // a string takes everything
        let _ = write!(self.event, "id: {id}\ndata: {{\"event\":{id},\"of\":{of}");
        if let Some(load_id) = self.load_id {
            let _ = write!(self.event, ",\"load_id\":{load_id}");
        }
        self.event.push_str("}\n\n");
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.begun == 0 || self.gap.is_zero() {
            return Poll::Ready(());
        }
        let micros = u64::try_from(self.gap.as_micros())
            .unwrap_or(u64::MAX)
            .saturating_mul(self.begun);
        let at = self
            .start
            .checked_add(Duration::from_micros(micros))
            .unwrap_or(self.start);
        let waiting = self.waiting.get_or_insert_with(|| (self.sleep_until)(at));
        ready!(waiting.as_mut().poll(cx));
        self.waiting = None;
        Poll::Ready(())
    }
}

impl Body for Frames {
    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<bool, BodyError>> {
        while self.sent == self.due {
            if self.begun == self.count {
                return Poll::Ready(Ok(false));
            }
            ready!(self.poll_due(cx));
            self.begun += 1;
            if matches!(self.content, Content::Events) {
                self.begin_event();
                self.due = self.sent + self.event.len() as u64;
            } else {
                self.due = self.cumulative(self.begun);
            }
        }
        Poll::Ready(Ok(true))
    }

    fn bytes(&self) -> Chunk<'_> {
        let left = self.due - self.sent;
        Chunk::Slice(match self.content {
            Content::Even { .. } | Content::Paced { .. } => {
                pattern::slice(pattern::start(self.load_id) + self.sent, left)
            }
            Content::Events => {
                let sent = self.event.len().saturating_sub(left as usize);
                &self.event.as_bytes()[sent..]
            }
        })
    }

    fn consume(&mut self, len: usize) {
        self.sent = self.due.min(self.sent + len as u64);
    }

    fn length(&self) -> Option<u64> {
        match self.content {
            Content::Paced { total, .. } => Some(total - self.sent),
            Content::Even { .. } | Content::Events => None,
        }
    }

    fn is_done(&self) -> bool {
        let nothing_begun = self.sent == self.due;
        self.length() == Some(0) || (nothing_begun && self.begun == self.count)
    }
}

#[cfg(test)]
mod tests;
