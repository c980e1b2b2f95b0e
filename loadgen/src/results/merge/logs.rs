//! Interval logs merged: every histogram is the sum of those with its tag.

use super::super::log::Log;
use std::time::Duration;

/// The sum of logs, and what a reader of it has to know. Intervals are summed where all logs have the same ones.
pub fn merge_logs(logs: Vec<Log>) -> Result<(Log, Vec<String>), Vec<String>> {
    let mut logs = logs.into_iter();
    let Some(mut whole) = logs.next() else {
        return Err(vec!["merge nothing: name at least one log".into()]);
    };
    let mut warnings = std::mem::take(&mut whole.notes);
    let mut aligned = true;
    for other in logs {
        warnings.extend(other.notes.iter().cloned());
        whole.started = earliest(whole.started, other.started);
        crate::record::add(&mut whole.response, &other.response);
        for (tag, of) in &other.others {
            match whole.others.get_mut(tag) {
                Some(sum) => crate::record::add(sum, of),
                None => {
                    whole.others.insert(tag.clone(), of.clone());
                }
            }
        }
        aligned = aligned && add_rows(&mut whole, other);
    }
    if !aligned {
        whole.rows.clear();
        warnings.push("the logs have intervals of different lengths: the sum has none".into());
    }
    warnings.dedup();
    Ok((whole, warnings))
}

/// Adds row by row; whether the rows are of the same intervals, as far as both go.
fn add_rows(whole: &mut Log, other: Log) -> bool {
    let same = |(one, other): (&super::super::log::LogRow, &super::super::log::LogRow)| {
        (one.from, one.length) == (other.from, other.length)
    };
    if !whole.rows.iter().zip(&other.rows).all(same) {
        return false;
    }
    for (mine, theirs) in whole.rows.iter_mut().zip(&other.rows) {
        mine.response.merge(&theirs.response);
    }
    let beyond = whole.rows.len().min(other.rows.len());
    whole.rows.extend(other.rows.into_iter().skip(beyond));
    true
}

/// Zero is a log that does not say.
fn earliest(one: Duration, other: Duration) -> Duration {
    match (one.is_zero(), other.is_zero()) {
        (true, _) => other,
        (_, true) => one,
        _ => one.min(other),
    }
}
