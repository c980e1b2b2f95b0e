//! What holds for every request of a file that says nothing else: the command line's part in it.
//!
//! What stands nearer to a request counts: its own header takes the place of one of that name given for all.

use super::expect::Expect;
use super::step::{Body, Fault, StepSpec};
use super::tokens::Tokens;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Of all files that one file names: they are in memory for the whole run.
const FILES_BYTES_MAX: usize = 2 << 30;

/// How the caller reads a file that another one names; the error says why it could not.
pub type ReadFile<'a> = &'a mut dyn FnMut(&str) -> Result<Bytes, String>;

/// Given for all requests.
#[derive(Debug, Clone, Default)]
pub struct Common {
    /// Value of the `Host` header, for requests that are only a path.
    pub authority: String,
    pub headers: Vec<(String, String)>,
    /// For requests without one.
    pub body: Body,
    pub expect: Arc<Expect>,
    pub tokens: Option<Arc<Tokens>>,
}

impl Common {
    /// What is wrong with the headers, which would be wrong with every request.
    pub fn check_headers(&self) -> Result<(), Vec<Fault>> {
        let probe = StepSpec {
            name: "probe".into(),
            method: "GET".into(),
            authority: "localhost".into(),
            path: "/".into(),
            headers: self.headers.clone(),
            ..StepSpec::default()
        };
        probe.build(self.tokens.as_ref(), &mut Vec::new()).map(|_| ())
    }
}

/// The headers for all, less those that `own` names again, and then `own`.
pub(super) fn merged(all: &[(String, String)], own: Vec<(String, String)>) -> Vec<(String, String)> {
    let again = |name: &str| own.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
    let rest = all.iter().filter(|(name, _)| !again(name)).cloned();
    rest.collect::<Vec<_>>().into_iter().chain(own).collect()
}

/// Files by name, each read once.
pub(super) struct Files<'a> {
    read: ReadFile<'a>,
    known: BTreeMap<String, Result<Bytes, String>>,
    bytes: usize,
}

impl<'a> Files<'a> {
    pub(super) fn new(read: ReadFile<'a>) -> Self {
        let known = BTreeMap::new();
        Self {
            read,
            known,
            bytes: 0,
        }
    }

    pub(super) fn get(&mut self, name: &str) -> Result<Bytes, String> {
        if let Some(known) = self.known.get(name) {
            return known.clone();
        }
        let mut found = (self.read)(name);
        if let Ok(bytes) = &found {
            self.bytes = self.bytes.saturating_add(bytes.len());
            if self.bytes > FILES_BYTES_MAX {
                found = Err(format!(
                    "the files are more than {FILES_BYTES_MAX} bytes together"
                ));
            }
        }
        self.known.insert(name.to_owned(), found.clone());
        found
    }
}
