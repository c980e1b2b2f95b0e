//! Requests from files: targets, mixes, tokens, traces, schedules.

use super::program::{TRUSTED, measured, run};
use super::server::{OK, Request, plain, tcp};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;

fn write(dir: &TempDir, name: &str, text: &str) -> String {
    let path = dir.path().join(name);
    std::fs::write(&path, text).expect("writable");
    path.to_str().expect("UTF-8").to_owned()
}

#[test]
fn targets_of_both_formats_take_turns() {
    let dir = TempDir::new().expect("a folder");
    write(&dir, "body.txt", "from a file");
    let (addr, requests) = tcp(|_| OK.into());
    let text = format!("GET http://{addr}/a\nX-A: 1\n\nPOST http://{addr}/b\n@body.txt\n");
    let http = write(&dir, "targets.http", &text);
    // base64, as vegeta has it
    let text = format!(
        "{{\"method\": \"GET\", \"url\": \"http://{addr}/a\", \"header\": {{\"X-A\": [\"1\"]}}}}\n\
         {{\"method\": \"POST\", \"url\": \"http://{addr}/b\", \"body\": \"ZnJvbSBhIGZpbGU=\"}}\n"
    );
    let json = write(&dir, "targets.json", &text);
    for file in [http, json] {
        let args = ["--targets", &file, "--closed", "-n", "100", "-t", "2"];
        let (code, document) = measured(&[&args[..], &TRUSTED].concat());
        assert_eq!((code, document.report.counts.done), (0, 100), "{file}");
        let seen: Vec<Request> = requests.try_iter().collect();
        let like = |line: &str, body: &str| {
            let same = |request: &&Request| request.line() == line && request.body == body;
            seen.iter().filter(same).count()
        };
        assert_eq!(like("GET /a HTTP/1.1", ""), 50, "{file}");
        assert_eq!(like("POST /b HTTP/1.1", "from a file"), 50, "{file}");
        let tagged = seen
            .iter()
            .filter(|request| request.field("x-a") == Some("1"))
            .count();
        assert_eq!(tagged, 50, "{file}");
        let parts: Vec<u64> = document.report.parts.iter().map(|part| part.done).collect();
        assert_eq!(parts, [50, 50], "{file}");
    }
}

/// Does what the example mix expects of a shop.
fn shop(request: &Request, tokens: &Mutex<BTreeMap<String, String>>) -> String {
    let json = "content-type: application/json\r\n";
    let line = request.line();
    let bearer = request
        .field("authorization")
        .and_then(|value| value.strip_prefix("Bearer "));
    let known = |token: Option<&str>| {
        let tokens = tokens.lock().expect("nobody panics with it");
        token.and_then(|token| tokens.get(token).cloned())
    };
    let complete =
        request.field("accept") == Some("application/json") && request.field("x-request-id").is_some();
    if !complete {
        return plain("400 Bad Request", "", "");
    }
    if line.starts_with("GET /items/") {
        return plain("200 OK", json, "{}");
    }
    if line.starts_with("QUERY /search ") {
        return plain("200 OK", json, "{\"hits\": 3}");
    }
    if line.starts_with("POST /login ") {
        let mut tokens = tokens.lock().expect("nobody panics with it");
        let token = format!("token-{}", tokens.len());
        let order = format!("/orders/{}", tokens.len());
        tokens.insert(token.clone(), order);
        let headers = format!("{json}set-cookie: session={token}\r\n");
        return plain("200 OK", &headers, &format!("{{\"access_token\": \"{token}\"}}"));
    }
    let order = known(bearer);
    let session = request
        .field("cookie")
        .and_then(|cookie| cookie.strip_prefix("session="));
    match order {
        Some(_) if session != bearer => plain("403 Forbidden", "", ""),
        Some(order) if line == "POST /orders HTTP/1.1" && request.body.ends_with("written {{\"}") => {
            plain("201 Created", &format!("location: {order}\r\n"), "")
        }
        Some(order) if line == format!("GET {order} HTTP/1.1") => plain("200 OK", json, "{}"),
        _ => plain("404 Not Found", "", line),
    }
}

