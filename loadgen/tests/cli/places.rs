//! Where connections go: unix sockets, other addresses than the URL's, and what other tools call the flags.

use super::program::{PATIENT, TRUSTED, measured, run};
use super::server::{OK, tcp, unix};
use loadgen::Failure;
use tempfile::TempDir;

#[test]
fn a_unix_socket_takes_the_place_of_every_address() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("http.sock");
    let requests = unix(&path, |_| OK.into());
    let socket = path.to_str().expect("UTF-8");
    let url = "http://example.invalid:81/x";
    let args = [url, "--unix-socket", socket, "-R", "500", "-n", "100", "-t", "2"];
    let (code, document) = measured(&[&args[..], &TRUSTED].concat());
    assert_eq!((code, document.report.counts.done), (0, 100));
    let requests: Vec<_> = requests.try_iter().collect();
    assert_eq!(requests.len(), 100);
    assert!(requests.iter().all(|request| {
        request.field("host") == Some("example.invalid:81") && request.line() == "GET /x HTTP/1.1"
    }));
    // nobody listens: with a plan and in a closed loop, which must not spin
    let gone = dir.path().join("gone.sock");
    let gone = gone.to_str().expect("UTF-8");
    for load in [&["-R", "500", "-n", "100"][..], &["--closed", "-d", "500ms"]] {
        let args = [&[url, "--unix-socket", gone], load, &PATIENT].concat();
        let (code, document) = measured(&args);
        let counts = &document.report.counts;
        assert_eq!((code, counts.failed_as(Failure::Connect)), (4, counts.planned));
        assert!(
            (64..=64 * 60).contains(&counts.planned),
            "{load:?}: {}",
            counts.planned
        );
        let example = &document.report.failures[&Failure::Connect];
        assert!(example.contains("gone.sock"), "{example}");
    }
}

#[test]
fn connect_to_leaves_the_url_as_it_is() {
    let (addr, requests) = tcp(|_| OK.into());
    let port = addr.port();
    for (url, to) in [
        ("http://example.invalid/", format!("127.0.0.1:{port}")),
        (
            "http://example.invalid:8080/",
            format!("example.invalid:8080:127.0.0.1:{port}"),
        ),
    ] {
        let args = [url, "--connect-to", &to, "-R", "500", "-n", "50"];
        let (code, document) = measured(&[&args[..], &TRUSTED].concat());
        assert_eq!((code, document.report.counts.done), (0, 50));
        let host = url.trim_start_matches("http://").trim_end_matches('/');
        let hosts: Vec<_> = requests.try_iter().collect();
        assert_eq!(hosts.len(), 50);
        assert!(
            hosts.iter().all(|request| request.field("host") == Some(host)),
            "{:?}",
            hosts[0]
        );
    }
}

#[test]
fn other_tools_words_are_understood() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    for args in [
        vec!["attack", &url, "-q", "400", "-z", "500ms"],
        vec!["run", "-q", "24000/1m", "-z", "500ms", &url],
        vec!["-q", "400/1s", "-z", "500ms", &url],
    ] {
        let (code, document) = measured(&[&args, &TRUSTED[..]].concat());
        assert_eq!(code, 0, "{args:?}");
        let planned = document.report.counts.planned;
        assert!((120..=290).contains(&planned), "{args:?}: {planned}");
        assert_eq!(requests.try_iter().count() as u64, planned);
    }
    let (code, help, _) = run(&["--help"]);
    assert_eq!(code, 0);
    assert!(help.contains("attack") && help.contains("run"), "{help}");
    let (code, help, _) = run(&["run", "--help"]);
    assert_eq!(code, 0);
    assert!(
        help.contains("-R, --rate") && !help.contains("-q,") && !help.contains("-z,"),
        "{help}"
    );
}
