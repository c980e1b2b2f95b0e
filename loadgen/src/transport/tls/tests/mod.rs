//! TLS against servers of rustls over pipes in memory, with certificates made on the spot.

mod pki;

use super::handshake::Secured;
use super::{Tls, TlsSpec, Transport};
use pki::{Issuer, ServerOptions, tls};
use rustls::ServerConfig;
use rustls::version::{TLS12, TLS13};
use std::io::{self, IoSlice};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::TlsAcceptor;

/// In January 2027: what is valid and what is not does not depend on today.
const NOW: Duration = Duration::from_secs(1_800_000_000);
const PIPE_BYTES: usize = 64 * 1024;

/// What a connection turned out to be.
#[derive(Debug, PartialEq, Eq)]
struct Agreed {
    resumed: bool,
    version: &'static str,
    alpn: Option<&'static str>,
}

/// One connection from handshake to end: the server answers what it is sent.
async fn talk(tls: &Tls, server: &Arc<ServerConfig>) -> Result<Agreed, String> {
    let (near, far) = duplex(PIPE_BYTES);
    let server = async {
        let mut stream = TlsAcceptor::from(Arc::clone(server)).accept(far).await?;
        let mut bytes = [0; 4];
        stream.read_exact(&mut bytes).await?;
        stream.write_all(&bytes).await?;
        stream.shutdown().await
    };
    let client = async {
        let mut secured: Secured<DuplexStream> = tls.handshake(near).await?;
        let stream = &mut secured.stream;
        assert!(stream.is_write_vectored());
        let sent = stream
            .write_vectored(&[IoSlice::new(b"pi"), IoSlice::new(b"ng")])
            .await?;
        assert_eq!(sent, 4);
        stream.flush().await?;
        let mut text = String::new();
        stream.read_to_string(&mut text).await?;
        assert_eq!(text, "ping");
        Ok(Agreed {
            resumed: secured.resumed,
            version: secured.version,
            alpn: secured.alpn,
        })
    };
    // what goes wrong at the server is the client's to tell
    let (client, _) = tokio::join!(client, server);
    client.map_err(|error: io::Error| error.to_string())
}

/// The handshake, or what comes of it, fails in words that contain all of `hints`.
async fn check_refused(tls: &Tls, server: &Arc<ServerConfig>, hints: &[&str]) {
    let error = talk(tls, server).await.expect_err("refused");
    for hint in hints {
        assert!(error.contains(hint), "{hint:?} is not in {error:?}");
    }
}

/// The errors of a specification, one a line.
fn errors(spec: &TlsSpec) -> String {
    match Tls::new(spec, NOW) {
        Ok(_) => String::new(),
        Err(errors) => errors.join("\n"),
    }
}

fn issuer_and_server() -> (Issuer, Arc<ServerConfig>) {
    let issuer = Issuer::new("issuer");
    let server = issuer.server(&ServerOptions::default());
    (issuer, server)
}

#[tokio::test]
async fn a_certificate_is_trusted_by_its_issuer_alone() {
    let (issuer, server) = issuer_and_server();
    let agreed = talk(&tls(&issuer.spec()), &server).await.expect("trusted");
    let wanted = Agreed {
        resumed: false,
        version: "TLSv1.3",
        alpn: None,
    };
    assert_eq!(agreed, wanted);
    let stranger = Issuer::new("stranger").spec();
    check_refused(&tls(&stranger), &server, &["unknown issuer", "--cacert or -k"]).await;
    let namesakes = [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ED25519];
    for namesake in namesakes.map(|kind| Issuer::with_key("issuer", kind).spec()) {
        check_refused(&tls(&namesake), &server, &["not signed by", "--cacert", "-k"]).await;
    }
    let both = [stranger.cacert.expect("PEM"), issuer.pem().into()].concat();
    let both = TlsSpec {
        cacert: Some(both),
        ..issuer.spec()
    };
    talk(&tls(&both), &server).await.expect("one of two");
}

