//! The table against a model that looks at every rule, and the precedence in rows that one can read.

use proptest::prelude::*;

use super::{Ambiguous, BadTable, Host, PathRule, ROUTES_MAX, RouteId, Rule, Table};

/// `host path` or `path`, with `=` before an exact path: `a.com =/x`, `/y`.
fn rule(text: &str) -> Rule {
    let (host, path) = text
        .split_once(' ')
        .map_or((None, text), |(host, path)| (Some(host), path));
    let path = match path.strip_prefix('=') {
        Some(exact) => PathRule::exact(exact),
        None => PathRule::prefix(path),
    };
    Rule {
        host: host.map(|host| Host::try_new(host).unwrap()),
        path: path.unwrap(),
    }
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| rule(text)).collect()
}

/// Each request `host path`, with the rule that takes it.
fn check(texts: &[&str], requests: &[(&str, &str, Option<&str>)]) {
    let table = Table::try_new(&rules(texts)).unwrap();
    for (host, path, expected) in requests {
        let found = table.find(host, path).map(|id| texts[id.index()]);
        assert_eq!(found, *expected, "{host:?} {path:?}");
    }
}

#[test]
fn host_before_any_exact_before_prefix_longer_before_shorter() {
    check(
        &[
            "/",
            "/v1",
            "=/v1",
            "/v1/pay",
            "a.com /v1",
            "a.com =/v1/pay",
            "b.com =/only",
        ],
        &[
            ("c.com", "/", Some("/")),
            ("c.com", "/v1", Some("=/v1")),
            ("c.com", "/v1/", Some("/v1")),
            ("c.com", "/v1/x", Some("/v1")),
            ("c.com", "/v1/pay", Some("/v1/pay")),
            ("c.com", "/v1/pay/x", Some("/v1/pay")),
            ("c.com", "/v2", Some("/")),
            // the host's own rules go first, shorter or not
            ("a.com", "/v1", Some("a.com /v1")),
            ("a.com", "/v1/pay", Some("a.com =/v1/pay")),
            ("a.com", "/v1/pay/x", Some("a.com /v1")),
            // and give way where they do not match
            ("a.com", "/other", Some("/")),
            ("b.com", "/only", Some("b.com =/only")),
            ("b.com", "/only/", Some("/")),
            ("b.com", "/v1/pay", Some("/v1/pay")),
        ],
    );
}

#[test]
fn prefixes_match_whole_segments() {
    check(
        &["/a", "/a/b/c", "=/x/"],
        &[
            ("h", "/a", Some("/a")),
            ("h", "/a/", Some("/a")),
            ("h", "/a/b", Some("/a")),
            ("h", "/a/b/c", Some("/a/b/c")),
            ("h", "/a/b/cd", Some("/a")),
            ("h", "/a/b/c/d", Some("/a/b/c")),
            ("h", "/ab", None),
            ("h", "/a!b", None),
            ("h", "/A", None),
            ("h", "/", None),
            ("h", "/x", None),
            ("h", "/x/", Some("=/x/")),
        ],
    );
}

#[test]
fn hosts_compare_without_case_port_and_trailing_dot() {
    check(
        &["shop.com /", "[::1] /", "10.0.0.1 /"],
        &[
            ("shop.com", "/", Some("shop.com /")),
            ("SHOP.Com", "/", Some("shop.com /")),
            ("shop.com:8080", "/", Some("shop.com /")),
            ("Shop.com.:80", "/", Some("shop.com /")),
            ("[::1]:8080", "/", Some("[::1] /")),
            ("10.0.0.1:1", "/", Some("10.0.0.1 /")),
            ("a.shop.com", "/", None),
            ("shop.comm", "/", None),
            ("shop.co", "/", None),
            ("", "/", None),
        ],
    );
}

#[test]
fn what_is_no_path_matches_nothing() {
    check(
        &["/"],
        &[
            ("h", "", None),
            ("h", "*", None),
            ("h", "a", None),
            ("h", "/", Some("/")),
        ],
    );
}

#[test]
fn an_empty_table_finds_nothing() {
    check(&[], &[("h", "/", None)]);
}

#[test]
fn equal_rules_are_ambiguous_and_all_named() {
    let table = Table::try_new(&rules(&["/a", "a.com /a", "=/a", "A.com /a", "/b", "/a", "/a"]));
    let pair = |first, second| Ambiguous { first, second };
    assert_eq!(
        table,
        Err(BadTable::Ambiguous(vec![pair(1, 3), pair(0, 5), pair(0, 6)]))
    );
}

