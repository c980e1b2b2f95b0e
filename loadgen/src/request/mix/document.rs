//! The whole file: `defaults`, `tokens` and `scenarios`.

use super::reader::{Fields, Found, Problems};
use super::request::{FLOW_KEYS, KEYS, METHODS, expect, headers, request};
use super::tree;
use crate::request::catalogue::{Catalogue, Outline, ScenarioSpec, check};
use crate::request::common::{Common, Files, ReadFile, merged};
use crate::request::step::Step;
use crate::request::tokens::Tokens;
use std::sync::Arc;

/// Parses a mix. `file` names it in errors; `read` reads the files that it names.
pub fn parse(text: &str, file: &str, common: &Common, read: ReadFile<'_>) -> Result<Catalogue, Vec<String>> {
    let mut problems = Problems::new(file);
    let root = match tree::parse(text) {
        Ok(root) => root,
        Err((line, what)) => {
            problems.add(line, "", what);
            return Err(problems.into_lines());
        }
    };
    let specs = document(
        &Found::root(&root),
        common.clone(),
        &mut Files::new(read),
        &mut problems,
    );
    if !problems.is_empty() {
        return Err(problems.into_lines());
    }
    Catalogue::weighted(specs).map_err(|errors| {
        errors.into_iter().for_each(|what| problems.add(None, "", what));
        problems.into_lines()
    })
}

fn document(
    root: &Found<'_>,
    mut common: Common,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Vec<ScenarioSpec> {
    let top = root.fields(&["defaults", "tokens", "scenarios"], problems);
    if let Some(found) = top.get("tokens") {
        tokens(found, &mut common, files, problems);
    }
    if let Some(found) = top.get("defaults") {
        defaults(found, &mut common, problems);
    }
    let Some(scenarios) = top.get("scenarios") else {
        root.wrong(
            problems,
            "has no scenarios: write `scenarios: [{ name: NAME, get: /path }]`",
        );
        return Vec::new();
    };
    let (mut places, mut specs, mut outlines) = (Vec::new(), Vec::new(), Vec::new());
    let Some(list) = scenarios.list(problems) else {
        return Vec::new();
    };
    for found in list {
        let (spec, outline) = scenario(&found, &common, files, problems);
        specs.extend(spec);
        outlines.push(outline);
        places.push(found);
    }
    for (index, field, what) in check(&outlines) {
        match index.and_then(|index| places.get(index)) {
            Some(place) => problems.add(place.line, &place.join(field), what),
            None => scenarios.wrong(problems, what),
        }
    }
    specs
}

fn tokens(found: &Found<'_>, common: &mut Common, files: &mut Files<'_>, problems: &mut Problems<'_>) {
    let Some(file) = found.text(problems) else { return };
    let tokens = files.get(file).map_err(|what| vec![what]);
    match tokens.and_then(|text| Tokens::parse(text, file)) {
        Ok(tokens) => common.tokens = Some(Arc::new(tokens)),
        Err(errors) => errors.iter().for_each(|what| found.wrong(problems, what)),
    }
}

/// Wrong headers are told here once, not with every request.
fn defaults(found: &Found<'_>, common: &mut Common, problems: &mut Problems<'_>) {
    let fields = found.fields(&["headers", "expect"], problems);
    if let Some(at) = fields.get("headers") {
        let own = Common {
            headers: headers(at, problems),
            tokens: common.tokens.clone(),
            ..Common::default()
        };
        match own.check_headers() {
            Ok(()) => common.headers = merged(&common.headers, own.headers),
            Err(faults) => {
                for fault in faults {
                    problems.add(at.line, &found.join(&fault.field), fault.what);
                }
            }
        }
    }
    if let Some(expect) = fields.get("expect").and_then(|found| expect(found, problems)) {
        common.expect = expect;
    }
}

/// The scenario, if all of it is right, and what can be compared with the others in any case.
fn scenario(
    at: &Found<'_>,
    common: &Common,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> (Option<ScenarioSpec>, Outline) {
    let known = ["name", "weight", "flow"];
    let known = [&known[..], &METHODS, &KEYS, &FLOW_KEYS].concat();
    let fields = at.fields(&known, problems);
    let name = name(at, &fields, problems);
    let weight = match fields.get("weight") {
        Some(found) => found.number(problems),
        None => Some(1.0),
    };
    let is_flow = fields.get("flow").is_some();
    let (typed, steps) = match fields.get("flow") {
        Some(found) => match found.list(problems) {
            Some(steps) => (steps.len(), flow(&steps, common, files, problems)),
            None => (1, None),
        },
        None => {
            let mut kept = Vec::new();
            let name = name.as_deref().unwrap_or("unnamed");
            let step = request(at, &fields, name, common, &mut kept, files, problems);
            (1, step.map(|step| vec![step]))
        }
    };
    for (key, found) in fields.iter() {
        let of_step = METHODS.contains(key) || KEYS.contains(key) || FLOW_KEYS.contains(key);
        if is_flow && of_step {
            found.wrong(problems, "is given beside `flow`: it belongs to one of its steps");
        } else if !is_flow && FLOW_KEYS.contains(key) {
            found.wrong(problems, "belongs to a step: write it in a `flow`");
        }
    }
    let outline = Outline {
        name: name.clone(),
        weight: weight.unwrap_or(1.0),
        steps: typed,
    };
    let spec = name
        .zip(weight)
        .zip(steps)
        .map(|((name, weight), steps)| ScenarioSpec { name, weight, steps });
    (spec, outline)
}

fn name(at: &Found<'_>, fields: &Fields<'_>, problems: &mut Problems<'_>) -> Option<String> {
    let Some(found) = fields.get("name") else {
        at.wrong(problems, "has no name: write `name: NAME`");
        return None;
    };
    found.text(problems).map(str::to_owned)
}

/// The steps in their order, if all of them are right; a variable can be used from the step after that which keeps it.
fn flow(
    places: &[Found<'_>],
    common: &Common,
    files: &mut Files<'_>,
    problems: &mut Problems<'_>,
) -> Option<Vec<Step>> {
    let known = [&["name"][..], &METHODS, &KEYS, &FLOW_KEYS].concat();
    let mut kept = Vec::new();
    let mut steps = Vec::new();
    for at in places {
        let fields = at.fields(&known, problems);
        let name = name(at, &fields, problems);
        let label = name.as_deref().unwrap_or("unnamed");
        let step = request(at, &fields, label, common, &mut kept, files, problems);
        steps.extend(step.filter(|_| name.is_some()));
    }
    (steps.len() == places.len()).then_some(steps)
}
