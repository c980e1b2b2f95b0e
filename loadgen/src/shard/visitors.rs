//! Visitors: whoever comes again, with the cookies that he was given the last time.
//!
//! A visitor is a shard's own, one for each name of the catalogue, whose bounds are also his: of arrivals at the same time the
//! answer that came last is remembered.

use crate::request::Session;
use std::cell::RefCell;
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Visitors(RefCell<BTreeMap<usize, Session>>);

impl Visitors {
    /// As he comes now.
    pub(super) fn session(&self, name: usize) -> Session {
        self.0.borrow().get(&name).cloned().unwrap_or_default()
    }

    pub(super) fn remember(&self, name: usize, session: &Session) {
        self.0.borrow_mut().insert(name, session.clone());
    }
}
