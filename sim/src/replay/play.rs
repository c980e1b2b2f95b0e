//! Plays a document with watchers: one holds it against a trace, one keeps in mind where things stand.

use super::along::{Along, Differs};
use super::situation::{Situation, Watcher};
use crate::document::Document;
use crate::run::{Run, RunError, play};
use crate::trace::{Reader, Recorder};
use std::io::BufRead;
use std::sync::mpsc::channel;
use std::time::Duration;

/// A run, played again.
pub struct Replayed {
    pub run: Run,
    /// Where it first differs from the trace that it was held against, if it does.
    pub differs: Option<Differs>,
    /// Where each variant stood when it was stopped; empty if it was not.
    pub situations: Vec<Situation>,
}

/// Plays it to its end, or each of its variants until a time, and compares with `trace` where there is one.
pub fn replay<R>(
    document: Document,
    until: Option<Duration>,
    mut recorder: Recorder,
    trace: Option<Reader<R>>,
) -> Result<Replayed, RunError>
where
    R: BufRead + Send + 'static,
{
    let (differ, differs) = channel();
    let (stand, situations) = channel();
    if let Some(trace) = trace {
        let variants = document.variants.len();
        recorder.watch(Box::new(Along::new(trace, variants, until.is_some(), differ)));
    }
    if until.is_some() {
        recorder.watch(Box::new(Watcher::new(stand)));
    }
    // the watchers end with the recorder, and with them what they tell
    let run = play(document, until, recorder)?;
    Ok(Replayed {
        run,
        differs: differs.try_iter().next(),
        situations: situations.try_iter().collect(),
    })
}
