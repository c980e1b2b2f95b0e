//! What the upstream got against what the proxy authorised, in the eyes of readers that are not the engine.

use super::Authorised;
use crate::check::lenient::{Prefers, requests};
use crate::check::message::{Field, Message};
use crate::check::{by_hyper, tiny};
use std::rc::Rc;

/// Holds what was recorded on one connection against what was authorised for it.
pub(crate) fn judge(recorded: &[u8], authorised: &[Rc<Authorised>]) -> Result<(), String> {
    for prefers in [Prefers::Coding, Prefers::Length] {
        let read = requests(recorded, prefers);
        let heads = read.messages.len() + usize::from(!read.rest.is_empty());
        if heads > authorised.len() {
            return Err(format!(
                "{prefers:?}: {heads} requests instead of {}",
                authorised.len()
            ));
        }
        compare(&read.messages, authorised, false).map_err(|why| format!("{prefers:?}: {why}"))?;
        if let Some(last) = authorised.get(read.messages.len())
            && !last.head.starts_with(read.rest)
        {
            return Err(format!("{prefers:?}: {:?} is no head", read.rest));
        }
    }
    let lenient = requests(recorded, Prefers::Coding).messages;
    let hyper = by_hyper::requests(recorded);
    compare(&hyper, authorised, true).map_err(|why| format!("hyper: {why}"))?;
    let strict = tiny::requests(recorded);
    compare(&strict, authorised, false).map_err(|why| format!("strict: {why}"))?;
    for (name, others) in [("hyper", &hyper), ("strict", &strict)] {
        let complete = |messages: &[Message]| messages.iter().filter(|message| message.complete).count();
        if (others.len(), complete(others)) != (lenient.len(), complete(&lenient)) {
            let recorded = String::from_utf8_lossy(recorded);
            return Err(format!(
                "{name} sees {others:?}, the lenient reader {lenient:?} in {recorded:?}"
            ));
        }
    }
    Ok(())
}

/// Whether each was authorised, in this order. Only the last may be incomplete or missing.
fn compare(read: &[Message], authorised: &[Rc<Authorised>], sorted: bool) -> Result<(), String> {
    if read.len() > authorised.len() || read.len() + 1 < authorised.len() {
        return Err(format!("{} requests instead of {}", read.len(), authorised.len()));
    }
    let count = authorised.len();
    for (at, (read, authorised)) in read.iter().zip(authorised).enumerate() {
        let (mut fields, mut expected) = (read.fields.clone(), authorised.fields.clone());
        if sorted {
            (fields, expected) = (by_name(fields), by_name(expected));
        }
        if (&read.start, read.minor, &fields) != (&authorised.start, 1, &expected) {
            return Err(format!("{:?} {fields:?} instead of {authorised:?}", read.start));
        }
        let body = authorised.body.borrow();
        let same = if read.complete {
            authorised.complete.get() && *body == read.body
        } else {
            body.starts_with(&read.body)
        };
        if !same {
            return Err(format!("the body {read:?} instead of {authorised:?}"));
        }
        if !read.complete && at + 1 < count {
            return Err("an incomplete request with another behind it".to_owned());
        }
    }
    Ok(())
}

fn by_name(mut fields: Vec<Field>) -> Vec<Field> {
    for (name, _) in &mut fields {
        name.make_ascii_lowercase();
    }
    fields.sort_by(|a, b| a.0.cmp(&b.0));
    fields
}
