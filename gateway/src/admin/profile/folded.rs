//! As text, one line for each stack: `thread;outermost;…;innermost count`. Tools for flame graphs read it, and so do people.

use super::samples::{Samples, Stack};
use std::collections::BTreeMap;

pub(super) fn folded(samples: &Samples) -> String {
    // stacks that differ in line numbers alone are one here
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for stack in &samples.stacks {
        *counts.entry(names(stack)).or_default() += stack.count;
    }
    let lines = counts.iter().map(|(names, count)| format!("{names} {count}\n"));
    lines.collect()
}

fn names(stack: &Stack) -> String {
    let functions = stack.frames.iter().rev().map(|frame| frame.function.as_str());
    let all = [stack.thread.as_str()].into_iter().chain(functions);
    // `;` stands between names, and in some: `[u8; 4]`
    let all: Vec<String> = all.map(|name| name.replace(';', ":")).collect();
    all.join(";")
}

#[cfg(test)]
mod tests {
    use super::super::samples::sample;
    use super::folded;

    #[test]
    fn a_line_for_each_stack_of_names() {
        let text = "worker-0;main;f: [u8: 4] 5\nworker-0;main;g 1\nworker-1;main;g 2\n";
        assert_eq!(folded(&sample()), text);
    }
}
