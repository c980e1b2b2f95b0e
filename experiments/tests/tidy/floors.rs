//! Crates know lower floors only, and some libraries are known to one crate alone, or to its tests alone.
//!
//! Development dependencies count too: a test that needs two crates of one floor lives in a crate above them.

use super::tree::Tree;

/// Floors from the ground up; crates of one floor are blind to each other.
const FLOORS: [&[&str]; 4] = [
    &["world", "http1", "workload", "charts"],
    &["gateway", "upstream-stub", "loadgen", "scenarios"],
    &["sim"],
    &["experiments"],
];
/// Workspaces of their own, which nothing here may depend on.
const OUTSIDE: [&str; 1] = ["fuzz"];
/// Libraries that one crate alone may have.
///
/// HTTP/1.1 is read and written by `http1`; hyper and httparse are second opinions that its tests ask. hyper will come
/// back for HTTP/2: then as a dependency of `gateway`, with a line here, and of nothing else that ships.
const RESERVED: [(&str, &str, Use); 6] = [
    ("turmoil", "sim", Use::Any),
    ("plotters", "charts", Use::Any),
    ("plotters-backend", "charts", Use::Any),
    ("hyper", "http1", Use::Tests),
    ("hyper-util", "http1", Use::Tests),
    ("httparse", "http1", Use::Tests),
];

/// What of a crate may use a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Any,
    Tests,
}

/// A line of a manifest that names a crate.
#[derive(Debug, PartialEq, Eq)]
struct Dependency {
    line: usize,
    name: String,
    /// Of `[dev-dependencies]`: nothing that ships has it.
    tests_only: bool,
}

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let floor = |name: &str| FLOORS.iter().position(|crates| crates.contains(&name));
    let mut out = Vec::new();
    for name in tree.crates().filter(|name| !OUTSIDE.contains(name)) {
        let Some(own) = floor(name) else {
            out.push(format!("{name}: no floor is written down for this crate"));
            continue;
        };
        let manifest = tree.text(&format!("{name}/Cargo.toml")).unwrap_or_default();
        for dependency in dependencies(manifest) {
            let place = format!("{name}/Cargo.toml:{}: {}", dependency.line, dependency.name);
            if floor(&dependency.name).is_some_and(|other| other >= own) {
                out.push(format!("{place} is not on a lower floor"));
            }
            if OUTSIDE.contains(&dependency.name.as_str()) {
                out.push(format!("{place} is no part of the workspace"));
            }
            out.extend(reserved(name, &dependency).map(|why| format!("{place} {why}")));
        }
    }
    for crate_name in FLOORS.concat() {
        if !tree.crates().any(|name| name == crate_name) {
            out.push(format!("{crate_name}: has a floor but does not exist"));
        }
    }
    out
}

/// Why `name` may not have it.
fn reserved(name: &str, dependency: &Dependency) -> Option<String> {
    let (_, owner, uses) = RESERVED
        .iter()
        .find(|(library, ..)| *library == dependency.name)?;
    match uses {
        Use::Any if *owner != name => Some(format!("belongs to {owner} alone")),
        Use::Tests if *owner != name || !dependency.tests_only => {
            Some(format!("belongs to the tests of {owner} alone"))
        }
        Use::Any | Use::Tests => None,
    }
}

/// What stands under every `[…dependencies]` and in every `[…dependencies.NAME]`.
fn dependencies(manifest: &str) -> Vec<Dependency> {
    let mut out = Vec::new();
    let (mut inside, mut tests_only) = (false, false);
    for (i, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default();
            let (table, name) = header.rsplit_once('.').unwrap_or((header, ""));
            inside = header.ends_with("dependencies");
            tests_only = if inside { header } else { table }.ends_with("dev-dependencies");
            if !inside && table.ends_with("dependencies") {
                out.push(Dependency {
                    line: i + 1,
                    name: name.to_owned(),
                    tests_only,
                });
            }
        } else if inside && !line.starts_with('#') {
            let name: &str = line.split(['.', '=', ' ']).next().unwrap_or_default();
            // a renamed dependency is known by its package
            let renamed = line
                .split("package = \"")
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            let name = renamed.unwrap_or(name);
            if !name.is_empty() {
                out.push(Dependency {
                    line: i + 1,
                    name: name.to_owned(),
                    tests_only,
                });
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_dependencies_upwards_and_sideways_are_found() {
        let mut files: Vec<(String, String)> = FLOORS
            .concat()
            .iter()
            .map(|name| (format!("{name}/Cargo.toml"), String::new()))
            .collect();
        for (path, text) in &mut files {
            match path.as_str() {
                "world/Cargo.toml" => *text = "[dependencies.gateway]\nworkspace = true\n".to_owned(),
                "charts/Cargo.toml" => *text = "[dev-dependencies]\nfuzz = { path = \"\" }\n".to_owned(),
                "gateway/Cargo.toml" => {
                    *text = "[dependencies]\nworld.workspace = true\n[dev-dependencies]\nload = { package = \"loadgen\" }\n\
                             turmoil = \"1\"\nhyper = \"1\"\n[features]\nsim = []\n"
                        .to_owned();
                }
                "http1/Cargo.toml" => {
                    *text = "[dependencies.hyper]\nversion = \"1\"\n[dependencies]\nhttparse = \"1\"\n\
                             [dev-dependencies]\nhttparse = \"1\"\n[dev-dependencies.hyper]\nversion = \"1\"\n"
                        .to_owned();
                }
                _ => {}
            }
        }
        files.push(("extra/Cargo.toml".to_owned(), String::new()));
        files.push(("fuzz/Cargo.toml".to_owned(), String::new()));
        let files: Vec<(&str, &str)> = files.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let expected = [
            "charts/Cargo.toml:2: fuzz is no part of the workspace",
            "extra: no floor is written down for this crate",
            "gateway/Cargo.toml:4: loadgen is not on a lower floor",
            "gateway/Cargo.toml:5: turmoil belongs to sim alone",
            "gateway/Cargo.toml:6: hyper belongs to the tests of http1 alone",
            "http1/Cargo.toml:1: hyper belongs to the tests of http1 alone",
            "http1/Cargo.toml:4: httparse belongs to the tests of http1 alone",
            "world/Cargo.toml:1: gateway is not on a lower floor",
        ];
        assert_eq!(check(&Tree::of(&files)), expected);
    }
}
