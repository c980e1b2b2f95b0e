//! Conditions of a rule beyond host and path: methods, headers, cookies, query. All of them have to hold.
//!
//! Two rules of one host and path are ambiguous if they have as many conditions and one request could meet both. That is
//! asked here without a request: it is impossible only where both name the same thing and want it to differ, such as two
//! values of one header. Where it cannot be told, they are taken to overlap.

use http1::head::Method;

use super::head::{self, Head};
use crate::planted::{Bug, planted};

/// Sorted by what they look at; nothing is looked at twice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conditions {
    methods: Option<Methods>,
    others: Box<[Condition]>,
}

/// A part of the head that has to be in some way.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Condition {
    pub of: Subject,
    pub test: Test,
}

/// What is looked at, by its name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// In lower case.
    Header(Box<str>),
    Cookie(Box<str>),
    Query(Box<str>),
}

/// What it has to be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Test {
    Exact(Box<str>),
    Prefix(Box<str>),
    Present,
    Absent,
}

/// The methods that a rule takes, as they were written: at least one, none twice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Methods {
    /// A bit for each that the engine knows.
    known: u16,
    names: Box<[Box<str>]>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Met,
    /// All but the method.
    OtherMethod,
    Unmet,
}

impl Conditions {
    /// Conditions in any order, no subject twice.
    pub fn new(methods: Option<Methods>, mut others: Vec<Condition>) -> Conditions {
        others.sort_unstable();
        Conditions {
            methods,
            others: others.into(),
        }
    }

    pub fn methods(&self) -> Option<&Methods> {
        self.methods.as_ref()
    }

    pub fn others(&self) -> &[Condition] {
        &self.others
    }

    /// How many: a rule with more is more specific. A list of methods is one.
    pub fn count(&self) -> usize {
        usize::from(self.methods.is_some()) + self.others.len()
    }

    pub(super) fn judge(&self, head: &Head<'_>) -> Verdict {
        if !self.others.iter().all(|condition| condition.holds(head)) {
            return Verdict::Unmet;
        }
        match &self.methods {
            Some(methods)
                if !methods.contain(head.method, head.method_text) && !planted(Bug::MethodsIgnored) =>
            {
                Verdict::OtherMethod
            }
            _ => Verdict::Met,
        }
    }

    /// Whether one request could meet both.
    pub(super) fn overlap(&self, other: &Conditions) -> bool {
        let methods_differ = match (&self.methods, &other.methods) {
            (Some(own), Some(others)) => !own.names.iter().any(|name| others.names.contains(name)),
            _ => false,
        };
        let excluded = |own: &Condition| {
            let same = other.others.iter().find(|condition| condition.of == own.of);
            same.is_some_and(|same| own.test.excludes(&same.test))
        };
        !methods_differ && !self.others.iter().any(excluded)
    }
}

impl Condition {
    fn holds(&self, head: &Head<'_>) -> bool {
        match &self.of {
            Subject::Header(name) => {
                planted(Bug::HeadersIgnored) || self.test.holds(head::header(head.fields, name))
            }
            Subject::Cookie(name) => self
                .test
                .holds(head::cookie(head.fields, name).map(|value| value.iter().copied())),
            Subject::Query(name) => self
                .test
                .holds(head.query.and_then(|query| head::parameter(query, name))),
        }
    }
}

impl Test {
    fn holds(&self, value: Option<impl Iterator<Item = u8>>) -> bool {
        match (self, value) {
            (Test::Exact(text), Some(value)) => value.eq(text.bytes()),
            (Test::Prefix(text), Some(mut value)) => text.bytes().all(|byte| value.next() == Some(byte)),
            (Test::Present, value) => value.is_some(),
            (Test::Absent, value) => value.is_none(),
            (Test::Exact(_) | Test::Prefix(_), None) => false,
        }
    }

    /// Whether no value meets both.
    fn excludes(&self, other: &Test) -> bool {
        match (self, other) {
            (Test::Absent, Test::Absent) => false,
            (Test::Absent, _) | (_, Test::Absent) => true,
            (Test::Exact(own), Test::Exact(other)) => own != other,
            (Test::Exact(exact), Test::Prefix(prefix)) | (Test::Prefix(prefix), Test::Exact(exact)) => {
                !exact.starts_with(&**prefix)
            }
            (Test::Prefix(own), Test::Prefix(other)) => {
                !own.starts_with(&**other) && !other.starts_with(&**own)
            }
            (Test::Present, _) | (_, Test::Present) => false,
        }
    }
}

impl Methods {
    /// Tokens (RFC 9110 §9.1), at least one, none twice.
    pub fn new(names: Vec<Box<str>>) -> Methods {
        let known = names
            .iter()
            .map(|name| Method::of(name.as_bytes()))
            .filter(|method| *method != Method::Other)
            .fold(0, |known, method| known | bit(method));
        Methods {
            known,
            names: names.into(),
        }
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    fn contain(&self, method: Method, text: &str) -> bool {
        match method {
            Method::Other => self.names().any(|name| name == text),
            _ => self.known & bit(method) != 0,
        }
    }
}

fn bit(method: Method) -> u16 {
    1 << method as u8
}

#[cfg(test)]
#[path = "condition_tests.rs"]
mod tests;
