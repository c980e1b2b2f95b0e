//! The config is another: by signal, by request, by its file.

use crate::part::{ANYWHERE, Home, Kept, Upstream, any, ask, body, get, status, yaml};
use serde_json::json;
use std::os::unix::fs::symlink;

#[test]
fn a_signal_reloads_and_what_is_broken_is_refused_whole() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/a", ""));
    let mut part = home.start(&["--no-watch"]);
    assert_eq!(status(&get(part.http, "/b")), "404");
    home.write(&yaml(ANYWHERE, upstream.addr, "/b", ""));
    part.signal("-HUP");
    part.says("is in force as version 2 (SIGHUP)");
    assert_eq!(status(&get(part.http, "/b")), "200");
    let broken = yaml(ANYWHERE, upstream.addr, "/c", "").replace("upstream: u", "upstream: w, timeout: 800");
    home.write(&broken);
    part.signal("-HUP");
    part.says("is refused, the old config stays (SIGHUP)");
    part.says("routes[0].upstream: ");
    part.says("routes[0].timeout: ");
    assert_eq!(status(&get(part.http, "/b")), "200");
    home.write(&yaml(ANYWHERE, upstream.addr, "/b", "# the same in other words"));
    part.signal("-HUP");
    part.says("says what is in force as version 2");
    std::fs::remove_file(home.path("gateway.yaml")).expect("removed");
    part.signal("-HUP");
    part.says("failed to read");
    for (result, count) in [("applied", 1), ("unchanged", 1), ("refused", 2)] {
        let metric = format!("tollgate_config_reloads_total{{result=\"{result}\"}}");
        assert_eq!(part.metric(&metric), count, "{result}");
    }
    assert_eq!(part.metric("tollgate_config_version"), 2);
    assert!(part.metric("tollgate_config_last_reload_success_timestamp_seconds") > 1_700_000_000);
}

#[test]
fn an_operator_who_posts_is_told_the_version_or_every_error() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/a", ""));
    let part = home.start(&["--no-watch"]);
    let answer = part.reload();
    assert_eq!(status(&answer), "200");
    assert_eq!(body(&answer), json!({ "result": "unchanged", "version": 1 }));
    home.write(&yaml(ANYWHERE, upstream.addr, "/b", ""));
    assert_eq!(body(&part.reload()), json!({ "result": "applied", "version": 2 }));
    home.write(&yaml(ANYWHERE, upstream.addr, "/b", "").replace("upstream: u", "upstream: w, timeout: 800"));
    let answer = part.reload();
    let said = body(&answer);
    assert_eq!(
        (status(&answer), &said["version"]),
        ("422", &json!(2)),
        "{answer}"
    );
    let errors = said["errors"].as_array().expect("a list");
    let paths: Vec<_> = errors
        .iter()
        .map(|error| error["path"].as_str().expect("text"))
        .collect();
    assert_eq!(paths, ["routes[0].upstream", "routes[0].timeout"]);
    assert!(
        errors
            .iter()
            .all(|error| error["line"] == 4 && error["column"].is_u64()),
        "{answer}"
    );
    std::fs::remove_file(home.path("gateway.yaml")).expect("removed");
    let answer = part.reload();
    assert_eq!(
        (status(&answer), body(&answer)["error"].as_str()),
        ("500", Some("config_unread"))
    );
}

#[test]
fn a_page_from_elsewhere_reloads_nothing() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/a", ""));
    let part = home.start(&["--no-watch"]);
    let own = part.admin;
    for (method, host, origin, expected) in [
        ("GET", "a", None, "405"),
        ("POST", "a", None, "200"),
        ("POST", &own.to_string(), Some(format!("http://{own}")), "200"),
        (
            "POST",
            &own.to_string(),
            Some("http://evil.example".to_owned()),
            "403",
        ),
        ("POST", &own.to_string(), Some("null".to_owned()), "403"),
        // a name that somebody lets stand for this machine
        (
            "POST",
            "evil.example",
            Some("http://evil.example".to_owned()),
            "403",
        ),
    ] {
        let origin = origin.map_or(String::new(), |origin| format!("Origin: {origin}\r\n"));
        let request =
            format!("{method} /config/reload HTTP/1.1\r\nHost: {host}\r\n{origin}Connection: close\r\n\r\n");
        assert_eq!(status(&ask(own, &request)), expected, "{request}");
    }
}

