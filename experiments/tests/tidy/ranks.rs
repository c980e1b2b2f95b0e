//! Inside a crate a module imports lower ranks only; siblings of one rank are blind to each other.
//!
//! The table is the one that each crate's `lib.rs` states in words. A module without a rank is a violation, and so is
//! a rank without its module: the table cannot fall behind. Circles are impossible where the ranks hold.

use super::graph::Graph;
use super::tree::Tree;

/// Of each crate the ranks of its top-level modules, lowest first.
type Table<'a> = &'a [(&'a str, &'a [&'a [&'a str]])];

const RANKS: Table<'static> = &[
    ("world", &[&["listen", "probe", "seed"], &["traits"], &["real"]]),
    (
        "http1",
        &[
            &["word"],
            &["head"],
            &["framing", "write"],
            &["connection"],
            &["io"],
        ],
    ),
    // its modules are those of http1's tests, which look at anything
    ("fuzz", &[]),
    ("workload", &[&["dist", "queue", "schedule"]]),
    (
        "charts",
        &[
            &["error", "theme", "ramp", "width", "number", "spread", "verdict"],
            &["escape", "scale", "style"],
            &["backend"],
            &["canvas"],
            &["text"],
            &["frame"],
            &["xy", "bar", "flame", "table"],
            &["line", "percentile", "panels", "heat_map", "page"],
            &["gallery"],
        ],
    ),
    (
        "gateway",
        &[
            &["planted"],
            &["error", "ids", "event", "message", "share", "alloc"],
            &[
                "route",
                "balance",
                "health",
                "breaker",
                "retry",
                "limit",
                "transform",
                "trace",
            ],
            &["state", "observe"],
            &["config"],
            &["pool", "snapshot", "reload"],
            &["proxy", "tasks", "admin"],
            &["server"],
            &["app"],
            &["process"],
        ],
    ),
    (
        "upstream-stub",
        &[
            &["event", "units", "pattern", "cpu", "line", "message"],
            &["behaviour", "ledger", "marks"],
            &["script", "chance", "wish", "frames", "opening"],
            &["replica"],
            &["session"],
            &["outgoing"],
            &["exchange"],
            &["http"],
            &["server", "control"],
            &["cli"],
        ],
    ),
    (
        "loadgen",
        &[
            &["event", "null"],
            &["request", "transport"],
            &["http"],
            &["job"],
            &["pool", "record"],
            &["shard", "report"],
            &["results"],
            &["pictures"],
            &["cli"],
        ],
    ),
    (
        "scenarios",
        &[
            &["text", "names", "knobs", "adapts", "tunnel_way"],
            &[
                "again",
                "balance",
                "breaker",
                "expectation",
                "fault",
                "health",
                "lives",
                "route",
                "tunnels",
            ],
            &["config"],
            &["model", "bounds", "policies", "swarm_breaker", "swarm_health"],
            &["plan", "picks", "rolling", "script", "swarm_overload"],
            &[
                "containment",
                "crash",
                "drain",
                "fleets",
                "hedge",
                "herd",
                "hysteresis",
                "overload",
                "reload",
                "retry_storm",
                "slow_upstream",
                "swarm",
            ],
            &["registry"],
        ],
    ),
    (
        "sim",
        &[
            &["trace"],
            &[
                "world", "oracles", "account", "coverage", "document", "fleet", "veil",
            ],
            &["parts", "judge", "source"],
            &["stage", "story"],
            &["run"],
            &[
                "report", "narrate", "picture", "perfetto", "shrink", "replay", "sweep", "golden",
            ],
            &["selfcheck", "cli"],
        ],
    ),
    (
        "experiments",
        &[
            &["failure", "scale", "stats"],
            &["workspace", "console"],
            &["claims", "provenance", "stand"],
            &["measure", "report"],
            &["play", "trend"],
            &["exp"],
            &["runner"],
            &["cli"],
        ],
    ),
];

pub(crate) fn check(tree: &Tree) -> Vec<String> {
    against(tree, RANKS)
}

