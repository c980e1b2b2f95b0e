//! When replicas want requests again: what their answers say of it, by whose answers they are.
//!
//! A date is written by one wall clock and read by another, and either may be off: how long a gateway has to wait is what its own makes
//! of the date.

use super::facts::Facts;
use super::few::Few;
use super::recent::Recent;
use crate::trace::{EPOCH, Kind, Record};
use std::collections::BTreeMap;

const SECOND_US: u64 = 1_000_000;

/// To be shown what replicas tell of requests, crashes, and steps of clocks.
pub(super) struct Later {
    gateway: u64,
    /// The clients' ids of what replicas have in hand, by host and the replica's own number.
    in_hand: BTreeMap<(u64, u64), u64>,
    /// By the client's id, what each host has said last.
    said: Recent<Few<(u64, Said)>>,
    /// By how much the gateway's wall clock is off.
    offset_us: i64,
}

#[derive(Debug, Clone, Copy)]
enum Said {
    /// In so many seconds.
    In(u64),
    /// Then, in seconds of Unix time.
    At(u64),
}

impl Later {
    pub(super) const KINDS: [Kind; 7] = [
        Kind::ClockStep,
        Kind::Crash,
        Kind::StubRequest,
        Kind::StubLater,
        Kind::StubFinished,
        Kind::StubInjected,
        Kind::StubAborted,
    ];

    pub(super) fn new(facts: &Facts) -> Self {
        Self {
            gateway: facts.gateway,
            in_hand: BTreeMap::new(),
            said: Recent::new(facts.kept_us),
            offset_us: 0,
        }
    }

    pub(super) fn see(&mut self, facts: &Facts, record: &Record) {
        let [first, number, seconds, is_date, ..] = record.args();
        match record.kind {
            Kind::ClockStep if record.host == self.gateway => self.offset_us = first.cast_signed(),
            Kind::Crash => self.in_hand.retain(|(host, _), _| *host != record.host),
            Kind::StubRequest => {
                let [_, _, number, ..] = record.args();
                if let Some(id) = facts.asked_for(record) {
                    self.in_hand.insert((record.host, number), id);
                }
            }
            Kind::StubLater => {
                let Some(id) = self.in_hand.get(&(record.host, number)).copied() else {
                    return;
                };
                let said = match is_date {
                    0 => Said::In(seconds),
                    _ => Said::At(seconds),
                };
                if self.said.get(id).is_none() {
                    self.said.insert(id, Few::default());
                    self.said.end(id, record.at_us);
                }
                if let Some(all) = self.said.get_mut(id) {
                    all.find_or_push(|(host, _)| *host == record.host, || (record.host, said))
                        .1 = said;
                }
            }
            Kind::StubFinished | Kind::StubInjected | Kind::StubAborted => {
                self.in_hand.remove(&(record.host, number));
            }
            _ => {}
        }
    }

    /// How long a gateway that reads a host's answer to this request now has to wait, if that says so.
    pub(super) fn wait_us(&self, id: u64, host: u64, now_us: u64) -> Option<u64> {
        let mut all = self.said.get(id)?.iter();
        let (_, said) = all.find(|(other, _)| *other == host)?;
        Some(match said {
            Said::In(seconds) => seconds.saturating_mul(SECOND_US),
            Said::At(seconds) => {
                let epoch_us = u64::try_from(EPOCH.as_micros()).unwrap_or(u64::MAX);
                let clock_us = epoch_us
                    .saturating_add(now_us)
                    .saturating_add_signed(self.offset_us);
                seconds.saturating_mul(SECOND_US).saturating_sub(clock_us)
            }
        })
    }
}
