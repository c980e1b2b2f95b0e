//! A trace file judged anew, by the very judges of a run: what was violated, and where.

use crate::document::Document;
use crate::judge::{Check, Judge};
use crate::trace::{Kind, Reader, Watch};
use std::io::BufRead;

/// One simulation of a trace, judged.
pub struct Judged {
    pub checks: Vec<Check>,
}

/// Judges every simulation of a trace, in order, as far as it can be read: whoever asked goes over it again, and meets
/// the same error. Without a document there is nothing to hold it against, and all are found without checks.
pub fn judge(reader: Reader<impl BufRead>, document: Option<&Document>) -> Vec<Judged> {
    let mut all = Vec::new();
    let mut now: Option<Judge> = None;
    for record in reader.map_while(Result::ok) {
        if record.kind == Kind::Run {
            close(&mut now, &mut all);
            let [variant, ..] = record.args();
            let variant = usize::try_from(variant).unwrap_or(usize::MAX);
            let variant = document.and_then(|document| document.variants.get(variant));
            now = variant.map(|variant| Judge::new(&variant.scenario));
            if variant.is_none() {
                all.push(Judged { checks: Vec::new() });
            }
        }
        if let Some(judge) = &mut now {
            judge.see(&record);
        }
    }
    close(&mut now, &mut all);
    all
}

fn close(now: &mut Option<Judge>, all: &mut Vec<Judged>) {
    if let Some(judge) = now.take() {
        let checks = judge.finish().checks;
        all.push(Judged { checks });
    }
}
