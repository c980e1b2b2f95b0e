//! Routes against each other: their names, and which of two goes first.

use std::collections::BTreeMap;

use crate::config::raw::Value;
use crate::config::reader::{Errors, Found};
use crate::config::scalar;
use crate::route::{ALIKE_MAX, BadTable, Rule, Table};

/// What a route of the file came to: the parts that could be read.
pub(super) struct Read<'a> {
    pub(super) found: Found<'a>,
    pub(super) name: Option<String>,
    pub(super) rule: Option<Rule>,
}

/// The name of a route that is wrong elsewhere, for telling routes apart.
pub(super) fn name_alone(found: &Found<'_>) -> Option<String> {
    let Value::Map(map) = &found.node.value else {
        return None;
    };
    let name = &map.iter().find(|entry| entry.key == "name")?.node.value;
    scalar::name(name).ok()
}

pub(super) fn report_same_names(read: &[Read<'_>], errors: &mut Errors) {
    let mut first: BTreeMap<&str, &Found<'_>> = BTreeMap::new();
    for route in read {
        let Some(name) = &route.name else { continue };
        if let Some(before) = first.get(name.as_str()) {
            let path = format!("{}.name", route.found.path);
            errors.push(
                &path,
                route.found.node.at,
                format!("`{name}` is the name of {} already", before.path),
            );
        } else {
            first.insert(name, &route.found);
        }
    }
}

/// The table of the rules that could be read. Their places are those of the plan's routes whenever there
/// is no error, and only then is there a plan.
pub(super) fn table(read: &[Read<'_>], errors: &mut Errors) -> Table {
    let (of, rules): (Vec<&Read<'_>>, Vec<Rule>) = read
        .iter()
        .filter_map(|route| route.rule.clone().map(|rule| (route, rule)))
        .unzip();
    let mut report = |place: usize, message: String| {
        let found = &of[place].found;
        errors.push(&format!("{}.match", found.path), found.node.at, message);
    };
    match Table::try_new(&rules) {
        Ok(table) => return table,
        // the number of routes has been checked
        Err(BadTable::TooMany(_)) => {}
        Err(BadTable::TooManyAlike(crowds)) => {
            for crowd in crowds {
                let first = crowd.iter().min().map_or("", |first| &of[*first].found.path);
                for place in crowd.iter().skip(ALIKE_MAX) {
                    report(
                        *place,
                        format!(
                            "has host and path of {first} and {ALIKE_MAX} routes more: at most {ALIKE_MAX} are told apart by conditions"
                        ),
                    );
                }
            }
        }
        Err(BadTable::Ambiguous(pairs)) => {
            for pair in pairs {
                report(
                    pair.second,
                    ambiguity(of[pair.first], &rules[pair.first], &rules[pair.second]),
                );
            }
        }
    }
    Table::default()
}

/// What is wrong with the second of two rules.
fn ambiguity(first: &Read<'_>, own: &Rule, second: &Rule) -> String {
    let name = first
        .name
        .as_ref()
        .map_or(String::new(), |name| format!(" (`{name}`)"));
    let place = &first.found.path;
    if own.conditions.count() == 0 || own.conditions == second.conditions {
        return format!("matches the same requests as {place}{name}: same host, same path");
    }
    let count = match own.conditions.count() {
        1 => "one condition each".to_owned(),
        count => format!("{count} conditions each"),
    };
    format!(
        "one request can match this and {place}{name}, and neither goes first: same host, same path, {count}: \
         give one of them another condition, or make them exclude each other"
    )
}
