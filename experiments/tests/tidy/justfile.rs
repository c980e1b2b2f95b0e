//! The justfile is a list of short names: one commented line each, one for every experiment and scenario.
//!
//! What takes more than a line is a program of its own, which can be tested; a recipe cannot.

use super::code;
use super::tree::Tree;

/// A recipe: its name, its commands, and whether a comment stands above it.
struct Recipe<'a> {
    line: usize,
    name: &'a str,
    commands: Vec<&'a str>,
    commented: bool,
}

/// Recipes of more or less than one line, and those without a comment.
pub(crate) fn one_line(tree: &Tree) -> Vec<String> {
    let Some(text) = tree.text("justfile") else {
        return vec!["justfile: missing".to_owned()];
    };
    let mut out = Vec::new();
    for recipe in recipes(text) {
        if recipe.commands.len() != 1 {
            out.push(format!(
                "justfile:{}: {} has {} lines instead of one",
                recipe.line,
                recipe.name,
                recipe.commands.len()
            ));
        }
        if !recipe.commented {
            out.push(format!(
                "justfile:{}: {} has no comment above it",
                recipe.line, recipe.name
            ));
        }
    }
    out
}

/// Experiments (name, recipe) and scenarios that README or justfile do not know.
pub(crate) fn registries(tree: &Tree, experiments: &[(&str, &str)], scenarios: &[&str]) -> Vec<String> {
    let readme = tree.text("README.md").unwrap_or_default();
    let recipes = recipes(tree.text("justfile").unwrap_or_default());
    let mut out = Vec::new();
    let named = experiments.iter().map(|(name, _)| name).chain(scenarios);
    for name in named.filter(|name| !mentions(readme, name)) {
        out.push(format!("README.md: does not mention {name}"));
    }
    for (name, recipe) in experiments {
        let runs = |r: &Recipe<'_>| {
            r.name == *recipe
                && r.commands
                    .iter()
                    .any(|c| mentions(c, &format!("experiment {name}")))
        };
        if !recipes.iter().any(runs) {
            out.push(format!(
                "justfile: no recipe {recipe} that runs `cargo experiment {name}`"
            ));
        }
    }
    for name in scenarios {
        if !recipes
            .iter()
            .any(|r| r.commands.iter().any(|c| mentions(c, &format!("run {name}"))))
        {
            out.push(format!("justfile: no recipe that runs the scenario {name}"));
        }
    }
    out
}

/// Whether `name` stands in `text` as a word of its own, where "-" belongs to words.
fn mentions(text: &str, name: &str) -> bool {
    let part = |c: Option<char>| c.is_some_and(|c| c == '-');
    code::words(text, name)
        .any(|at| !part(text[..at].chars().next_back()) && !part(text[at + name.len()..].chars().next()))
}

fn recipes(text: &str) -> Vec<Recipe<'_>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = Vec::new();
    for (i, line) in lines.iter().enumerate() {
        let name = line.split([' ', ':']).next().unwrap_or_default();
        let named = !name.is_empty()
            && name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-".contains(c));
        if named && line.contains(':') && !line.contains(":=") {
            let indented = lines[i + 1..]
                .iter()
                .take_while(|l| l.starts_with([' ', '\t']) && !l.trim().is_empty());
            let commands = indented.map(|command| command.trim()).collect();
            let commented = i > 0 && lines[i - 1].starts_with('#');
            out.push(Recipe {
                line: i + 1,
                name,
                commands,
                commented,
            });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const JUSTFILE: &str = "\
set shell := [\"bash\", \"-c\"]\n\n# What a request costs.\ntax *ARGS:\n    cargo experiment tax {{ARGS}}\n\n\
long:\n    one\n    two\n\n# Nothing.\nnone:\n";

    #[test]
    fn planted_long_and_bare_recipes_are_found() {
        let found = one_line(&Tree::of(&[("justfile", JUSTFILE)]));
        let expected = [
            "justfile:7: long has 2 lines instead of one",
            "justfile:7: long has no comment above it",
            "justfile:12: none has 0 lines instead of one",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn planted_gaps_are_found() {
        let tree = Tree::of(&[
            ("justfile", JUSTFILE),
            ("README.md", "`cargo experiment tax`, retry-storm-2\n"),
        ]);
        assert!(registries(&tree, &[("tax", "tax")], &[]).is_empty());
        let found = registries(&tree, &[("tax", "taxes"), ("reuse", "reuse")], &["retry-storm"]);
        assert_eq!(found.len(), 5, "{found:?}");
    }
}