#[tokio::test]
async fn what_is_wrong_with_a_certificate_is_said_and_forgiven_by_k() {
    let issuer = Issuer::new("issuer");
    let check = async |names: &[&str], alter: fn(&mut rcgen::CertificateParams), hints: &[&str]| {
        let server = ServerOptions::default().build(&issuer.issue(names, alter));
        check_refused(&tls(&issuer.spec()), &server, hints).await;
        let insecure = TlsSpec {
            insecure: true,
            ..issuer.spec()
        };
        talk(&tls(&insecure), &server).await.expect("any will do");
    };
    check(
        &["a", "127.0.0.1", "b"],
        |_| {},
        &[
            "not for localhost but for a, 127.0.0.1, b: use",
            "--connect-to",
            "-k",
        ],
    )
    .await;
    check(
        &["a", "b", "c", "d", "e", "f"],
        |_| {},
        &["but for a, b, c, d and 2 others: use"],
    )
    .await;
    check(&[], |_| {}, &["not for localhost but for no name at all"]).await;
    check(
        &["localhost"],
        |params| params.not_after = rcgen::date_time_ymd(2027, 1, 5),
        &["has expired (10 days ago)", "-k"],
    )
    .await;
    check(
        &["localhost"],
        |params| params.not_before = rcgen::date_time_ymd(2028, 1, 1),
        &["not valid yet", "clock"],
    )
    .await;
    check(
        &["localhost"],
        |params| params.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained),
        &["CA:TRUE", "-k"],
    )
    .await;
    check(
        &["localhost"],
        |params| params.insert_extended_key_usage(rcgen::ExtendedKeyUsagePurpose::EmailProtection),
        &["is refused (", "use -k"],
    )
    .await;
}

#[tokio::test]
async fn addresses_are_names_too() {
    let issuer = Issuer::new("issuer");
    let shown = issuer.issue(&["127.0.0.1", "::1"], |_| {});
    let server = ServerOptions::default().build(&shown);
    for name in ["127.0.0.1", "[::1]", "::1"] {
        let spec = TlsSpec {
            server_name: name.into(),
            ..issuer.spec()
        };
        talk(&tls(&spec), &server).await.expect(name);
    }
}

#[tokio::test]
async fn a_client_shows_its_certificate_where_one_is_demanded() {
    let issuer = Issuer::new("issuer");
    let client = issuer.issue(&["client"], |_| {});
    let stranger = Issuer::new("stranger").issue(&["client"], |_| {});
    for version in [&TLS12, &TLS13] {
        let server = issuer.server(&ServerOptions {
            versions: &[version],
            clients_of: Some(&issuer),
            ..ServerOptions::default()
        });
        check_refused(
            &tls(&issuer.spec()),
            &server,
            &["client certificate", "--cert", "--key"],
        )
        .await;
        let with = |shown: &pki::Shown| TlsSpec {
            identity: Some((shown.cert.clone().into(), shown.key.clone().into())),
            ..issuer.spec()
        };
        talk(&tls(&with(&client)), &server).await.expect("shown");
        check_refused(&tls(&with(&stranger)), &server, &["client certificate", "--cert"]).await;
    }
}

#[tokio::test]
async fn sessions_are_resumed_only_where_that_is_asked_for() {
    let issuer = Issuer::new("issuer");
    for version in [&TLS12, &TLS13] {
        let server = issuer.server(&ServerOptions {
            versions: &[version],
            ..ServerOptions::default()
        });
        for resumption in [true, false] {
            let tls = tls(&TlsSpec {
                resumption,
                ..issuer.spec()
            });
            for dial in 0..4 {
                // clones share what the run has
                let agreed = talk(&tls.clone(), &server).await.expect("agreed");
                assert_eq!(agreed.resumed, resumption && dial > 0, "dial {dial}");
            }
        }
    }
}

/// rustls' own store would make the ninth a full handshake.
#[tokio::test]
async fn as_many_dials_as_there_are_tickets_resume_at_once() {
    let (issuer, server) = issuer_and_server();
    let tls = tls(&issuer.spec());
    for _ in 0..20 {
        talk(&tls, &server).await.expect("two tickets come, one goes");
    }
    let mut open = Vec::new();
    for dial in 0..20 {
        let (near, far) = duplex(PIPE_BYTES);
        let accept = TlsAcceptor::from(Arc::clone(&server)).accept(far);
        let (secured, far) = tokio::join!(tls.handshake(near), accept);
        let secured = secured.expect("agreed");
        assert!(secured.resumed, "dial {dial}");
        open.push((secured.stream, far.expect("agreed")));
    }
}

