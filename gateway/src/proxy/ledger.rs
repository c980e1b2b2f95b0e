//! What one worker's requests are entered in when they have ended.

use super::account::Account;
use super::blame::Blame;
use super::breaking::Breaking;
use super::traced::Tracing;
use crate::observe::AccessLog;
use std::cell::{Cell, RefCell};
use tokio::time::Instant;

/// Accounts kept for later requests; more are in use only while that many requests are.
const ACCOUNTS_KEPT_MAX: usize = 256;

/// Bytes of text that an account keeps room for: twice the longest target.
const TEXT_BYTES_KEPT_MAX: usize = 16 * 1024;

/// Where finished requests are entered. Apart from [`Worker`], so that a body need not be generic over the world.
pub(super) struct Ledger {
    pub(super) worker: usize,
    pub(super) log: Option<AccessLog>,
    pub(super) tracing: Option<Tracing>,
    pub(super) blame: Blame,
    pub(super) breaking: Breaking,
    /// The last time this worker looked at the clock, for those who must not (no `Drop` reads one).
    pub(super) last_seen: Cell<Instant>,
    /// Of the config that was taken last.
    pub(super) version: Cell<u64>,
    /// Requests whose answer is not complete.
    pub(super) in_flight: Cell<usize>,
    #[expect(
        clippy::vec_box,
        reason = "an account moves between here and its exchange: a pointer is what should move"
    )]
    accounts: RefCell<Vec<Box<Account>>>,
}

impl Ledger {
    pub(super) fn new(
        worker: usize,
        log: Option<AccessLog>,
        tracing: Option<Tracing>,
        blame: Blame,
        breaking: Breaking,
    ) -> Self {
        Self {
            worker,
            log,
            tracing,
            blame,
            breaking,
            last_seen: Cell::new(Instant::now()),
            version: Cell::new(0),
            in_flight: Cell::new(0),
            accounts: RefCell::default(),
        }
    }

    /// Of a request that begins.
    pub(super) fn account(&self, start: Instant, route: usize) -> Box<Account> {
        let kept = self.accounts.borrow_mut().pop();
        match kept {
            Some(mut account) => {
                account.begin(start, route);
                account
            }
            None => Box::new(Account::new(start, route)),
        }
    }

    pub(super) fn keep_account(&self, account: Box<Account>) {
        let mut accounts = self.accounts.borrow_mut();
        if accounts.len() < ACCOUNTS_KEPT_MAX && account.text_room() <= TEXT_BYTES_KEPT_MAX {
            accounts.push(account);
        }
    }
}