#[test]
fn the_number_of_routes_is_bounded() {
    let many: Vec<Rule> = (0..=ROUTES_MAX).map(|n| rule(&format!("/{n}"))).collect();
    assert!(Table::try_new(&many[..ROUTES_MAX]).is_ok());
    assert_eq!(Table::try_new(&many), Err(BadTable::TooMany(ROUTES_MAX + 1)));
    assert_eq!(RouteId::from_index(ROUTES_MAX), None);
    assert_eq!(
        RouteId::from_index(ROUTES_MAX - 1).map(RouteId::number),
        Some(9_999)
    );
}

/// The model: every rule is looked at, and of those that match the one of the highest rank is taken.
fn linear(rules: &[Rule], host: &str, path: &str) -> Option<usize> {
    let host = host.split(':').next().unwrap_or(host).to_lowercase();
    let segments = |path: &str| -> Vec<String> { path.split('/').skip(1).map(str::to_owned).collect() };
    let matches = |rule: &&Rule| {
        let own = rule.host.as_ref().is_none_or(|own| own.as_str() == host);
        let of_rule = if rule.path.path() == "/" {
            Vec::new()
        } else {
            segments(rule.path.path())
        };
        let path_matches = match rule.path.is_exact() {
            true => rule.path.path() == path,
            false => segments(path).starts_with(&of_rule),
        };
        own && path_matches
    };
    let rank = |rule: &Rule| (rule.host.is_some(), rule.path.is_exact(), rule.path.path().len());
    rules
        .iter()
        .enumerate()
        .filter(|(_, rule)| matches(rule))
        .max_by_key(|(_, rule)| rank(rule))
        .map(|(at, _)| at)
}

/// Few letters and few segments, so that rules overlap and requests hit them; `!` sorts before `/`, and
/// `0` right after it.
fn path() -> impl Strategy<Value = String> {
    prop::collection::vec("[ab!0]{1,2}", 0..5).prop_map(|segments| format!("/{}", segments.join("/")))
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let host = prop::option::of(prop::sample::select(vec!["a", "b", "a.b", "B.a"]));
    (host, path(), any::<bool>(), any::<bool>()).prop_map(|(host, path, exact, slash)| {
        let slash = if exact && slash && path != "/" { "/" } else { "" };
        let text = format!("{}{path}{slash}", if exact { "=" } else { "" });
        rule(&host.map_or(text.clone(), |host| format!("{host} {text}")))
    })
}

fn request() -> impl Strategy<Value = (String, String)> {
    let host = prop::sample::select(vec!["a", "b", "A", "a.b:80", "b.a", "c", ""]);
    (host, path(), any::<bool>()).prop_map(|(host, path, slash)| {
        let slash = if slash && path != "/" { "/" } else { "" };
        (host.to_owned(), format!("{path}{slash}"))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn finds_what_a_linear_scan_finds(
        rules in prop::collection::vec(any_rule(), 0..40),
        requests in prop::collection::vec(request(), 1..40),
    ) {
        let mut once: Vec<Rule> = Vec::new();
        for rule in rules {
            if !once.contains(&rule) {
                once.push(rule);
            }
        }
        let table = Table::try_new(&once).expect("no two rules are equal");
        for (host, path) in requests {
            let found = table.find(&host, &path).map(RouteId::index);
            prop_assert_eq!(found, linear(&once, &host, &path), "{} {}", host, path);
        }
    }

    /// A table is made exactly when no two rules are equal, and names every later one of those that are.
    #[test]
    fn ambiguity_is_equality(rules in prop::collection::vec(any_rule(), 0..30)) {
        let first = |at: usize| rules.iter().position(|rule| *rule == rules[at]).filter(|&first| first < at);
        let pairs: Vec<Ambiguous> = (0..rules.len())
            .filter_map(|second| first(second).map(|first| Ambiguous { first, second }))
            .collect();
        match Table::try_new(&rules) {
            Ok(_) => prop_assert!(pairs.is_empty()),
            Err(error) => prop_assert_eq!(error, BadTable::Ambiguous(pairs)),
        }
    }

    /// Any text may be asked for.
    #[test]
    fn any_request_is_judged(host in "\\PC{0,12}", path in "/?\\PC{0,12}") {
        let table = Table::try_new(&rules(&["/", "a /b", "=/c"])).unwrap();
        prop_assert_eq!(table.find(&host, &path).is_some(), path.starts_with('/'));
    }
}
