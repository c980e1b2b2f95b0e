//! The precedence in rows that one can read.

use super::{Ambiguous, BadTable, Conditions, Head, Host, PathRule, ROUTES_MAX, RouteId, Rule, Table};

/// `host path` or `path`, with `=` before an exact path, `~` before a template: `a.com =/x`, `/y`, `~/{z}`.
fn rule(text: &str) -> Rule {
    let (host, path) = text
        .split_once(' ')
        .map_or((None, text), |(host, path)| (Some(host), path));
    let path = match (path.strip_prefix('='), path.strip_prefix('~')) {
        (Some(exact), _) => PathRule::exact(exact),
        (None, Some(template)) => PathRule::template(template),
        (None, None) => PathRule::prefix(path),
    };
    Rule {
        host: host.map(|host| Host::try_new(host).unwrap()),
        path: path.unwrap(),
        conditions: Conditions::default(),
    }
}

fn rules(texts: &[&str]) -> Vec<Rule> {
    texts.iter().map(|text| rule(text)).collect()
}

/// Each request `host path`, with the rule that takes it.
fn check(texts: &[&str], requests: &[(&str, &str, Option<&str>)]) {
    let table = Table::try_new(&rules(texts)).unwrap();
    for (host, path, expected) in requests {
        let found = table
            .find(&Head::get(host, path))
            .ok()
            .map(|id| texts[id.index()]);
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
fn exact_hosts_before_wildcards_and_longer_before_shorter() {
    check(
        &[
            "*.shop.com /",
            "*.eu.shop.com /eu",
            "api.eu.shop.com =/only",
            "/any",
            "*.com /com",
        ],
        &[
            ("a.shop.com", "/", Some("*.shop.com /")),
            ("A.b.Shop.com.:80", "/", Some("*.shop.com /")),
            ("shop.com", "/", None),
            ("shop.com", "/com", Some("*.com /com")),
            (".shop.com", "/com", Some("*.com /com")),
            ("xshop.com", "/", None),
            ("a.eu.shop.com", "/eu", Some("*.eu.shop.com /eu")),
            ("a.eu.shop.com", "/", Some("*.shop.com /")),
            ("api.eu.shop.com", "/only", Some("api.eu.shop.com =/only")),
            ("api.eu.shop.com", "/eu", Some("*.eu.shop.com /eu")),
            ("api.eu.shop.com", "/x", Some("*.shop.com /")),
            ("b.com", "/com/x", Some("*.com /com")),
            ("b.org", "/any", Some("/any")),
            ("", "/any", Some("/any")),
        ],
    );
    // whatever the order in the file, and however long the host
    let labels = "a.".repeat(200) + "shop.com";
    check(
        &["*.shop.com /"],
        &[(&labels, "/", None), ("com", "/", None), ("..", "/", None)],
    );
}

#[test]
fn exact_before_templates_before_prefixes() {
    check(
        &[
            "/users",
            "/users/me/orders/old",
            "=/users/me",
            "~/users/{id}",
            "~/users/{id}/orders",
            "~/users/me/{what}",
            "~/{kind}/me/orders",
            "~/users/{rest*}",
            "~/{any*}",
        ],
        &[
            ("h", "/users", Some("~/{any*}")),
            ("h", "/users/me", Some("=/users/me")),
            ("h", "/users/7", Some("~/users/{id}")),
            ("h", "/users/7/", Some("~/users/{rest*}")),
            ("h", "/users/", Some("~/users/{rest*}")),
            ("h", "/users/7/orders", Some("~/users/{id}/orders")),
            // a literal segment further left counts more than one further right
            ("h", "/users/me/orders", Some("~/users/me/{what}")),
            ("h", "/admins/me/orders", Some("~/{kind}/me/orders")),
            ("h", "/users/me/x/y", Some("~/users/{rest*}")),
            ("h", "/users/me/orders/old", Some("~/users/{rest*}")),
            ("h", "/", Some("~/{any*}")),
        ],
    );
}

#[test]
fn a_search_turns_back_where_a_literal_leads_nowhere() {
    check(
        &["~/a/b/{x}/c", "~/a/{x}/d/{y}", "~/{x}/b/{y}/e", "/a"],
        &[
            ("h", "/a/b/d/c", Some("~/a/b/{x}/c")),
            ("h", "/a/b/d/x", Some("~/a/{x}/d/{y}")),
            ("h", "/a/b/x/e", Some("~/{x}/b/{y}/e")),
            ("h", "/a/b/x/f", Some("/a")),
            ("h", "/a//d/y", Some("/a")),
        ],
    );
}

#[test]
fn variables_of_any_name_are_equal() {
    let table = Table::try_new(&rules(&["~/a/{x}", "~/a/{y}", "~/{r*}", "~/{x}", "~/{s*}"]));
    let pair = |first, second| Ambiguous { first, second };
    assert_eq!(table, Err(BadTable::Ambiguous(vec![pair(0, 1), pair(2, 4)])));
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