fn against(tree: &Tree, table: Table<'_>) -> Vec<String> {
    let mut out = Vec::new();
    for name in tree.crates() {
        let Some((_, ranks)) = table.iter().find(|(crate_name, _)| *crate_name == name) else {
            out.push(format!("{name}: no ranks are written down for this crate"));
            continue;
        };
        let rank = |module: &str| ranks.iter().position(|modules| modules.contains(&module));
        let graph = Graph::of(tree, name);
        let tops: Vec<&str> = graph
            .modules
            .iter()
            .filter(|m| m.len() == 1)
            .map(|m| m[0].as_str())
            .collect();
        out.extend(
            tops.iter()
                .filter(|top| rank(top).is_none())
                .map(|top| format!("{name}: {top} has no rank")),
        );
        let gone = ranks
            .iter()
            .flat_map(|modules| modules.iter())
            .filter(|module| !tops.contains(module));
        out.extend(gone.map(|module| format!("{name}: {module} has a rank but does not exist")));
        for edge in graph.edges.iter().filter(|edge| edge.level.is_empty()) {
            if let (Some(from), Some(to)) = (rank(&edge.from), rank(&edge.to))
                && from <= to
            {
                let why = if from == to {
                    "a sibling"
                } else {
                    "of a higher rank"
                };
                out.push(format!(
                    "{}: {} imports {}, which is {why}",
                    edge.place, edge.from, edge.to
                ));
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn planted_imports_upwards_and_sideways_are_found() {
        let tree = Tree::of(&[
            ("a/Cargo.toml", ""),
            ("a/src/lib.rs", "mod low; mod left; mod right; mod new;\n"),
            ("a/src/low.rs", "use crate::left::X;\n"),
            ("a/src/left.rs", "use crate::low::Y;\nuse crate::right::Z;\n"),
            ("a/src/right.rs", ""),
            ("a/src/new.rs", ""),
            ("b/Cargo.toml", ""),
        ]);
        let found = against(&tree, &[("a", &[&["low"], &["left", "right"], &["old"]])]);
        let expected = [
            "a: new has no rank",
            "a: old has a rank but does not exist",
            "a/src/left.rs:2: left imports right, which is a sibling",
            "a/src/low.rs:1: low imports left, which is of a higher rank",
            "b: no ranks are written down for this crate",
        ];
        assert_eq!(found, expected);
    }

    /// A rule that sees nothing finds nothing.
    #[test]
    fn the_real_modules_are_seen() {
        let check = |crate_name: &str, pairs: &[(&str, &str)]| {
            let graph = Graph::of(&Tree::workspace(), crate_name);
            for (from, to) in pairs {
                assert!(
                    graph
                        .edges
                        .iter()
                        .any(|edge| edge.from == *from && edge.to == *to),
                    "{crate_name}: {from} imports {to}, and the rule does not see it"
                );
            }
        };
        check(
            "gateway",
            &[
                ("app", "server"),
                ("server", "proxy"),
                ("proxy", "pool"),
                ("config", "route"),
            ],
        );
        check(
            "http1",
            &[
                ("io", "connection"),
                ("connection", "framing"),
                ("framing", "head"),
                ("write", "head"),
            ],
        );
    }

    #[test]
    fn the_gateways_policies_and_its_admin_are_where_the_design_puts_them() {
        let (_, ranks) = RANKS
            .iter()
            .find(|(name, _)| *name == "gateway")
            .expect("it has ranks");
        let rank = |module: &str| {
            ranks
                .iter()
                .position(|modules| modules.contains(&module))
                .expect("it has one")
        };
        assert_eq!(
            rank("admin"),
            rank("proxy"),
            "admin never imports proxy: siblings are blind"
        );
        let order = [
            "error", "route", "state", "config", "pool", "proxy", "server", "app",
        ];
        assert!(order.windows(2).all(|pair| rank(pair[0]) < rank(pair[1])));
    }
}
