//! Crates know lower floors only, and turmoil is known to the simulator alone.
//!
//! Development dependencies count too: a test that needs two crates of one floor lives in a crate above them.

use super::tree::Tree;

/// Floors from the ground up; crates of one floor are blind to each other.
const FLOORS: [&[&str]; 4] = [
    &["world", "http1", "workload", "charts"],
    &["gateway", "upstream-stub", "loadgen"],
    &["sim"],
    &["experiments"],
];
/// Workspaces of their own, which nothing here may depend on.
const OUTSIDE: [&str; 1] = ["fuzz"];
/// Dependencies that one crate alone may have.
const RESERVED: [(&str, &str); 1] = [("turmoil", "sim")];

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    let floor = |name: &str| FLOORS.iter().position(|crates| crates.contains(&name));
    let mut out = Vec::new();
    for name in tree.crates().filter(|name| !OUTSIDE.contains(name)) {
        let Some(own) = floor(name) else {
            out.push(format!("{name}: no floor is written down for this crate"));
            continue;
        };
        let manifest = tree.text(&format!("{name}/Cargo.toml")).unwrap_or_default();
        for (line, dependency) in dependencies(manifest) {
            if floor(&dependency).is_some_and(|other| other >= own) {
                out.push(format!(
                    "{name}/Cargo.toml:{line}: {dependency} is not on a lower floor"
                ));
            }
            if OUTSIDE.contains(&dependency.as_str()) {
                out.push(format!(
                    "{name}/Cargo.toml:{line}: {dependency} is no part of the workspace"
                ));
            }
            if let Some((_, owner)) = RESERVED
                .iter()
                .find(|(d, owner)| *d == dependency && *owner != name)
            {
                out.push(format!(
                    "{name}/Cargo.toml:{line}: {dependency} belongs to {owner} alone"
                ));
            }
        }
    }
    for crate_name in FLOORS.concat() {
        if !tree.crates().any(|name| name == crate_name) {
            out.push(format!("{crate_name}: has a floor but does not exist"));
        }
    }
    out
}

/// The names under every `[…dependencies]` and of every `[…dependencies.NAME]`, with their lines.
fn dependencies(manifest: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    let mut inside = false;
    for (i, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default();
            inside = header.ends_with("dependencies");
            if let Some((table, name)) = header.rsplit_once('.')
                && table.ends_with("dependencies")
            {
                out.push((i + 1, name.to_owned()));
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
                out.push((i + 1, name.to_owned()));
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
                             turmoil = \"1\"\n[features]\nsim = []\n"
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
            "world/Cargo.toml:1: gateway is not on a lower floor",
        ];
        assert_eq!(check(&Tree::of(&files)), expected);
    }
}
