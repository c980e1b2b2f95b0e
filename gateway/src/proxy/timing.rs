//! What took the time of a request, told to its client where the route says so (W3C Server Timing).
//!
//! `upstream` is the time of all attempts, up to the head of the answer; `gateway` is the rest, waits before retries included.

use super::account::Account;
use http1::head::{FieldName, FieldValue};
use http1::write::ResponseHead;
use tokio::time::Instant;

const SERVER_TIMING: FieldName<'_> = FieldName::constant("server-timing");

pub(super) fn add(head: &mut ResponseHead, account: &Account) {
    let all = Instant::now().saturating_duration_since(account.start);
    let [gateway, upstream] = [all.saturating_sub(account.asked), account.asked].map(|time| {
        let us = time.as_micros();
        format!("{}.{:03}", us / 1_000, us % 1_000)
    });
    let mut text = format!(
        "gateway;dur={gateway}, upstream;dur={upstream}, attempts;desc=\"{}\"",
        account.attempts
    );
    if let Some(fired) = account.timeout {
        text.push_str(", timeout;desc=\"");
        text.push_str(fired.label());
        text.push('"');
    }
    if let Some(value) = FieldValue::new(text.as_bytes()) {
        head.add(SERVER_TIMING, value);
    }
}
