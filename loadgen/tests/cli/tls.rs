//! HTTPS and HTTP/2 through the binary: who is trusted, who is refused, and why.

use super::pki::Issuer;
use super::program::{PATIENT, TRUSTED, measured, run};
use super::server::{OK, plain, raw, secured};
use bytes::Bytes;
use loadgen::Failure;
use rustls::ServerConfig;
use std::io::{Read, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, LocalOptions};

fn write(dir: &TempDir, name: &str, text: &str) -> String {
    let path: PathBuf = dir.path().join(name);
    std::fs::write(&path, text).expect("writable");
    text_of(&path)
}

fn text_of(path: &Path) -> String {
    path.to_str().expect("UTF-8").to_owned()
}

const COUNT: [&str; 4] = ["-R", "400", "-n", "80"];

#[test]
fn https_is_measured_where_the_issuer_is_trusted() {
    let dir = TempDir::new().expect("a folder");
    let (issuer, clients, stranger) = (
        Issuer::new("ours"),
        Issuer::new("clients"),
        Issuer::new("stranger"),
    );
    let ca = write(&dir, "ca.pem", &issuer.pem());
    let wrong_ca = write(&dir, "wrong.pem", &stranger.pem());
    let pair = clients.issue("somebody");
    let (cert, key) = (write(&dir, "c.pem", &pair.cert), write(&dir, "k.pem", &pair.key));
    let other = stranger.issue("somebody else");
    let (other_cert, other_key) = (
        write(&dir, "oc.pem", &other.cert),
        write(&dir, "ok.pem", &other.key),
    );
    let (open, _open) = secured(issuer.server("http/1.1", None), |_| OK.into());
    let (closed, _closed) = secured(issuer.server("http/1.1", Some(&clients)), |_| OK.into());
    let check = |at: SocketAddr, extra: &[&str], wanted: Option<&str>| {
        let url = format!("https://localhost:{}/", at.port());
        let limits = if wanted.is_none() { &TRUSTED[..] } else { &PATIENT };
        let (code, document) = measured(&[&[url.as_str()], &COUNT[..], limits, extra].concat());
        let report = &document.report;
        match wanted {
            None => {
                assert_eq!(
                    (code, report.counts.done),
                    (0, 80),
                    "{extra:?}: {:?} {:?}",
                    report.failures,
                    report.reasons
                );
                assert_eq!(report.phases_us.connect.count, report.phases_us.tls.count);
                assert!(report.phases_us.tls.count > 0);
            }
            Some(words) => {
                assert_eq!(code, 4, "{extra:?}: nothing was shown");
                assert_eq!(
                    report.counts.failed_as(Failure::Tls),
                    80,
                    "{extra:?}: {:?}",
                    report.failures
                );
                let example = &report.failures[&Failure::Tls];
                assert!(example.contains(words), "{extra:?}: {example}");
                assert!(!report.reasons.is_empty());
            }
        }
        document
    };
    check(open, &["--cacert", &ca], None);
    check(open, &["-k"], None);
    check(open, &["--cacert", &wrong_ca], Some("--cacert or -k"));
    check(open, &[], Some("--cacert or -k"));
    check(closed, &["--cacert", &ca, "--cert", &cert, "--key", &key], None);
    check(closed, &["--cacert", &ca], Some("--cert"));
    check(
        closed,
        &["--cacert", &ca, "--cert", &other_cert, "--key", &other_key],
        Some("--cert"),
    );
    let resumed = |extra: &[&str]| {
        let every = ["--cacert", &ca, "--no-keepalive", "-c", "1"];
        let document = check(open, &[&every, extra].concat(), None);
        assert_eq!(document.report.counts.connections, 80);
        document.report.counts.resumed
    };
    assert!(resumed(&[]) > 40, "sessions are resumed");
    assert_eq!(resumed(&["--no-tls-resumption"]), 0);
}

