//! Whatever `Connection` nominates never reaches the other side, in any case and repetition, with edits in force too; and what is
//! nobody's to send does not either.
//!
//! Every field's value says whose it is, so a field of the same name that the gateway or an edit has written is no leak.

use super::*;
use proptest::option::of;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// Names that something is done with, and a few that nothing is.
const NAMES: [&str; 16] = [
    "accept",
    "cookie",
    "authorization",
    "x-a",
    "x-b",
    "x_a",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "forwarded",
    "x-real-ip",
    "x-request-id",
    "x-user-id",
    "X_Tenant_Id",
    "set-cookie",
    "etag",
];

/// What edits there may be, as YAML; each is valid beside each of the others.
const REQUEST: [&str; 4] = [
    "set: { x-a: ours, x-forwarded-for: ours }",
    "add: { x-b: [ours, ours], cookie: ours }",
    "remove: [accept, x-request-id]",
    "allow: [x-a, x-b, cookie, x_a, authorization]",
];

const RESPONSE: [&str; 3] = [
    "set: { x-a: ours }",
    "add: { x-b: ours, set-cookie: ours }",
    "remove: [accept, etag]",
];

/// Each letter in a case of its own.
fn in_some_case(name: String, cases: u64) -> String {
    let letters = name.chars().enumerate();
    let case = |(place, letter): (usize, char)| {
        if cases >> (place % 64) & 1 == 1 {
            letter.to_ascii_uppercase()
        } else {
            letter.to_ascii_lowercase()
        }
    };
    letters.map(case).collect()
}

fn name() -> impl Strategy<Value = String> {
    (select(NAMES.as_slice()), any::<u64>()).prop_map(|(name, cases)| in_some_case(name.to_owned(), cases))
}

/// Options of `Connection`, over several fields, with blanks and empty members.
fn connection() -> impl Strategy<Value = Vec<String>> {
    let option = prop_oneof![4 => name(), 1 => Just("close".to_owned()), 1 => Just(String::new())];
    let list = prop::collection::vec(option, 1..5);
    let list = (list, select(vec![",", ", ", " ,\t"])).prop_map(|(list, comma)| list.join(comma));
    prop::collection::vec(list, 0..4)
}

fn message() -> impl Strategy<Value = (Vec<(String, String)>, Vec<String>)> {
    let fields = prop::collection::vec(name(), 0..24);
    (fields, connection()).prop_map(|(names, connection)| {
        let mut fields = vec![("Host".to_owned(), "a".to_owned())];
        // nominations before, between and after what they nominate
        let mut lists = connection
            .iter()
            .map(|list| ("Connection".to_owned(), list.clone()));
        fields.extend(lists.next());
        fields.extend(names.into_iter().map(|name| (name, "theirs".to_owned())));
        fields.extend(lists);
        (fields, connection)
    })
}

fn is_nominated(connection: &[String], name: &str) -> bool {
    let options = connection.iter().flat_map(|list| list.split(',')).map(str::trim);
    options
        .into_iter()
        .any(|option| option.eq_ignore_ascii_case(name))
}

fn pairs(fields: &[(String, String)]) -> Vec<(&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn theirs(seen: &[String]) -> Vec<&str> {
    let lines = seen.iter().filter(|line| line.contains("theirs"));
    lines.filter_map(|line| line.split(": ").next()).collect()
}

proptest! {
    #[test]
    fn upwards(
        (fields, connection) in message(),
        trusted in any::<bool>(),
        edits in of(subsequence(REQUEST.to_vec(), 0..=4)),
        mode in select(vec!["none", "x-forwarded", "rfc7239", "both"]),
        (request_id, real_ip) in any::<(bool, bool)>(),
    ) {
        let edited = edits.is_some();
        let edits = edits.map_or(String::new(), |edits| {
            format!(", headers: {{ request: {{ {} }} }}", edits.join(", "))
        });
        let options = format!(", forwarded: {mode}, request_id: {request_id}, real_ip: {real_ip}{edits}");
        let seen = upstream_sees(&pairs(&fields), trusted, &options);
        for name in theirs(&seen) {
            prop_assert!(!is_nominated(&connection, name), "{name} in {seen:?}");
            prop_assert!(!["x-user-id", "x_tenant_id"].contains(&name), "{name} in {seen:?}");
            let of_hops = ["x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "x-real-ip"];
            prop_assert!(trusted || !of_hops.contains(&name), "{name} in {seen:?}");
        }
        prop_assert_eq!(seen.iter().filter(|line| line.starts_with("host: ")).count(), 1);
        prop_assert!(!seen.iter().any(|line| line.starts_with("connection: ")));
        if !edited {
            // nothing else is lost: every other field is there as often as it came
            for name in ["accept", "cookie", "authorization", "x-b", "etag"] {
                let came = fields.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name)).count();
                let expected = if is_nominated(&connection, name) { 0 } else { came };
                prop_assert_eq!(theirs(&seen).iter().filter(|other| **other == name).count(), expected);
            }
        }
    }

    #[test]
    fn downwards(
        (fields, connection) in message(),
        edits in of(subsequence(RESPONSE.to_vec(), 0..=3)),
        security in any::<bool>(),
    ) {
        let edits = edits.map_or(String::new(), |edits| format!("response: {{ {} }}, ", edits.join(", ")));
        let options = format!(", headers: {{ {edits}security: {security} }}");
        let seen = client_sees(&pairs(&fields[1..]), None, &options);
        for name in theirs(&seen) {
            prop_assert!(!is_nominated(&connection, name), "{name} in {seen:?}");
        }
        prop_assert!(!seen.iter().any(|line| line.starts_with("connection: ")));
    }
}
