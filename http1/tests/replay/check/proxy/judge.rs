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

/// Statuses that the proxy, or the engine below it, answers by itself.
const OWN: [&[u8]; 9] = [
    b"400", b"403", b"414", b"417", b"431", b"501", b"502", b"505", b"500",
];

/// What the client got: one well-formed answer for each request at most, and one for what was no request. Those that
/// are not the proxy's own are what the upstream answers to everything, and complete only if it was.
pub(crate) fn judge_answers(bytes: &[u8], heard: &[String], upstream: &[u8]) {
    let methods = || heard.iter().map(String::as_str).chain(["GET"]);
    let (answers, rest) = tiny::answers(bytes, methods());
    assert!(rest.is_empty(), "no answer: {rest:?}");
    let finals: Vec<_> = answers
        .iter()
        .filter(|answer| answer.start[0][0] != b'1')
        .collect();
    let all_but_last = &answers[..answers.len().saturating_sub(1)];
    let ended = |answer: &Message| answer.complete;
    assert!(
        all_but_last.iter().all(ended),
        "an incomplete answer with another behind it"
    );
    for (answer, method) in finals.into_iter().zip(methods()) {
        if OWN.contains(&answer.start[0].as_slice()) {
            continue;
        }
        let (sent, _) = tiny::answers(upstream, [method]);
        let sent = sent.last().expect("nothing but what the upstream has sent");
        assert_eq!(
            (&answer.start, end_to_end(answer)),
            (&sent.start, end_to_end(sent))
        );
        let framed = ["content-length", "transfer-encoding"]
            .iter()
            .any(|name| sent.values(name).next().is_some());
        if answer.complete {
            assert!(
                sent.complete || !framed,
                "a truncated answer is passed on as whole"
            );
            assert_eq!(answer.body, sent.body, "the answer's body");
        } else {
            assert!(sent.body.starts_with(&answer.body), "the answer's body");
        }
    }
}

/// Fields that are meant for the client.
fn end_to_end(answer: &Message) -> Vec<&Field> {
    const HOP_BY_HOP: [&str; 11] = [
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let passes = |field: &&Field| {
        !HOP_BY_HOP
            .iter()
            .any(|name| field.0.eq_ignore_ascii_case(name.as_bytes()))
    };
    answer.fields.iter().filter(passes).collect()
}
