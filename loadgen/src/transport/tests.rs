//! The parts on top of each other: HTTP/2 over TLS over a Unix socket, with real sockets and no fixed name.

use super::http2::{Http2, Keep};
use super::net::Net;
use super::tls::{Tls, TlsSpec};
use crate::event::Failure;
use bytes::Bytes;
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::UnixListener;
use tokio::runtime::{Builder, LocalOptions};
use tokio_rustls::TlsAcceptor;
use world::{RealWorld, Seed, World};

/// Serves every connection on `at`, each in a task; demands a client certificate, or none.
fn serve(at: PathBuf, demanding: bool) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a certificate");
    let cert = made.cert.der().clone();
    let builder = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13])
        .expect("a version");
    let builder = if demanding {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(cert.clone()).expect("a root");
        let verifier =
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::new(default_provider()));
        builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
    } else {
        builder.with_no_client_auth()
    };
    let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
    let mut config = builder.with_single_cert(vec![cert], key).expect("a pair");
    config.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = UnixListener::bind(at).expect("a socket");
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::task::spawn_local(async move {
                let Ok(stream) = acceptor.accept(stream).await else {
                    return;
                };
                let mut server = h2::server::handshake(stream).await.expect("HTTP/2");
                while let Some(Ok((_, mut respond))) = server.accept().await {
                    let mut body = respond
                        .send_response(http::Response::new(()), false)
                        .expect("sent");
                    body.send_data(Bytes::from_static(b"hello"), true).expect("sent");
                }
            });
        }
    });
}

/// Asks once; the number of bytes in the answer.
async fn ask(net: &Net, tls: &Tls) -> Result<u64, (Failure, String)> {
    let stream = net.connect(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).await;
    let secured = tls.handshake(stream.expect("a connection")).await;
    let secured = secured.map_err(|error| (Failure::Tls, error.to_string()))?;
    assert_eq!(secured.alpn, Some("h2"));
    let http2 = Http2::connect(secured.stream).await?;
    let request = http::Request::get("https://localhost/")
        .body(())
        .expect("a request");
    let answer = http2.exchange(&request, Bytes::new(), Keep::Nothing, || {}).await;
    Ok(answer.expect("an answer").body_bytes)
}

#[test]
fn http2_over_tls_over_a_unix_socket() {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    runtime.expect("a runtime").block_on(async {
        let folder = tempfile::tempdir().expect("a folder");
        let spec = TlsSpec {
            server_name: "localhost".into(),
            insecure: true,
            http2: true,
            ..TlsSpec::default()
        };
        for demanding in [false, true] {
            let path = folder.path().join(format!("socket-{demanding}"));
            serve(path.clone(), demanding);
            let real = RealWorld::new(Seed(1), Duration::ZERO).expect("a world");
            let tls = Tls::new(&spec, real.unix_now()).unwrap_or_else(|errors| panic!("{errors:?}"));
            let outcome = ask(&Net::new(real, Some(path)), &tls).await;
            if demanding {
                let (kind, text) = outcome.expect_err("no certificate was shown");
                assert_eq!(kind, Failure::Tls, "{text}");
                assert!(
                    text.starts_with("the server demands a client certificate"),
                    "{text}"
                );
            } else {
                assert_eq!(outcome, Ok(5));
            }
        }
    });
}
