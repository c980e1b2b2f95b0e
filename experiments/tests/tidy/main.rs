//! House rules that neither compiler nor linter knows, checked on the text of the repository.
//!
//! One module per kind of rule. Each rule is a pure function from a [`tree::Tree`] of files to a list of violations,
//! so that every rule is itself tested on a small tree with a planted violation: a rule that cannot fail checks
//! nothing. The tests here run the rules on the real tree and print all violations at once.
//!
//! Rules read text, not syntax trees: comments and literals are blanked out first ([`code`]), which is enough for
//! what they look for and needs no parser. They do not see into macros.

mod bans;
mod code;
mod docs;
mod floors;
mod graph;
mod imports;
mod justfile;
mod leaks;
mod nested;
mod ranks;
mod seams;
mod sizes;
mod tree;

use tree::Tree;

/// Fails with every violation, one a line.
fn hold(violations: Vec<String>) {
    assert!(
        violations.is_empty(),
        "{} violations:\n{}",
        violations.len(),
        violations.join("\n")
    );
}

#[test]
fn every_source_file_says_what_it_is_for() {
    hold(docs::headed(&Tree::workspace()));
}

#[test]
fn crates_know_lower_floors_only() {
    hold(floors::check(&Tree::workspace()));
}

#[test]
fn modules_import_lower_ranks_only() {
    hold(ranks::check(&Tree::workspace()));
}

#[test]
fn libraries_stay_behind_their_seams() {
    hold(seams::check(&Tree::workspace()));
}

#[test]
fn nested_modules_do_not_import_each_other_in_circles() {
    hold(nested::check(&Tree::workspace()));
}

#[test]
fn files_and_functions_fit_a_screen_or_so() {
    let tree = Tree::workspace();
    println!("median length of a source file: {} lines", sizes::median(&tree));
    hold(sizes::check(&tree));
}

#[test]
fn time_chance_and_order_come_in_by_one_door() {
    hold(bans::side_doors(&Tree::workspace()));
}

#[test]
fn nothing_is_left_unfinished_or_switched_off() {
    hold(bans::unfinished(&Tree::workspace()));
}

#[test]
fn what_the_documents_name_exists() {
    hold(docs::paths(&Tree::workspace()));
}

#[test]
fn licences_and_documents_are_there() {
    hold(docs::required(&Tree::workspace()));
}

#[test]
fn experiments_and_scenarios_are_in_readme_and_justfile() {
    let experiments: Vec<(&str, &str)> = experiments::exp::registry()
        .iter()
        .map(|e| (e.name, e.recipe))
        .collect();
    let scenarios: Vec<&str> = scenarios::SCENARIOS.iter().map(|entry| entry.name).collect();
    hold(justfile::registries(&Tree::workspace(), &experiments, &scenarios));
}

#[test]
fn recipes_are_one_commented_line_each() {
    hold(justfile::one_line(&Tree::workspace()));
}

#[test]
fn nothing_names_a_machine() {
    hold(leaks::check(&Tree::workspace()));
}
