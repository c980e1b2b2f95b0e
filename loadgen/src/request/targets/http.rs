//! The `http` format: a line of method and URL, header lines, and `@FILE` for a body, which ends the target.
//!
//! A blank line ends a target too, and so does the method line of the next one: no header's name has a space in it. Lines that
//! begin with `#` are comments.

use super::entry::{Content, Entry, Problem};
use crate::request::wording::shown;

/// Calls `each` with every target, or with what keeps a line from being part of one.
pub(super) fn entries(text: &str, each: &mut dyn FnMut(Result<Entry, Problem>)) {
    let mut open: Option<Entry> = None;
    // after a wrong line the rest of its target is no news
    let mut skipping = false;
    for (i, line) in text.lines().enumerate() {
        let (number, line) = (i + 1, line.trim());
        if line.is_empty() {
            skipping = false;
            open.take().into_iter().for_each(|entry| each(Ok(entry)));
            continue;
        }
        if is_method_line(line) {
            skipping = false;
            open.take().into_iter().for_each(|entry| each(Ok(entry)));
            open = Some(begin(number, line));
            continue;
        }
        if skipping || line.starts_with('#') {
            continue;
        }
        let Some(entry) = open.as_mut() else {
            each(Err((number, first(line))));
            skipping = true;
            continue;
        };
        if let Some(file) = line.strip_prefix('@') {
            entry.body = Some(Content::File(file.trim().to_owned()));
            open.take().into_iter().for_each(|entry| each(Ok(entry)));
            continue;
        }
        match line
            .split_once(':')
            .map(|(name, value)| (name.trim(), value.trim()))
        {
            Some((name, value)) if !name.is_empty() && !value.is_empty() => {
                entry.headers.push((name.to_owned(), value.to_owned()));
            }
            _ => {
                let what = format!(
                    "{} is no header: write `Name: value`, `@FILE`, or the next target",
                    shown(line)
                );
                each(Err((number, what)));
                open = None;
                skipping = true;
            }
        }
    }
    open.into_iter().for_each(|entry| each(Ok(entry)));
}

/// A word of capitals with something behind it.
fn is_method_line(line: &str) -> bool {
    let word = line.split(char::is_whitespace).next().unwrap_or_default();
    !word.is_empty() && word.len() < line.len() && word.bytes().all(|byte| byte.is_ascii_uppercase())
}

fn begin(line: usize, text: &str) -> Entry {
    let (method, url) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    Entry {
        line,
        method: method.to_owned(),
        url: url.trim().to_owned(),
        ..Entry::default()
    }
}

fn first(line: &str) -> String {
    format!(
        "{} begins no target: write a method in capitals and a URL, as in `GET http://host/path`",
        shown(line)
    )
}
