//! A reload that listens elsewhere.

use crate::part::{ANYWHERE, Home, Kept, Upstream, any, body, get, status, yaml};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// An address that was free just now.
pub(crate) fn free() -> SocketAddr {
    let listener = TcpListener::bind(any()).expect("a free port");
    listener.local_addr().expect("bound")
}

fn at(http: SocketAddr, admin: SocketAddr) -> String {
    format!("http: \"{http}\", admin: \"{admin}\"")
}

#[test]
fn it_moves_and_who_is_connected_stays() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let mut part = home.start(&["--no-watch"]);
    let mut kept = Kept::to(part.http);
    kept.send("/");
    assert!(!kept.answer());
    let (http, admin) = (free(), free());
    home.write(&yaml(&at(http, admin), upstream.addr, "/", ""));
    let answer = part.reload();
    assert_eq!(
        (status(&answer), &body(&answer)["version"]),
        ("200", &2.into()),
        "{answer}"
    );
    assert_eq!(status(&get(http, "/")), "200");
    assert_eq!(status(&get(admin, "/readyz")), "200");
    while TcpStream::connect(part.http).is_ok() || TcpStream::connect(part.admin).is_ok() {}
    kept.send("/");
    assert!(!kept.answer());
    // and back to any port, without an admin listener
    home.write(&yaml(&format!("http: \"{http}\""), upstream.addr, "/", ""));
    part.signal("-HUP");
    part.says("version 3");
    while TcpStream::connect(admin).is_ok() {}
    assert_eq!(status(&get(http, "/")), "200");
    part.signal("-TERM");
    assert_eq!(part.ends(), Some(0));
}

#[test]
fn an_address_that_is_taken_refuses_all_of_it() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/a", ""));
    let part = home.start(&["--no-watch"]);
    let taken = TcpListener::bind(any()).expect("a free port");
    let taken = (taken.local_addr().expect("bound"), taken);
    // one that can be had is not kept either
    let could = free();
    home.write(&yaml(&at(could, taken.0), upstream.addr, "/b", ""));
    let answer = part.reload();
    assert_eq!(status(&answer), "422", "{answer}");
    assert_eq!(body(&answer)["errors"][0]["path"], "listen.admin");
    assert!(TcpStream::connect(could).is_err());
    assert_eq!(status(&get(part.http, "/a")), "200");
    assert_eq!(part.metric("tollgate_config_version"), 1);
}

#[test]
fn a_proxy_header_is_asked_for_or_not() {
    let (home, upstream) = (Home::new(), Upstream::start());
    home.write(&yaml(ANYWHERE, upstream.addr, "/", ""));
    let part = home.start(&["--no-watch"]);
    assert_eq!(status(&get(part.http, "/")), "200");
    home.write(&yaml(
        &format!("{ANYWHERE}, proxy_protocol: true"),
        upstream.addr,
        "/",
        "",
    ));
    assert_eq!(status(&part.reload()), "200");
    let with = "PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    // each worker hears of it by itself
    while !crate::part::ask(part.http, with).starts_with("HTTP/1.1 200") {}
}
