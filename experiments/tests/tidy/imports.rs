//! The paths that a file's `use` declarations name, groups spelled out.

use super::code;

/// Every imported path with the position of its `use`: `use a::{b, c::{self, d as e}}` gives `a::b`, `a::c`, `a::c::d`.
pub(crate) fn of(code: &str) -> Vec<(usize, String)> {
    let mut out = Vec::new();
    for at in code::words(code, "use") {
        // `use` opens a declaration only where an item may stand
        let before = code[..at].trim_end();
        let item =
            before.is_empty() || before.ends_with([';', '}', '{', ']', ')']) || before.ends_with("pub");
        if let Some(end) = code[at..].find(';').filter(|_| item) {
            let tree: String = code[at + 3..at + end]
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ");
            spell_out("", &tree, &mut |path| out.push((at, path)));
        }
    }
    out
}

fn spell_out(prefix: &str, tree: &str, found: &mut impl FnMut(String)) {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else {
        let path = tree.split(" as ").next().unwrap_or(tree).trim();
        let whole = format!("{prefix}{path}");
        found(whole.strip_suffix("::self").map(str::to_owned).unwrap_or(whole));
        return;
    };
    let prefix = format!("{prefix}{}", tree[..open].trim());
    let inner = tree[open + 1..].trim_end().trim_end_matches('}');
    let (mut depth, mut start) = (0_i32, 0);
    for (i, c) in inner.char_indices().chain([(inner.len(), ',')]) {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth <= 0 || i == inner.len() => {
                let part = &inner[start..i];
                if !part.trim().is_empty() {
                    // trimming took the braces of a last nested group along
                    let closing = part
                        .matches('{')
                        .count()
                        .saturating_sub(part.matches('}').count());
                    spell_out(&prefix, &format!("{part}{}", "}".repeat(closing)), found);
                }
                start = i + 1;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn groups_are_spelled_out() {
        let paths = |code: &str| of(code).into_iter().map(|(_, path)| path).collect::<Vec<_>>();
        assert_eq!(paths("use a::b;"), ["a::b"]);
        assert_eq!(
            paths("pub(crate) use a::{self, b as c, d::{e, f::{g}}};"),
            ["a", "a::b", "a::d::e", "a::d::f::g"]
        );
        assert_eq!(paths("use {a::b,\n    c::*,\n};"), ["a::b", "c::*"]);
        assert_eq!(paths("let reuse = 1; fn f() { use x::y; }"), ["x::y"]);
    }
}