#[tokio::test]
async fn one_protocol_is_offered_and_no_other_taken() {
    let issuer = Issuer::new("issuer");
    let check = async |http2: bool, offers: &[&str], wanted: Result<Option<&'static str>, &str>| {
        let server = issuer.server(&ServerOptions {
            alpn: offers,
            ..ServerOptions::default()
        });
        let tls = tls(&TlsSpec {
            http2,
            ..issuer.spec()
        });
        match wanted {
            Ok(alpn) => assert_eq!(talk(&tls, &server).await.expect("agreed").alpn, alpn),
            Err(hint) => check_refused(&tls, &server, &[hint]).await,
        }
    };
    check(true, &["h2"], Ok(Some("h2"))).await;
    check(true, &["http/1.1", "h2"], Ok(Some("h2"))).await;
    check(true, &["http/1.1"], Err("speaks no h2: drop --http2")).await;
    check(true, &[], Err("speaks no h2: drop --http2")).await;
    check(false, &["h2", "http/1.1"], Ok(Some("http/1.1"))).await;
    check(false, &[], Ok(None)).await;
    check(false, &["h2"], Err("speaks no http/1.1: use --http2")).await;
}

#[tokio::test]
async fn older_servers_are_spoken_to() {
    let issuer = Issuer::new("issuer");
    for (version, name) in [(&TLS12, "TLSv1.2"), (&TLS13, "TLSv1.3")] {
        let server = issuer.server(&ServerOptions {
            versions: &[version],
            ..ServerOptions::default()
        });
        let agreed = talk(&tls(&issuer.spec()), &server).await.expect("agreed");
        assert_eq!(agreed.version, name);
    }
}

#[tokio::test]
async fn servers_without_tls_are_called_that() {
    let check = async |answer: &[u8], hint: &str| {
        let (near, mut far) = duplex(PIPE_BYTES);
        let server = async {
            let mut hello = [0; 5];
            far.read_exact(&mut hello).await.expect("a record");
            far.write_all(answer).await.expect("room in the pipe");
            drop(far);
        };
        let tls = tls(&Issuer::new("issuer").spec());
        let (secured, ()) = tokio::join!(tls.handshake(near), server);
        let error = secured.err().expect("no TLS").to_string();
        assert!(error.contains(hint), "{answer:?}: {error}");
    };
    check(
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        "does not speak TLS: is it plain HTTP",
    )
    .await;
    check(b"<html>", "does not speak TLS").await;
    check(b"SSH-2.0-OpenSSH_9.6\r\n", "does not speak TLS").await;
    check(b"", "ended the connection in the middle of the TLS handshake").await;
    check(
        b"\x16\x03\x03",
        "ended the connection in the middle of the TLS handshake",
    )
    .await;
    // alerts: protocol_version, handshake_failure, unrecognized_name, internal_error
    check(b"\x15\x03\x03\0\x02\x02\x46", "neither TLS 1.2 nor TLS 1.3").await;
    check(b"\x15\x03\x03\0\x02\x02\x28", "no cipher in common").await;
    check(b"\x15\x03\x03\0\x02\x02\x70", "(SNI)").await;
    check(b"\x15\x03\x03\0\x02\x02\x50", "(InternalError)").await;
}

/// An end without `close_notify` may be an attacker's: it must not pass for the end of an answer.
#[tokio::test]
async fn truncation_is_an_error_and_a_proper_end_is_none() {
    let (issuer, server) = issuer_and_server();
    let tls = tls(&issuer.spec());
    for proper in [true, false] {
        let (near, far) = duplex(PIPE_BYTES);
        let server = async {
            let accepted = TlsAcceptor::from(Arc::clone(&server)).accept(far).await;
            let mut stream = accepted.expect("agreed");
            stream.write_all(b"half").await.expect("written");
            stream.flush().await.expect("written");
            if proper {
                stream.shutdown().await.expect("shut down");
            }
        };
        let client = async {
            let mut stream = tls.handshake(near).await.expect("agreed").stream;
            let mut text = String::new();
            stream.read_to_string(&mut text).await.map(|_| text)
        };
        let (read, ()) = tokio::join!(client, server);
        match read {
            Ok(text) => assert!(proper && text == "half"),
            Err(error) => {
                assert!(!proper);
                assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
                assert!(error.to_string().contains("close_notify"), "{error}");
            }
        }
    }
}