#[test]
fn plain_and_secured_are_not_taken_for_each_other() {
    let refuses = raw(|mut stream| {
        // as servers do: a client that speaks TLS has sent no request line
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    let url = format!("https://localhost:{}/", refuses.port());
    let (code, document) = measured(&[&[url.as_str(), "-k"], &COUNT[..], &PATIENT].concat());
    assert_eq!(code, 4);
    let example = &document.report.failures[&Failure::Tls];
    assert!(example.contains("does not speak TLS"), "{example}");
    let issuer = Issuer::new("ours");
    let (addr, _requests) = secured(issuer.server("http/1.1", None), |_| plain("200 OK", "", ""));
    let url = format!("http://localhost:{}/", addr.port());
    let (code, document) = measured(&[&[url.as_str()], &COUNT[..], &PATIENT].concat());
    assert_eq!((code, document.report.counts.failed_total()), (4, 80));
}

/// Counts of a server of HTTP/2.
#[derive(Default)]
struct Seen {
    connections: AtomicU64,
    requests: AtomicU64,
}

/// HTTP/2 on a free port, secured if there is a configuration for it.
fn http2(config: Option<Arc<ServerConfig>>) -> (SocketAddr, Arc<Seen>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("free port");
    listener.set_nonblocking(true).expect("a socket");
    let addr = listener.local_addr().expect("bound");
    let seen = Arc::new(Seen::default());
    let counts = Arc::clone(&seen);
    std::thread::spawn(move || {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default());
        runtime.expect("a runtime").block_on(async move {
            let listener = TcpListener::from_std(listener).expect("registered");
            while let Ok((stream, _)) = listener.accept().await {
                counts.connections.fetch_add(1, Ordering::Relaxed);
                let (counts, config) = (Arc::clone(&counts), config.clone());
                tokio::task::spawn_local(async move {
                    match config {
                        None => talk(stream, counts).await,
                        Some(config) => {
                            if let Ok(stream) = tokio_rustls::TlsAcceptor::from(config).accept(stream).await {
                                talk(stream, counts).await;
                            }
                        }
                    }
                });
            }
        });
    });
    (addr, seen)
}

async fn talk<S: AsyncRead + AsyncWrite + Unpin>(stream: S, counts: Arc<Seen>) {
    let Ok(mut connection) = h2::server::handshake(stream).await else {
        return;
    };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        counts.requests.fetch_add(1, Ordering::Relaxed);
        assert_eq!(request.uri().path(), "/a");
        let answer = http::Response::new(());
        if let Ok(mut body) = respond.send_response(answer, false) {
            // a client that is gone is its own affair
            let _ = body.send_data(Bytes::from_static(b"ok"), true);
        }
    }
}

#[test]
fn http2_is_spoken_with_and_without_tls() {
    let dir = TempDir::new().expect("a folder");
    let issuer = Issuer::new("ours");
    let ca = write(&dir, "ca.pem", &issuer.pem());
    type Secured = Option<Arc<ServerConfig>>;
    let ways: [(&str, &[&str], Secured); 2] = [
        ("http", &["--h2c"], None),
        (
            "https",
            &["--http2", "--cacert", &ca],
            Some(issuer.server("h2", None)),
        ),
    ];
    for (scheme, flags, config) in ways {
        for (extra, connections) in [
            (&["-c", "3"][..], 1..=3),
            (&["-c", "3", "--preconnect"], 3..=3),
            (&["-c", "1", "--max-in-flight", "1"], 1..=1),
            (&["-c", "4", "-t", "2", "--preconnect"], 4..=4),
            (&["-c", "1", "--requests-per-conn", "50"], 4..=4),
            (&["-c", "3", "--closed"], 3..=3),
        ] {
            let (addr, seen) = http2(config.clone());
            let url = format!("{scheme}://localhost:{}/a", addr.port());
            let rate: &[&str] = match extra.contains(&"--closed") {
                true => &["-n", "200"],
                false => &["-R", "800", "-n", "200"],
            };
            let (code, document) = measured(&[&[url.as_str()], rate, &TRUSTED, flags, extra].concat());
            let report = &document.report;
            let said = format!("{scheme} {extra:?}: {:?} {:?}", report.failures, report.reasons);
            assert_eq!((code, report.counts.done), (0, 200), "{said}");
            assert_eq!(report.counts.body_bytes, 400, "{said}");
            assert_eq!(seen.requests.load(Ordering::Relaxed), 200, "{said}");
            let made = seen.connections.load(Ordering::Relaxed);
            assert_eq!(report.counts.connections, made, "{said}");
            assert!(connections.contains(&made), "{made} connections: {said}");
        }
    }
}

#[test]
fn whoever_speaks_another_version_is_told_apart() {
    let (old, _requests) = super::server::tcp(|_| OK.into());
    let url = format!("http://localhost:{}/", old.port());
    let (code, document) = measured(&[&[url.as_str(), "--h2c"], &COUNT[..], &PATIENT].concat());
    assert_eq!((code, document.report.counts.failed_total()), (4, 80));
    let failures = &document.report.failures;
    assert!(
        failures.values().any(|words| words.contains("HTTP/2")),
        "{failures:?}"
    );
    let issuer = Issuer::new("ours");
    let (old, _requests) = secured(issuer.server("http/1.1", None), |_| OK.into());
    let url = format!("https://localhost:{}/", old.port());
    let (code, document) = measured(&[&[url.as_str(), "-k", "--http2"], &COUNT[..], &PATIENT].concat());
    assert_eq!((code, document.report.counts.failed_as(Failure::Tls)), (4, 80));
    let example = &document.report.failures[&Failure::Tls];
    assert!(example.contains("--http2"), "{example}");
}

#[test]
fn tls_that_is_wrong_is_listed_before_anything_is_sent() {
    let dir = TempDir::new().expect("a folder");
    let empty = write(&dir, "empty.pem", "");
    let url = "https://localhost:1/";
    let (code, _, stderr) = run(&[
        &[url, "--cacert", &empty, "--cert", &empty, "--key", &empty],
        &COUNT[..],
    ]
    .concat());
    assert!(code == 1 || code == 2, "{code}");
    assert!(stderr.contains("cacert") && stderr.contains("key"), "{stderr}");
    // a file that never ends is not waited for
    let (code, _, stderr) = run(&[&[url, "--cacert", "/dev/zero"], &COUNT[..]].concat());
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("/dev/zero has more than"), "{stderr}");
}
