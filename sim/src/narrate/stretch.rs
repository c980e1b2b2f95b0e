//! A run cut into stretches: each begins with what was done from outside, and holds what followed until the next.
//!
//! All numbers have bounds, so that the longest trace has a text that a person can read to its end.

use super::note::{Note, Sort};
use crate::story::Tally;
use crate::story::words::{count, moment};
use std::collections::BTreeMap;

/// The most stretches of a run; what is done after that is told in the last of them.
pub(super) const STRETCHES_MAX: usize = 150;
/// The most headings of a run, all stretches together.
pub(super) const HEADINGS_MAX: usize = 400;
/// The most sorts of things that are told of a stretch.
pub(super) const SORTS_MAX: usize = 24;

/// What is done at one moment, and what follows.
#[derive(Debug, Default)]
struct Stretch {
    at_us: u64,
    headings: Vec<(u64, String)>,
    notes: BTreeMap<Sort, Note>,
    /// Cases of sorts beyond the bound.
    others: u64,
    tally: Tally,
}

/// All of a run.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    all: Vec<Stretch>,
    headings: usize,
    left_out: u64,
    /// What is said last, whatever was left out.
    end: Option<String>,
}

impl Stretches {
    /// Something is done from outside.
    pub(super) fn heading(&mut self, at_us: u64, text: String) {
        if self.headings >= HEADINGS_MAX {
            self.left_out += 1;
            return;
        }
        self.headings += 1;
        let open = self.all.last().is_none_or(|last| last.at_us != at_us);
        if open && self.all.len() < STRETCHES_MAX {
            self.all.push(Stretch {
                at_us,
                ..Stretch::default()
            });
        }
        self.last(at_us).headings.push((at_us, text));
    }

    /// How it ends.
    pub(super) fn end(&mut self, at_us: u64, text: &str) {
        self.end = Some(heading(at_us, text));
    }

    /// Something followed. `example` is only made for the first of its sort.
    pub(super) fn note(&mut self, at_us: u64, sort: Sort, example: impl FnOnce() -> String) {
        let stretch = self.last(at_us);
        if let Some(note) = stretch.notes.get_mut(&sort) {
            note.count += 1;
            note.last_us = at_us;
        } else if stretch.notes.len() >= SORTS_MAX {
            stretch.others += 1;
        } else {
            let note = Note {
                first_us: at_us,
                last_us: at_us,
                count: 1,
                example: example(),
            };
            stretch.notes.insert(sort, note);
        }
    }

    /// The same in the stretch of an earlier time.
    pub(super) fn note_at(&mut self, at_us: u64, sort: Sort, example: String) {
        let place = self.all.iter().rposition(|stretch| stretch.at_us <= at_us);
        if let Some(place) = place {
            let note = Note {
                first_us: at_us,
                last_us: at_us,
                count: 1,
                example,
            };
            self.all[place].notes.insert(sort, note);
        }
    }

    pub(super) fn tally(&mut self, at_us: u64) -> &mut Tally {
        &mut self.last(at_us).tally
    }

    fn last(&mut self, at_us: u64) -> &mut Stretch {
        if self.all.is_empty() {
            self.all.push(Stretch {
                at_us,
                ..Stretch::default()
            });
        }
        self.all.last_mut().expect("there is one, or it was just added")
    }

    /// One line after the other.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        for stretch in &self.all {
            stretch.lines(&mut out);
        }
        if self.left_out > 0 {
            out.push(format!(
                "            … and {} more; look at a part of the run with --from and --to",
                count(self.left_out, "thing is done", "things are done")
            ));
        }
        out.extend(self.end.clone());
        out
    }
}

impl Stretch {
    fn lines(&self, out: &mut Vec<String>) {
        for (at_us, text) in &self.headings {
            out.push(heading(*at_us, text));
        }
        let mut notes: Vec<_> = self.notes.iter().collect();
        notes.sort_by_key(|(_, note)| (note.first_us, note.last_us));
        for (sort, note) in notes {
            out.push(format!("            │ {}", note.line(sort)));
        }
        if self.others > 0 {
            out.push(format!(
                "            │ … and {} of other sorts",
                count(self.others, "thing", "things")
            ));
        }
        if self.tally.ends() > 0 {
            out.push(format!("            … {}", self.tally.words()));
        }
    }
}

fn heading(at_us: u64, text: &str) -> String {
    format!("{:>10}  {text}", moment(at_us))
}