#[test]
fn a_file_that_is_another_is_noticed() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/a", ""));
    let mut part = home.start(&[]);
    home.write(&yaml(ANYWHERE, upstream.addr, "/b", ""));
    part.says("is in force as version 2 (the file has changed)");
    assert_eq!(status(&get(part.http, "/b")), "200");
    // in place, as some editors do
    std::fs::write(home.path("gateway.yaml"), "routes: 7").expect("written");
    part.says("is refused");
    std::fs::write(home.path("gateway.yaml"), yaml(ANYWHERE, upstream.addr, "/c", "")).expect("written");
    part.says("is in force as version 3");
    assert_eq!(status(&get(part.http, "/c")), "200");
    // and by a link
    std::fs::write(home.path("other.yaml"), yaml(ANYWHERE, upstream.addr, "/d", "")).expect("written");
    symlink("other.yaml", home.path("link")).expect("linked");
    std::fs::rename(home.path("link"), home.path("gateway.yaml")).expect("renamed");
    part.says("is in force as version 4");
    assert_eq!(status(&get(part.http, "/d")), "200");
}

#[test]
fn a_removed_upstream_finishes_what_it_has_and_its_connections_close() {
    let (home, old, new) = (Home::new(), Upstream::start(), Upstream::start());
    home.write(&yaml(ANYWHERE, old.addr, "/", ""));
    let mut part = home.start(&["--no-watch"]);
    let mut kept = Kept::to(part.http);
    kept.send("/");
    assert!(!kept.answer());
    old.requests(1);
    home.write(
        &yaml(ANYWHERE, new.addr, "/", "")
            .replace("u:", "w:")
            .replace("upstream: u", "upstream: w"),
    );
    part.signal("-HUP");
    part.says("version 2");
    old.closed(1);
    kept.send("/");
    assert!(!kept.answer(), "a client's connection is not the upstream's");
    new.requests(1);
}

/// With requests under way all the time none is dropped, and nothing grows.
#[test]
fn a_hundred_reloads_under_load() {
    let (home, upstream) = (Home::new(), Upstream::start());
    let config = |n: usize| {
        yaml(
            ANYWHERE,
            upstream.addr,
            "/",
            &format!("trusted_proxies: [\"10.0.0.{}/32\"]", n + 1),
        )
    };
    home.write(&config(0));
    let part = home.start(&["--no-watch"]);
    let mut kept: Vec<_> = (0..8).map(|_| Kept::to(part.http)).collect();
    let mut round = |n: usize| {
        kept.iter_mut().for_each(|kept| kept.send("/"));
        home.write(&config(n));
        assert_eq!(body(&part.reload())["version"], n as u64 + 1);
        assert!(
            kept.iter_mut().all(|kept| !kept.answer()),
            "a reload ends no connection"
        );
    };
    (1..=20).for_each(&mut round);
    let open = |pid: u32| {
        std::fs::read_dir(format!("/proc/{pid}/fd"))
            .expect("Linux")
            .count()
    };
    let resident = |pid: u32| -> usize {
        let pages = std::fs::read_to_string(format!("/proc/{pid}/statm")).expect("Linux");
        pages
            .split(' ')
            .nth(1)
            .and_then(|pages| pages.parse().ok())
            .expect("a number")
    };
    let before = (open(part.pid()), resident(part.pid()));
    (21..=100).for_each(&mut round);
    let after = (open(part.pid()), resident(part.pid()));
    // an idle connection more or less; 2 MB of pages
    assert!(after.0 <= before.0 + 8, "{before:?} {after:?}");
    assert!(after.1 <= before.1 + 512, "{before:?} {after:?}");
    assert_eq!(part.metric("tollgate_config_version"), 101);
    assert_ne!(any(), part.http);
}