#[test]
fn the_example_mix_runs_against_a_shop() {
    let tokens = Mutex::default();
    let (addr, requests) = tcp(move |request| shop(request, &tokens));
    let mix = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/mix.yaml");
    let (url, mix) = (format!("http://{addr}"), mix.to_str().expect("UTF-8").to_owned());
    let args = [
        &url, "--mix", &mix, "-R", "400", "-n", "400", "-t", "2", "--seed", "11",
    ];
    let (code, document) = measured(&[&args[..], &TRUSTED].concat());
    let report = &document.report;
    assert_eq!(
        (code, report.counts.errors()),
        (0, 0),
        "{:?} {:?}",
        report.surprises,
        report.failures
    );
    assert_eq!(report.counts.done, 400);
    assert_eq!(requests.try_iter().count() as u64, report.counts.requests);
    let parts: BTreeMap<&str, u64> = report
        .parts
        .iter()
        .map(|part| (&part.name[..], part.done))
        .collect();
    let orders = parts["order: log in"];
    assert_eq!((parts["order: order"], parts["order: look"]), (orders, orders));
    assert_eq!(parts["browse"] + parts["search"] + orders, 400);
    assert!(orders > 20, "{parts:?}");
    assert!(report.response_us.max >= 100_000.0, "a pause is part of an order");
}

#[test]
fn tokens_go_round() {
    let dir = TempDir::new().expect("a folder");
    let file = write(&dir, "tokens.txt", "alpha\nbeta\ngamma\n");
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let args = [
        &url,
        "--tokens",
        &file,
        "-H",
        "Authorization: Bearer {{token}}",
        "--closed",
        "-n",
        "90",
    ];
    let (code, _) = measured(&[&args[..], &TRUSTED].concat());
    assert_eq!(code, 0);
    let mut seen = BTreeMap::<String, usize>::new();
    for request in requests.try_iter() {
        let value = request.field("authorization").expect("a token").to_owned();
        *seen.entry(value).or_default() += 1;
    }
    let wanted = ["alpha", "beta", "gamma"].map(|token| (format!("Bearer {token}"), 30));
    assert_eq!(seen, BTreeMap::from(wanted));
}

#[test]
fn traces_and_schedules_say_when_and_for_how_long() {
    let dir = TempDir::new().expect("a folder");
    let trace = write(&dir, "trace.txt", "0\n0.1\n# a burst\n0.2\n200ms\n0.25\n");
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let run = |args: &[&str]| {
        let interval = ["--interval", "100ms"];
        let (code, document) = measured(&[&[url.as_str()], args, &interval, &TRUSTED].concat());
        assert_eq!(code, 0, "{args:?}: {:?}", document.report.reasons);
        let planned = document.report.counts.planned;
        assert_eq!(requests.try_iter().count() as u64, planned);
        let rows = document.series.expect("there is always one").rows;
        (
            planned,
            rows.iter().map(|row| row.planned).collect::<Vec<_>>(),
            document.report.seconds,
        )
    };
    for extra in [&[][..], &["--arrival", "trace", "-t", "3"]] {
        let (planned, rows, _) = run(&[&["--trace", &trace], extra].concat());
        assert_eq!((planned, &rows[..3]), (5, &[1, 1, 3][..]));
    }
    let (planned, rows, seconds) = run(&[
        "--schedule",
        "step 100x300ms, step 500x200ms",
        "--arrival",
        "constant",
    ]);
    assert!((128..=132).contains(&planned), "{planned}");
    assert!((seconds - 0.5).abs() < 1e-9, "{seconds}");
    assert!(rows[0].abs_diff(10) <= 1 && rows[4].abs_diff(50) <= 1, "{rows:?}");
}

#[test]
fn files_that_are_wrong_are_named_with_their_lines() {
    let dir = TempDir::new().expect("a folder");
    let mix = write(
        &dir,
        "mix.yaml",
        "scenarios:\n  - name: a\n    gett: /\n  - name: b\n    get: x\n",
    );
    let trace = write(&dir, "trace.txt", "0\n1\n0.5\n");
    let tokens = write(&dir, "tokens.txt", "");
    let targets = write(&dir, "targets", "FETCH\n");
    let url = "http://localhost:1";
    for (args, wanted) in [
        (&["--mix", &mix, "-R", "1"][..], &["mix.yaml:3", "mix.yaml:5"][..]),
        (&["--trace", &trace], &["trace.txt", "line 3"]),
        (&["--tokens", &tokens, "-R", "1"], &["tokens.txt"]),
        (&["--targets", &targets, "-R", "1"], &["targets:1"]),
        (
            &["--mix", "/nowhere.yaml", "-R", "x"],
            &["/nowhere.yaml", "--rate"],
        ),
    ] {
        let (code, stdout, stderr) = run(&[&[url], args].concat());
        assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
        for part in wanted {
            assert!(stderr.contains(part), "{part} in {stderr}");
        }
    }
}
