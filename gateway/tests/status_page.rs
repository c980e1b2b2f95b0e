//! The status page in a real browser, without a head: what it shows of a gateway, and that texts stay texts.
//!
//! Without Chromium the tests that need it say so and are skipped; in CI it has to be there.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

/// Ends a browser that would hang; never the measure of success.
const PATIENCE_S: &str = "120";

/// What the page may take of the browser's own time, which does not pass while it waits: some readings.
const BUDGET_MS: u32 = 7_000;

/// Where Chromium is, if it is. In CI it has to be.
fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        let mut asked = Command::new(name);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    });
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "Chromium is not installed, and in CI it has to be"
    );
    if found.is_none() {
        println!("skipped 1 test: Chromium is not installed");
    }
    found
}

/// The page's document after a while.
fn document(chromium: &str, url: &str) -> String {
    let profile = tempfile::tempdir().expect("a directory");
    let output = Command::new("timeout")
        .args([PATIENCE_S, chromium])
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg(format!("--virtual-time-budget={BUDGET_MS}"))
        .arg(url)
        .stderr(Stdio::null())
        .output();
    String::from_utf8(output.expect("it runs").stdout).expect("text")
}

/// A gateway that ends with the test.
struct Running {
    child: Child,
    http: SocketAddr,
    admin: SocketAddr,
}

impl Running {
    fn start(rest: &str) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let file = dir.path().join("gateway.yaml");
        let yaml = format!("listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n{rest}");
        std::fs::write(&file, yaml).expect("written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_gateway"))
            .args(["--workers", "2", "--config"])
            .arg(&file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut line = String::new();
        let stdout = child.stdout.as_mut().expect("piped");
        BufReader::new(stdout).read_line(&mut line).expect("a ready line");
        let ready: serde_json::Value = serde_json::from_str(&line).expect("JSON");
        let addr = |key: &str| {
            ready[key]
                .as_str()
                .and_then(|addr| addr.parse().ok())
                .expect("an address")
        };
        let (http, admin) = (addr("http"), addr("admin"));
        Self { child, http, admin }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(addr: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(addr).expect("it listens");
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("written");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer");
    answer
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").map_or("", |(_, body)| body)
}

/// Answers by path; its thread ends with the test's process.
fn serve(answer: impl Fn(&str) -> String + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = listener.local_addr().expect("bound");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut line = String::new();
            // a browser dials ahead of need, and says nothing
            if BufReader::new(&stream)
                .read_line(&mut line)
                .is_ok_and(|read| read > 0)
            {
                let path = line.split(' ').nth(1).unwrap_or_default();
                let _ = stream.write_all(answer(path).as_bytes());
            }
        }
    });
    addr
}

fn with_upstream() -> Running {
    let upstream = serve(|path| {
        let status = if path.starts_with("/bad") {
            "500 No"
        } else {
            "200 OK"
        };
        format!("HTTP/1.1 {status}\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
    });
    Running::start(&format!(
        "upstreams:\n  shop: {{ replicas: [\"{upstream}\", \"127.0.0.1:1\"], lb: round-robin }}\n\
         \x20 away: {{ replicas: [\"nowhere.invalid:80\"] }}\n\
         routes:\n  - {{ name: pay, match: {{ host: api.shop.com, path: /v1, methods: [POST] }}, upstream: away }}\n\
         \x20 - {{ name: all, match: {{ path: / }}, upstream: shop, retries: {{ max: 1 }} }}\n"
    ))
}

#[test]
fn the_feed_has_what_was_counted() {
    let gateway = with_upstream();
    for path in ["/a", "/b", "/bad"] {
        get(gateway.http, path);
    }
    let feed: serde_json::Value =
        serde_json::from_str(body(&get(gateway.admin, "/status.json"))).expect("JSON");
    assert_eq!(
        (&feed["version"], &feed["workers"], &feed["draining"]),
        (&1.into(), &2.into(), &false.into())
    );
    let routes: Vec<_> = feed["routes"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|route| &route["name"])
        .collect();
    assert_eq!(routes, ["pay", "all", "(none)"]);
    let all = &feed["routes"][1];
    assert_eq!((&all["takes"], &all["to"]), (&"/…".into(), &"shop".into()));
    assert_eq!(feed["routes"][0]["takes"], "POST api.shop.com/v1…");
    assert_eq!(all["counts"]["statuses"], serde_json::json!([0, 2, 0, 0, 1]));
    let buckets = all["counts"]["buckets"].as_array().expect("a list");
    assert_eq!(
        buckets.iter().filter_map(serde_json::Value::as_u64).sum::<u64>(),
        3
    );
    assert_eq!(
        buckets.len(),
        feed["bounds_us"].as_array().expect("a list").len() + 1
    );
    let shop = &feed["upstreams"][0];
    assert_eq!(shop["counts"]["statuses"], serde_json::json!([0, 2, 0, 0, 1]));
    assert!(
        shop["counts"]["failures"]["not_connected"]
            .as_u64()
            .is_some_and(|count| count > 0),
        "{shop}"
    );
    assert_eq!(shop["replicas"].as_array().map(Vec::len), Some(2));
}

#[test]
fn the_page_is_its_own_and_nobody_elses() {
    let gateway = with_upstream();
    let answer = get(gateway.admin, "/");
    assert_eq!(body(&answer), body(&get(gateway.admin, "/status")));
    let policy = answer
        .lines()
        .find_map(|line| line.strip_prefix("content-security-policy: "));
    let policy = policy.expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; style-src 'sha256-") && !policy.contains("unsafe"),
        "{policy}"
    );
    let page = body(&answer);
    for foreign in [
        "http://",
        "https://",
        "innerHTML",
        "insertAdjacentHTML",
        "document.write",
        " style=",
        "onclick=",
    ] {
        assert!(!page.contains(foreign), "{foreign}");
    }
}

