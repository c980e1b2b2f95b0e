//! The table against a model that looks at every rule, reads requests in its own way, and sorts by the documented order.

use http1::head::{Fields, Limits, Method};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{
    ALIKE_MAX, Ambiguous, BadTable, Condition, Conditions, Head, Host, Methods, Miss, PathRule, RouteId,
    Rule, Subject, Table, Test, precedence,
};

/// A request as lists, of which a head is made.
#[derive(Debug, Clone)]
struct Request {
    host: String,
    path: String,
    method: &'static str,
    headers: Vec<(&'static str, &'static str)>,
    cookies: Vec<(&'static str, &'static str)>,
    query: Vec<(&'static str, &'static str)>,
}

impl Request {
    fn with_head<T>(&self, then: impl FnOnce(&Head<'_>) -> T) -> T {
        let mut text = "GET / HTTP/1.1\r\nHost: a\r\n".to_owned();
        for (name, value) in &self.headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        let pairs = |pairs: &[(&str, &str)], between: &str| {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect();
            (!pairs.is_empty()).then(|| pairs.join(between))
        };
        if let Some(cookies) = pairs(&self.cookies, "; ") {
            text.push_str(&format!("Cookie: {cookies}\r\n"));
        }
        text.push_str("\r\n");
        let mut slots = Vec::new();
        let line = http1::head::request(text.as_bytes(), &Limits::default(), &mut slots);
        let fields: Fields<'_> = line.unwrap().unwrap().head(text.as_bytes(), &slots).fields;
        then(&Head {
            host: &self.host,
            path: &self.path,
            query: pairs(&self.query, "&").as_deref(),
            method: Method::of(self.method.as_bytes()),
            method_text: self.method,
            fields,
        })
    }

    fn value(&self, of: &Subject) -> Option<String> {
        let first = |list: &[(&str, &str)], name: &str| {
            let found = list.iter().find(|(own, _)| *own == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        match of {
            Subject::Header(name) => {
                let values: Vec<&str> = self
                    .headers
                    .iter()
                    .filter(|(own, _)| own.to_lowercase() == **name)
                    .map(|(_, value)| *value)
                    .collect();
                (!values.is_empty()).then(|| values.join(", "))
            }
            Subject::Cookie(name) => first(&self.cookies, name),
            Subject::Query(name) => first(&self.query, name),
        }
    }
}

/// More is more specific.
type Rank = ((u8, usize), (u8, Vec<usize>), usize);

/// How specific a rule is, if host, path and all conditions but the method are met.
fn rank(rule: &Rule, request: &Request) -> Option<Rank> {
    let host = request.host.split(':').next().unwrap_or("").to_lowercase();
    let host_rank = match rule.host.as_ref().map(Host::as_str) {
        None => (0, 0),
        Some(own) => match own.strip_prefix('*') {
            Some(end) if host.ends_with(end) && host.len() > end.len() => (1, end.len()),
            None if own == host => (2, 0),
            _ => return None,
        },
    };
    let segments: Vec<&str> = request.path.split('/').skip(1).collect();
    let text = rule.path.text();
    let own: Vec<&str> = text.split('/').skip(1).collect();
    let (meets, path_rank) = match &rule.path {
        PathRule::Exact(_) => (text == request.path, (2, Vec::new())),
        PathRule::Prefix(_) if text == "/" => (true, (0, vec![0])),
        PathRule::Prefix(_) => (segments.starts_with(&own), (0, vec![own.len()])),
        PathRule::Template(_) => {
            let rest = own.last().is_some_and(|last| last.ends_with("*}"));
            let fits = match rest {
                true => segments.len() >= own.len(),
                false => segments.len() == own.len(),
            };
            let one = |(own, segment): (&&str, &&str)| match own.strip_prefix('{') {
                Some(name) => name.ends_with("*}") || !segment.is_empty(),
                None => own == segment,
            };
            let kind = |own: &&str| match own.strip_prefix('{') {
                Some(name) => usize::from(!name.ends_with("*}")),
                None => 2,
            };
            let meets = fits && own.iter().zip(&segments).all(one);
            (meets, (1, own.iter().map(kind).collect()))
        }
    };
    let holds = |condition: &Condition| match (&condition.test, request.value(&condition.of)) {
        (Test::Exact(text), value) => value.as_deref() == Some(text),
        (Test::Prefix(text), value) => value.is_some_and(|value| value.starts_with(&**text)),
        (Test::Present, value) => value.is_some(),
        (Test::Absent, value) => value.is_none(),
    };
    let all = meets && rule.conditions.others().iter().all(holds);
    all.then(|| (host_rank, path_rank, rule.conditions.count()))
}

fn takes_method(rule: &Rule, request: &Request) -> bool {
    let methods = rule.conditions.methods();
    methods.is_none_or(|methods| methods.names().any(|name| name == request.method))
}

fn linear(rules: &[Rule], request: &Request) -> Result<usize, Miss> {
    let ranked = rules.iter().enumerate();
    let ranked: Vec<(Rank, usize)> = ranked
        .filter_map(|(at, rule)| Some((rank(rule, request)?, at)))
        .collect();
    let best = ranked
        .iter()
        .filter(|(_, at)| takes_method(&rules[*at], request))
        .max();
    match best {
        Some((_, at)) => Ok(*at),
        None if ranked.is_empty() => Err(Miss::NoRoute),
        None => Err(Miss::OtherMethod),
    }
}

/// Few letters and few segments, so that rules overlap and requests hit them; `!` sorts before `/`.
fn segments() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(select(vec!["a", "b", "ab", "a!"]), 0..5)
}

fn path_rule() -> impl Strategy<Value = PathRule> {
    let text = |segments: &[&str]| format!("/{}", segments.join("/"));
    let plain = (segments(), any::<bool>(), any::<bool>()).prop_map(move |(segments, exact, slash)| {
        let text = text(&segments);
        let slash = if slash && exact && text != "/" { "/" } else { "" };
        match exact {
            true => PathRule::exact(&format!("{text}{slash}")),
            false => PathRule::prefix(&text),
        }
        .unwrap()
    });
    // names differ by place, so that none comes twice
    let part = select(vec!["a", "b", "", "", ""]);
    let template = (prop::collection::vec(part, 1..5), 0..3).prop_map(move |(mut parts, end)| {
        let last = parts.len() - 1;
        parts[last] = ["", "*", "/"][end as usize];
        let variable = |(at, part): (usize, &&str)| match *part {
            "" => format!("{{v{at}}}"),
            "*" => format!("{{v{at}*}}"),
            "/" => format!("{{v{at}}}/"),
            literal => literal.to_owned(),
        };
        let parts: Vec<String> = parts.iter().enumerate().map(variable).collect();
        PathRule::template(&format!("/{}", parts.join("/"))).unwrap()
    });
    prop_oneof![plain, template]
}

const HEADERS: [&str; 2] = ["x-one", "x-two"];
const NAMES: [&str; 2] = ["k", "l"];
const VALUES: [&str; 4] = ["a", "ab", "b", ""];
const METHODS: [&str; 4] = ["GET", "POST", "HEAD", "PURGE"];

fn conditions() -> impl Strategy<Value = Conditions> {
    let subjects: Vec<Subject> = HEADERS
        .iter()
        .map(|name| Subject::Header((*name).into()))
        .chain(NAMES.iter().map(|name| Subject::Cookie((*name).into())))
        .chain(NAMES.iter().map(|name| Subject::Query((*name).into())))
        .collect();
    let test = prop_oneof![
        select(&VALUES[..]).prop_map(|value| Test::Exact(value.into())),
        select(&VALUES[..3]).prop_map(|value| Test::Prefix(value.into())),
        Just(Test::Present),
        Just(Test::Absent),
    ];
    let others = (subsequence(subjects, 0..3), prop::collection::vec(test, 2));
    let methods = prop::option::of(subsequence(METHODS.to_vec(), 1..3));
    (methods, others).prop_map(|(methods, (subjects, tests))| {
        let methods = methods.map(|names| Methods::new(names.into_iter().map(Box::from).collect()));
        let others = subjects.into_iter().zip(tests);
        Conditions::new(methods, others.map(|(of, test)| Condition { of, test }).collect())
    })
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let hosts = vec!["a", "a.b", "B.a", "*.b", "*.a.b", "*.a"];
    let conditions = prop_oneof![1 => Just(Conditions::default()), 1 => conditions()];
    (prop::option::of(select(hosts)), path_rule(), conditions).prop_map(|(host, path, conditions)| Rule {
        host: host.map(|host| Host::try_new(host).unwrap()),
        path,
        conditions,
    })
}

fn request() -> impl Strategy<Value = Request> {
    let hosts = vec![
        "a", "A", "a.b:80", "b.a", "c", "", "x.b", "x.y.b", "x.a.b", "X.A.B:1", ".b", ".a.b",
    ];
    let pairs =
        |names: &'static [&'static str]| prop::collection::vec((select(names), select(&VALUES[..])), 0..3);
    let headers = pairs(&["x-one", "X-One", "x-two"]);
    let rest = (select(&METHODS[..]), headers, pairs(&NAMES), pairs(&NAMES));
    (select(hosts), segments(), any::<bool>(), rest).prop_map(
        |(host, segments, slash, (method, headers, cookies, query))| Request {
            host: host.to_owned(),
            path: format!(
                "/{}{}",
                segments.join("/"),
                if slash && !segments.is_empty() { "/" } else { "" }
            ),
            method,
            headers,
            cookies,
            query,
        },
    )
}

/// What nothing but conditions tells apart. Variables are equal whatever they are called.
fn key(rule: &Rule) -> (Option<String>, u8, String, usize) {
    let text = rule.path.text();
    let parts = text.split('/').map(|part| match part.strip_prefix('{') {
        Some(name) if name.ends_with("*}") => "{*}",
        Some(_) => "{}",
        None => part,
    });
    let kind = match rule.path {
        PathRule::Exact(_) => 0,
        PathRule::Prefix(_) => 1,
        PathRule::Template(_) => 2,
    };
    let host = rule.host.as_ref().map(Host::to_string);
    (
        host,
        kind,
        parts.collect::<Vec<_>>().join("/"),
        rule.conditions.count(),
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn finds_what_a_linear_scan_finds(
        rules in prop::collection::vec(any_rule(), 0..40),
        requests in prop::collection::vec(request(), 1..40),
    ) {
        // of rules that collide the first is kept
        let mut kept: Vec<Rule> = Vec::new();
        for rule in rules {
            let collides = |other: &Rule| key(other) == key(&rule) && other.conditions.overlap(&rule.conditions);
            if !kept.iter().any(collides) {
                kept.push(rule);
            }
        }
        let table = Table::try_new(&kept).expect("no two rules collide");
        let mut order: Vec<usize> = (0..kept.len()).collect();
        order.sort_by(|a, b| precedence(&kept[*a], &kept[*b]));
        for request in requests {
            let expected = linear(&kept, &request);
            let takes = |rule: &Rule| rank(rule, &request).is_some() && takes_method(rule, &request);
            let first = order.iter().find(|place| takes(&kept[**place]));
            prop_assert_eq!(first.copied(), expected.ok(), "{:?}", request);
            request.with_head(|head| {
                let found = table.find(head).map(RouteId::index);
                prop_assert_eq!(found, expected, "{:?}", request);
                let mut methods: Vec<&str> = kept
                    .iter()
                    .filter(|rule| rank(rule, &request).is_some() && !takes_method(rule, &request))
                    .flat_map(|rule| rule.conditions.methods().expect("it misses for its method").names())
                    .collect();
                methods.sort_unstable();
                methods.dedup();
                prop_assert_eq!(table.allowed(head), methods.join(", "));
                Ok(())
            })?;
        }
    }

    /// No request meets two rules of one rank unless the table refuses them.
    #[test]
    fn what_is_not_refused_is_not_ambiguous(a in conditions(), b in conditions(), request in request()) {
        let rule = |conditions: &Conditions| Rule { host: None, path: PathRule::any(), conditions: conditions.clone() };
        let rules = [rule(&a), rule(&b)];
        let both = rules.iter().all(|rule| rank(rule, &request).is_some() && takes_method(rule, &request));
        if both && a.count() == b.count() {
            prop_assert!(Table::try_new(&rules).is_err());
        }
        prop_assert_eq!(a.overlap(&b), b.overlap(&a));
        prop_assert!(a.overlap(&a));
    }

    /// A table is made exactly when no two rules collide, and names every later one with the first that it collides with.
    #[test]
    fn ambiguity_is_named_in_full(rules in prop::collection::vec(any_rule(), 0..40)) {
        let collide = |a: &Rule, b: &Rule| key(a) == key(b) && a.conditions.overlap(&b.conditions);
        let pairs: Vec<Ambiguous> = (0..rules.len())
            .filter_map(|second| {
                let first = (0..second).find(|first| collide(&rules[*first], &rules[second]))?;
                Some(Ambiguous { first, second })
            })
            .collect();
        match Table::try_new(&rules) {
            Ok(_) => prop_assert!(pairs.is_empty()),
            Err(error) => prop_assert_eq!(error, BadTable::Ambiguous(pairs)),
        }
    }

    /// Any text may be asked for.
    #[test]
    fn any_request_is_judged(host in "\\PC{0,12}", path in "/?\\PC{0,12}", query in prop::option::of("\\PC{0,12}")) {
        let paths = [PathRule::any(), PathRule::exact("/c").unwrap(), PathRule::template("/{a}/{b*}").unwrap()];
        let rules = paths.map(|path| Rule { host: None, path, conditions: Conditions::default() });
        let table = Table::try_new(&rules).unwrap();
        let head = Head { query: query.as_deref(), ..Head::get(&host, &path) };
        prop_assert_eq!(table.find(&head).is_ok(), path.starts_with('/'));
    }
}

#[test]
fn more_alike_than_anyone_needs_are_refused() {
    let rule = |n: usize| Rule {
        host: None,
        path: PathRule::any(),
        conditions: Conditions::new(
            None,
            vec![Condition {
                of: Subject::Header("x".into()),
                test: Test::Exact(n.to_string().into()),
            }],
        ),
    };
    let rules: Vec<Rule> = (0..=ALIKE_MAX).map(rule).collect();
    assert!(Table::try_new(&rules[..ALIKE_MAX]).is_ok());
    let all = (0..=ALIKE_MAX).collect();
    assert_eq!(Table::try_new(&rules), Err(BadTable::TooManyAlike(vec![all])));
}
