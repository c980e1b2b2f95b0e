//! Rules and actions as they are written, each with what the plan has to say of it.

use gateway::route::Action;

/// An action as it will be written, and whether the plan's is that one.
pub(super) type ActionText = (&'static str, fn(&Action) -> bool);

#[derive(Debug, Clone, Copy)]
pub(super) enum Path {
    Prefix,
    Exact,
    Template,
}

pub(super) const CONDITIONS: [&str; 4] = [
    "methods: [GET, PURGE]",
    "headers: { X-One: { present: false }, \"x-two\": { present: false } }",
    "cookies: { k: { present: false } }",
    "query: { \"é: &{}\": { present: false } }",
];

/// `U` stands for the name of an upstream.
pub(super) const ACTIONS: [ActionText; 9] = [
    (
        "split: [{ upstream: U, weight: 90 }], override: { header: X-Canary }",
        |action| matches!(action, Action::Split(split) if split.by().is_some() && split.branches()[0].weight == 90),
    ),
    (
        "split: [{ upstream: U, weight: 1 }], override: { cookie: canary }",
        |action| matches!(action, Action::Split(split) if split.by().is_some()),
    ),
    (
        "split: [{ upstream: U, weight: 10000 }]",
        |action| matches!(action, Action::Split(split) if split.by().is_none()),
    ),
    (
        "redirect: { scheme: https }",
        |action| matches!(action, Action::Redirect(redirect) if redirect.status == 302 && redirect.host.is_none()),
    ),
    (
        "redirect: { status: 308, host: \"B.example:8443\", path: /x }",
        |action| matches!(action, Action::Redirect(redirect) if redirect.status == 308 && redirect.path.is_some()),
    ),
    (
        "redirect: { scheme: http, host: \"[::1]\" }",
        |action| matches!(action, Action::Redirect(redirect) if redirect.host.is_some()),
    ),
    (
        "respond: { status: 204 }",
        |action| matches!(action, Action::Respond(fixed) if fixed.status == 204 && fixed.content_type.is_none()),
    ),
    (
        "respond: { status: 503, body: \"a\\r\\n\\té\\u2028 \" }",
        |action| matches!(action, Action::Respond(fixed) if &*fixed.body == "a\r\n\té\u{2028} "),
    ),
    (
        "respond: { status: 200, body: \"{}\", content_type: application/json }",
        |action| matches!(action, Action::Respond(fixed) if fixed.content_type.as_deref() == Some("application/json")),
    ),
];
