//! The hosts of a table: exact names before wildcards, a longer wildcard before a shorter one, any host last.
//!
//! Every host knows the next one that takes its requests too, so what a request may belong to is found once, by the
//! longest of them, and the rest is a chain.

use super::host::{self, Host, NAME_BYTES_MAX};
use super::slots::{Hash, Slots};
use crate::planted::{Bug, planted};

/// A number for each distinct host, `None` (any host) among them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Hosts {
    hosts: Vec<Entry>,
    index: Slots,
    /// The number of "any host", if a rule has it.
    any: Option<u32>,
    has_wildcards: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    host: Host,
    /// The next less specific one that takes all its requests.
    next: Option<u32>,
}

impl Hosts {
    /// `hosts` are distinct, and are numbered as they come; the number after them is that of any host.
    pub(super) fn new(hosts: Vec<Host>, any: bool) -> Hosts {
        let any = any.then_some(hosts.len() as u32);
        let hashes: Vec<Hash> = hosts.iter().map(|host| hash(host.key())).collect();
        let mut made = Hosts {
            has_wildcards: hosts.iter().any(Host::is_wildcard),
            hosts: hosts.into_iter().map(|host| Entry { host, next: None }).collect(),
            index: Slots::new(&hashes),
            any,
        };
        for at in 0..made.hosts.len() {
            let host = &made.hosts[at].host;
            made.hosts[at].next = made.longest_above(host).or(any);
        }
        made
    }

    /// Whether there is none but "any host".
    pub(super) fn is_empty(&self) -> bool {
        self.hosts.is_empty()
    }

    /// The most specific one that takes requests to `host`, and by [`Hosts::next`] the others.
    pub(super) fn first(&self, host: &str) -> Option<u32> {
        if self.is_empty() || planted(Bug::HostIgnored) {
            return self.any;
        }
        let bare = host::bare(host);
        if bare.len() > NAME_BYTES_MAX {
            // longer than any rule's, and so many labels are not worth a look
            return self.any;
        }
        self.find(bare).or(self.any)
    }

    pub(super) fn next(&self, number: u32) -> Option<u32> {
        self.hosts.get(number as usize)?.next
    }

    fn find(&self, bare: &str) -> Option<u32> {
        let mut hash = Hash::below(0);
        let mut longest = None;
        // from the end, so that the hash of every wildcard's key is met on the way
        for (at, byte) in bare.bytes().enumerate().rev() {
            hash = hash.with(byte.to_ascii_lowercase());
            if byte == b'.' && at > 0 && self.has_wildcards {
                longest = self.entry(hash, &bare[at..], true).or(longest);
            }
        }
        self.entry(hash, bare, false).or(longest)
    }

    fn entry(&self, hash: Hash, key: &str, wildcard: bool) -> Option<u32> {
        self.index.find(hash, |number| {
            let host = &self.hosts[number as usize].host;
            host.is_wildcard() == wildcard && host.key().eq_ignore_ascii_case(key)
        })
    }

    /// The longest wildcard that contains a host of a rule.
    fn longest_above(&self, host: &Host) -> Option<u32> {
        let key = host.key();
        let dots = key.match_indices('.').map(|(at, _)| at).filter(|at| *at > 0);
        let mut above = dots.filter_map(|at| self.entry(hash(&key[at..]), &key[at..], true));
        above.find(|number| self.hosts[*number as usize].host.contains(host))
    }
}

fn hash(key: &str) -> Hash {
    key.bytes().rev().fold(Hash::below(0), Hash::with)
}