#[test]
fn a_browser_shows_it() {
    let Some(chromium) = chromium() else { return };
    let gateway = with_upstream();
    let page = document(chromium, &format!("http://{}/", gateway.admin));
    for shown in [
        ">shop</h3>",
        "nowhere.invalid:80",
        "127.0.0.1:1</th>",
        "config version 1",
        "2 workers",
        ">POST api.shop.com/v1…</td>",
        "0 of 0 usable",
        "of 2 usable",
        ">1 upstream out<",
    ] {
        assert!(page.contains(shown), "{shown} in {page}");
    }
    assert!(
        !page.contains(">loading<") && page.contains("role=\"alert\"></p>"),
        "{page}"
    );
}

/// A browser whose time does not pass while it waits reads fast: what it reads says itself how much time has passed.
#[test]
fn rates_and_quantiles_are_of_the_difference_between_two_readings() {
    let Some(chromium) = chromium() else { return };
    let gateway = with_upstream();
    let feed = body(&get(gateway.admin, "/status.json")).to_owned();
    let page = get(gateway.admin, "/");
    let readings = std::cell::Cell::new(0);
    let addr = serve(move |path| {
        if path != "/status.json" {
            return page.clone();
        }
        // as much again with each reading: 2 s, in which 100 requests take 5 to 10 ms and 4 more 100 to 250 ms
        let times = readings.get() + 1;
        readings.set(times);
        let mut feed: serde_json::Value = serde_json::from_str(&feed).expect("JSON");
        feed["uptime_ms"] = (2_000 * times).into();
        let counts = &mut feed["routes"][1]["counts"];
        counts["statuses"] = serde_json::json!([0, 78 * times, 0, 0, 26 * times]);
        (counts["buckets"][4], counts["buckets"][8]) = ((100 * times).into(), (4 * times).into());
        (counts["retries"], counts["aborted"]) = ((9 * times).into(), times.into());
        ok(&feed.to_string())
    });
    let page = document(chromium, &format!("http://{addr}/"));
    let row = page
        .split(">all</th>")
        .nth(1)
        .and_then(|rest| rest.split("</tr>").next())
        .expect("a row");
    let cells: Vec<_> = row
        .split("</td>")
        .filter_map(|cell| cell.trim_end_matches("</span>").rsplit('>').next())
        .collect();
    assert_eq!(
        cells[2..9],
        ["52", "0 %", "25.0 %", "7.6 ms", "211 ms", "4.5", "0.5"],
        "{row}"
    );
    assert!(
        page.contains("<dt>p99</dt><dd>211 ms</dd>"),
        "of all routes: {page}"
    );
}

fn ok(json: &str) -> String {
    let len = json.len();
    format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len}\r\nConnection: close\r\n\r\n{json}"
    )
}

/// Names cannot have such characters, but resolvers' errors, hosts and what comes later may.
#[test]
fn texts_stay_texts() {
    let Some(chromium) = chromium() else { return };
    let gateway = with_upstream();
    let evil = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    let mut feed: serde_json::Value =
        serde_json::from_str(body(&get(gateway.admin, "/status.json"))).expect("JSON");
    for place in ["name", "lb", "breaker"] {
        feed["upstreams"][0][place] = evil.into();
    }
    feed["upstreams"][0]["names"] = serde_json::json!([{ "name": evil, "last_failure": evil }]);
    for place in ["addr", "state", "why"] {
        feed["upstreams"][0]["replicas"][0][place] = evil.into();
    }
    for place in ["name", "takes", "to"] {
        feed["routes"][0][place] = evil.into();
    }
    let (page, feed) = (get(gateway.admin, "/"), feed.to_string());
    let addr = serve(move |path| match path {
        "/status.json" => ok(&feed),
        _ => page.clone(),
    });
    let page = document(chromium, &format!("http://{addr}/"));
    assert!(page.matches("&lt;img src=x").count() >= 11, "{page}");
    assert!(
        page.contains("<title>Tollgate</title>") && !page.contains("<img"),
        "{page}"
    );
}
