//! Which replica answers: weights, load, keys on a ring, and sticky cookies, as clients see them.

use crate::harness::{Client, Gateway, Step, Upstream, body, field, run, status, yaml, yaml_with};
use std::net::SocketAddr;

const NAMED: [&[Step]; 3] = [
    &[Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\na")],
    &[Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nb")],
    &[Step::Answer("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nc")],
];

/// Three replicas that answer `a`, `b` and `c`.
async fn abc() -> [Upstream; 3] {
    [
        Upstream::start(NAMED[0]).await,
        Upstream::start(NAMED[1]).await,
        Upstream::start(NAMED[2]).await,
    ]
}

pub(crate) fn addrs(upstreams: &[Upstream]) -> Vec<SocketAddr> {
    upstreams.iter().map(|upstream| upstream.addr).collect()
}

/// A gateway over these replicas, with more keys for the upstream and for the route.
pub(crate) async fn gateway(replicas: &[SocketAddr], keys: &str, route: &str) -> Gateway {
    Gateway::from_yaml(&yaml_with(replicas, &format!(", {keys}"), route, "")).await
}

/// Who answers a request with these fields.
pub(crate) async fn get(gateway: &Gateway, path: &str, fields: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{fields}\r\n");
    gateway.ask(&request).await
}

#[test]
fn shares_are_the_weights() {
    run(async {
        let replicas = abc().await;
        let [a, b, c] = [0, 1, 2].map(|n: usize| replicas[n].addr);
        let weighted = format!("\"{a}\", {{ addr: \"{b}\", weight: 3 }}, {{ addr: \"{c}\", weight: 2 }}");
        // by default, by name, and by load when there is none
        for (round, lb) in ["", ", lb: weighted", ", lb: least-conn"].iter().enumerate() {
            let yaml = yaml(&[], "", "").replace("[] }", &format!("[{weighted}]{lb} }}"));
            let gateway = Gateway::from_yaml(&yaml).await;
            for _ in 0..12 {
                assert_eq!(status(&gateway.get("/").await), "200");
            }
            let counts = [0, 1, 2].map(|n: usize| replicas[n].requests());
            assert_eq!(counts, [2, 6, 4].map(|count| count * (round + 1)), "{lb}");
        }
    });
}

#[test]
fn least_connections_spreads_what_is_held() {
    run(async {
        let mut replicas = Vec::new();
        for _ in 0..3 {
            replicas.push(Upstream::start(&[Step::Silence]).await);
        }
        let gateway = gateway(&addrs(&replicas), "lb: least-conn", "").await;
        let mut clients: Vec<Client> = Vec::new();
        for sent in 1..=9 {
            let mut client = gateway.connect().await;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            clients.push(client);
            while replicas.iter().map(Upstream::requests).sum::<usize>() < sent {
                tokio::task::yield_now().await;
            }
        }
        let held: Vec<usize> = replicas.iter().map(Upstream::requests).collect();
        assert_eq!(held, [3, 3, 3]);
    });
}

#[test]
fn the_same_key_goes_to_the_same_replica() {
    run(async {
        let replicas = abc().await;
        let addrs = addrs(&replicas);
        for (lb, path, field) in [
            (
                "{ ring-hash: { key: { header: X-User }, load_factor: 1.25 } }",
                "/",
                "x-user: KEY\r\n",
            ),
            (
                "{ ring-hash: { key: { cookie: id } } }",
                "/",
                "Cookie: x=1; id=KEY; idx=2\r\n",
            ),
            ("{ ring-hash: { key: path } }", "/KEY?q=1", ""),
        ] {
            let first = gateway(&addrs, &format!("lb: {lb}"), "").await;
            // another gateway, with its replicas in another order
            let turned = [addrs[2], addrs[0], addrs[1]];
            let second = gateway(&turned, &format!("lb: {lb}"), "").await;
            let mut met = std::collections::BTreeSet::new();
            for key in 0..30 {
                let key = format!("user-{key}");
                let (path, field) = (path.replace("KEY", &key), field.replace("KEY", &key));
                let once = get(&first, &path, &field).await;
                for gateway in [&first, &second] {
                    assert_eq!(
                        body(&get(gateway, &path, &field).await),
                        body(&once),
                        "{lb} {key}"
                    );
                }
                met.insert(body(&once).to_owned());
            }
            assert_eq!(met.len(), 3, "{lb}");
        }
        let by_ip = gateway(&addrs, "lb: ip-hash", "").await;
        let first = by_ip.get("/").await;
        assert_eq!(body(&by_ip.get("/x").await), body(&first));
    });
}

/// The value of the cookie that an answer sets, if it sets one.
pub(crate) fn cookie(answer: &str) -> Option<String> {
    let cookie = field(answer, "set-cookie")?;
    let (pair, attributes) = cookie.split_once("; ").expect("attributes");
    assert_eq!(attributes, "Max-Age=3600; Path=/; Secure; HttpOnly; SameSite=Lax");
    let (name, value) = pair.split_once('=').expect("a value");
    assert_eq!((name, value.len()), ("s", 64));
    Some(value.to_owned())
}

#[test]
fn a_cookie_keeps_a_client_with_its_replica() {
    run(async {
        let replicas = abc().await;
        let gateway = gateway(&addrs(&replicas), "sticky: { cookie: s }", "").await;
        for _ in 0..3 {
            let first = gateway.get("/").await;
            let value = cookie(&first).expect("a cookie for whoever has none");
            for fields in [
                format!("Cookie: s={value}\r\n"),
                format!("Cookie: t=1; s={value}; u\r\n"),
                // one that something else has set under the same name
                format!("Cookie: s=1; s={value}\r\n"),
                format!("Cookie: t=1\r\nCookie: s={value}\r\n"),
            ] {
                let again = get(&gateway, "/", &fields).await;
                assert_eq!((body(&again), cookie(&again)), (body(&first), None), "{fields}");
            }
        }
    });
}

#[test]
fn a_cookie_that_was_not_signed_here_counts_for_nothing() {
    run(async {
        let replicas = abc().await;
        let gateway = gateway(&addrs(&replicas), "sticky: { cookie: s }", "").await;
        let value = cookie(&gateway.get("/").await).expect("a cookie");
        let first = if value.starts_with('A') { "B" } else { "A" };
        let forged = format!("{first}{}", &value[1..]);
        for bad in [
            forged.as_str(),
            "",
            "a",
            &value[1..],
            &format!("{value}A"),
            &"-".repeat(64),
        ] {
            let mut met = std::collections::BTreeSet::new();
            for _ in 0..3 {
                let answer = get(&gateway, "/", &format!("Cookie: s={bad}\r\n")).await;
                assert!(cookie(&answer).is_some(), "{bad}");
                met.insert(body(&answer).to_owned());
            }
            assert_eq!(met.len(), 3, "in turn, as without: {bad}");
        }
    });
}

#[test]
fn a_client_whose_replica_dies_gets_another_and_a_new_cookie() {
    run(async {
        let [a, ..] = abc().await;
        let dies = Upstream::start(&[
            Step::AnswerAndClose("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nd"),
            Step::Close,
        ])
        .await;
        let sticky = "sticky: { cookie: s }";
        let gateway = gateway(&[dies.addr, a.addr], sticky, ", retries: { max: 1 }").await;
        let first = gateway.get("/").await;
        let value = cookie(&first).expect("a cookie");
        assert_eq!(body(&first), "d");
        let second = get(&gateway, "/", &format!("Cookie: s={value}\r\n")).await;
        let renewed = cookie(&second).expect("a new cookie");
        assert_eq!((body(&second), dies.requests()), ("a", 2));
        let third = get(&gateway, "/", &format!("Cookie: s={renewed}\r\n")).await;
        assert_eq!((body(&third), cookie(&third), dies.requests()), ("a", None, 2));
    });
}

#[test]
fn a_key_in_a_file_is_shared_by_gateways_and_names_replicas_by_address() {
    run(async {
        let [a, b, _] = abc().await;
        let dir = tempfile::tempdir().expect("a directory");
        let key = dir.path().join("key");
        std::fs::write(&key, "0123456789abcdef0123456789abcdef\n").expect("written");
        let sticky = format!("sticky: {{ cookie: s, key_file: \"{}\" }}", key.display());
        let one = gateway(&[b.addr], &sticky, "").await;
        let fields = format!("Cookie: s={}\r\n", cookie(&one.get("/").await).expect("a cookie"));
        let two = gateway(&[a.addr, b.addr], &sticky, "").await;
        for _ in 0..2 {
            let answer = get(&two, "/", &fields).await;
            assert_eq!((body(&answer), cookie(&answer)), ("b", None));
        }
        // a replica that is no more, and a key that is another
        let without = gateway(&[a.addr], &sticky, "").await;
        assert!(cookie(&get(&without, "/", &fields).await).is_some());
        let other = gateway(&[b.addr], "sticky: { cookie: s }", "").await;
        assert!(cookie(&get(&other, "/", &fields).await).is_some());
    });
}

#[test]
fn a_key_that_cannot_be_read_is_an_error_of_the_config() {
    run(async {
        let replicas = abc().await;
        let sticky = |path: &str| {
            let keys = format!(", sticky: {{ cookie: s, key_file: \"{path}\" }}");
            yaml_with(&addrs(&replicas), &keys, "", "")
        };
        let missing = sticky("/nowhere/key");
        let error = gateway::App::new(missing.as_bytes(), 1)
            .err()
            .expect("refused")
            .to_string();
        assert!(
            error.starts_with("upstreams.u.sticky.key_file: `/nowhere/key` cannot be read: "),
            "{error}"
        );
        let running = gateway(&addrs(&replicas), "sticky: { cookie: s }", "").await;
        let error = running.app.apply(missing.as_bytes()).expect_err("refused");
        assert_eq!(error.iter().count(), 1);
        assert_eq!(status(&running.get("/").await), "200");
    });
}
