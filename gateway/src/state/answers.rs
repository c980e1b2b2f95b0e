//! What the names of an upstream stood for when they were last looked up with success.
//!
//! Kept here, so that neither a reload nor a resolver that fails leaves an upstream without replicas that it had.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Addresses that are kept of one answer: what a DNS message of 64 KiB holds. Far more than an upstream takes, so that
/// those left out are counted.
const ADDRS_MAX: usize = 4_096;

/// The last good answers, by name. Bounded by the plan: names that a new plan no longer has are forgotten.
#[derive(Debug, Default)]
pub(crate) struct Answers(Mutex<BTreeMap<String, Answer>>);

#[derive(Debug, Default)]
struct Answer {
    addrs: Arc<[SocketAddr]>,
    /// Why there was none when it was last looked up.
    trouble: Option<String>,
}

impl Answers {
    /// In order of the addresses. Nothing for a name that was never resolved.
    pub(crate) fn of(&self, name: &str) -> Arc<[SocketAddr]> {
        let answers = self.lock();
        answers
            .get(name)
            .map(|answer| Arc::clone(&answer.addrs))
            .unwrap_or_default()
    }

    /// Why the last lookup of it brought nothing.
    pub(crate) fn trouble(&self, name: &str) -> Option<String> {
        self.lock().get(name)?.trouble.clone()
    }

    /// Takes the place of the answer before, whatever its order; whether it says something else.
    pub(crate) fn put(&self, name: &str, mut addrs: Vec<SocketAddr>) -> bool {
        addrs.sort_unstable();
        addrs.dedup();
        addrs.truncate(ADDRS_MAX);
        let mut answers = self.lock();
        let answer = answers.entry(name.to_owned()).or_default();
        answer.trouble = None;
        let is_new = *answer.addrs != *addrs;
        if is_new {
            answer.addrs = addrs.into();
        }
        is_new
    }

    /// The answer before holds on.
    pub(crate) fn fail(&self, name: &str, why: String) {
        self.lock().entry(name.to_owned()).or_default().trouble = Some(why);
    }

    /// Forgets all others.
    pub(crate) fn keep<'a>(&self, names: impl Iterator<Item = &'a str>) {
        let mut answers = self.lock();
        let kept = names.filter_map(|name| answers.remove_entry(name)).collect();
        *answers = kept;
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addrs(hosts: &[u8]) -> Vec<SocketAddr> {
        hosts
            .iter()
            .map(|host| SocketAddr::from(([10, 0, 0, *host], 80)))
            .collect()
    }

    #[test]
    fn order_and_repetition_change_nothing() {
        let answers = Answers::default();
        assert_eq!(*answers.of("a:80"), []);
        for (hosts, changed) in [
            (&[2, 1][..], true),
            (&[1, 2], false),
            (&[2, 1, 2], false),
            (&[2], true),
        ] {
            assert_eq!(answers.put("a:80", addrs(hosts)), changed, "{hosts:?}");
        }
        answers.fail("a:80", "no such host".into());
        assert_eq!(*answers.of("a:80"), *addrs(&[2]));
        assert_eq!(answers.trouble("a:80").as_deref(), Some("no such host"));
        assert!(!answers.put("a:80", addrs(&[2])));
        assert_eq!(answers.trouble("a:80"), None);
    }

    #[test]
    fn a_name_that_stays_keeps_its_answer() {
        let answers = Answers::default();
        answers.put("a:80", addrs(&[1]));
        answers.put("b:80", addrs(&[2]));
        answers.keep(["b:80", "c:80"].into_iter());
        let kept = ["a:80", "b:80", "c:80"].map(|name| answers.of(name).len());
        assert_eq!(kept, [0, 1, 0]);
    }
}
