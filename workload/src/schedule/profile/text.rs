//! Profiles as people type them.
//!
//! Every error is reported, each with its item. An item that cannot be read leaves the time where it was, so
//! that it does not make errors of those behind it. What is read back from `Display` is the same profile, bit
//! for bit.

use super::super::due::{TIME_MAX, duration};
use super::super::rate::rate_or_pause;
use super::{ITEMS_MAX, Item, Profile};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const FORMS: &str = "write TIME:RATE like 30s:1000, or step RATExDURATION like step 2000x60s";

impl Profile {
    /// Reads `0s:100, 30s:1000, step 2000x60s`, or says everything that is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Vec<String>> {
        let count = text.split(',').count();
        if count > ITEMS_MAX {
            return Err(vec![format!(
                "a schedule of {count} items is too long; {ITEMS_MAX} are the most, a trace takes more"
            )]);
        }
        let (mut items, mut errors) = (Vec::with_capacity(count), Vec::new());
        // when what came before ends; `None` before the first item
        let mut end = None;
        for (number, text) in (1..).zip(text.split(',').map(str::trim)) {
            match item(text).and_then(|item| Ok((item, ended(item, end)?))) {
                Ok((item, ends)) => {
                    items.push(item);
                    end = Some(ends);
                }
                Err(error) => errors.push(format!("item {number} of the schedule, {text:?}: {error}")),
            }
        }
        if errors.is_empty() && items.iter().all(|item| item.rate() == 0.0) {
            errors.push("the schedule's rate is zero throughout; give it one item above zero".to_owned());
        }
        if errors.is_empty() {
            Ok(Self::of(items))
        } else {
            Err(errors)
        }
    }
}

impl FromStr for Profile {
    type Err = String;

    /// All errors in one line; [`Profile::parse`] has them apart.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text).map_err(|errors| errors.join("; "))
    }
}

impl fmt::Display for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, item) in self.items.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            match *item {
                Item::Knot { at, rate } => write!(f, "{comma}{}:{rate}", word(at))?,
                Item::Step { rate, length } => write!(f, "{comma}step {rate}x{}", word(length))?,
            }
        }
        Ok(())
    }
}

impl Item {
    fn rate(&self) -> f64 {
        match *self {
            Self::Knot { rate, .. } | Self::Step { rate, .. } => rate,
        }
    }
}

fn item(text: &str) -> Result<Item, String> {
    if text.is_empty() {
        return Err(format!("it is empty; {FORMS}"));
    }
    if let Some(step) = text.strip_prefix("step ") {
        let (rate, length) = step
            .split_once('x')
            .ok_or_else(|| format!("a step lasts some time; {FORMS}"))?;
        let (rate, length) = (rate_or_pause(rate.trim())?, time(length.trim())?);
        if length.is_zero() {
            return Err("a step must last longer than zero".to_owned());
        }
        return Ok(Item::Step { rate, length });
    }
    let (at, rate) = text
        .split_once(':')
        .ok_or_else(|| format!("it is neither a knot nor a step; {FORMS}"))?;
    Ok(Item::Knot {
        at: time(at.trim())?,
        rate: rate_or_pause(rate.trim())?,
    })
}

/// When an item ends that comes after one which ended at `before`.
fn ended(item: Item, before: Option<Duration>) -> Result<Duration, String> {
    let end = match (item, before) {
        (Item::Knot { at, .. }, Some(before)) if at <= before => {
            return Err(format!(
                "its time must be later than {}, where the item before it ends",
                word(before)
            ));
        }
        (Item::Knot { at, .. }, _) => at,
        (Item::Step { length, .. }, before) => before.unwrap_or_default().saturating_add(length),
    };
    if end > TIME_MAX {
        return Err(format!(
            "it ends at {}, but a schedule may be a year long at most",
            word(end)
        ));
    }
    Ok(end)
}

fn time(text: &str) -> Result<Duration, String> {
    duration(text).map_err(|e| format!("{text:?} is not a time ({e}); write it like 30s or 500ms"))
}

/// A duration without the spaces that humantime puts in.
fn word(value: Duration) -> String {
    humantime::format_duration(value).to_string().replace(' ', "")
}