#[tokio::test]
async fn a_plain_stream_passes_everything_on() {
    let (near, mut far): (_, DuplexStream) = duplex(PIPE_BYTES);
    let mut plain = Transport::Plain(near);
    assert!(plain.is_write_vectored());
    let sent = plain
        .write_vectored(&[IoSlice::new(b"a"), IoSlice::new(b"b")])
        .await;
    assert_eq!(sent.expect("written"), 2);
    plain.write_all(b"c").await.expect("written");
    plain.flush().await.expect("flushed");
    plain.shutdown().await.expect("shut down");
    let mut text = String::new();
    far.read_to_string(&mut text).await.expect("read");
    assert_eq!(text, "abc");
    far.write_all(b"d").await.expect("written");
    drop(far);
    text.clear();
    plain.read_to_string(&mut text).await.expect("read");
    assert_eq!(text, "d");
}

#[test]
fn every_error_of_a_specification_is_told_at_once() {
    let issuer = Issuer::new("issuer");
    let (one, other) = (issuer.issue(&["one"], |_| {}), issuer.issue(&["other"], |_| {}));
    let check = |cacert: Option<&str>, cert: &str, key: &str, wanted: &[&str]| {
        let spec = TlsSpec {
            cacert: Some(cacert.map_or_else(|| issuer.pem(), str::to_owned).into()),
            identity: Some((cert.into(), key.into())),
            ..issuer.spec()
        };
        let found = errors(&spec);
        assert_eq!(found.lines().count(), wanted.len(), "{found}");
        for (line, hint) in found.lines().zip(wanted) {
            assert!(line.contains(hint), "{hint:?} is not in {line:?}");
        }
    };
    check(None, &one.cert, &one.key, &[]);
    check(
        None,
        &one.cert,
        &other.key,
        &["key: it does not belong to the certificate"],
    );
    check(
        None,
        &one.key,
        &one.cert,
        &["cert: no certificate in it", "key: no private key in it"],
    );
    check(
        Some(""),
        "",
        "",
        &[
            "cacert: no certificate",
            "cert: no certificate",
            "key: no private key",
        ],
    );
    check(Some(&one.key), &one.cert, &one.key, &["cacert: no certificate"]);
    let broken = "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n";
    check(
        Some(broken),
        &one.cert,
        &one.key,
        &["cacert: its PEM text is broken"],
    );
    let nonsense = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
    check(
        Some(nonsense),
        &one.cert,
        &one.key,
        &["cacert: certificate 1 cannot be read"],
    );
    check(None, nonsense, &one.key, &["cert: "]);
    let nonsense = "-----BEGIN PRIVATE KEY-----\naGVsbG8=\n-----END PRIVATE KEY-----\n";
    check(None, &one.cert, nonsense, &["key: "]);
    let encrypted = nonsense.replace("PRIVATE", "ENCRYPTED PRIVATE");
    check(None, &one.cert, &encrypted, &["key: it asks for a password"]);
    let encrypted =
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nx\n-----END RSA PRIVATE KEY-----\n";
    check(None, &one.cert, encrypted, &["key: it asks for a password"]);
    for name in ["", "a b", "[a]", "-"] {
        let spec = TlsSpec {
            server_name: name.into(),
            cacert: Some(Vec::new()),
            insecure: true,
            ..TlsSpec::default()
        };
        let found = errors(&spec);
        assert!(found.starts_with(&format!("url: {name:?} is no name")), "{found}");
        assert!(
            found.ends_with("is wanted"),
            "a file that is wrong is wrong, -k or not: {found}"
        );
    }
}
