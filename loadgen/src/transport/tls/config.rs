//! From what was typed to a configuration of rustls; every error at once.

use super::clock::Clock;
use super::roots::{identity, trusted};
use super::sessions::Sessions;
use super::unchecked::Unchecked;
use rustls::client::danger::ServerCertVerifier;
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, Error, InconsistentKeys};
use std::net::Ipv6Addr;
use std::sync::Arc;
use std::time::Duration;

/// What the command line says of TLS.
#[derive(Debug, Clone, Default)]
pub struct TlsSpec {
    /// Whom the certificate has to name, and SNI; the URL's host, brackets or not.
    pub server_name: String,
    /// `-k`: any certificate will do.
    pub insecure: bool,
    /// PEM text of whom to trust, in place of the system's.
    pub cacert: Option<Vec<u8>>,
    /// PEM texts of a client's certificate, with its chain, and its key.
    pub identity: Option<(Vec<u8>, Vec<u8>)>,
    /// Dials may resume the sessions of earlier ones.
    pub resumption: bool,
    /// Speak HTTP/2 and nothing else; without it, HTTP/1.1 and nothing else.
    pub http2: bool,
}

impl TlsSpec {
    /// The protocol that is offered.
    pub(super) fn alpn(&self) -> &'static str {
        if self.http2 { "h2" } else { "http/1.1" }
    }
}

/// Whom to ask for, and how. `unix_now` is the wall clock as it stands.
pub(super) fn build(
    spec: &TlsSpec,
    unix_now: Duration,
) -> Result<(ServerName<'static>, ClientConfig), Vec<String>> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut errors = Vec::new();
    let name = server_name(&spec.server_name).map_err(|error| errors.push(error));
    let verifier = verifier(spec, &provider).map_err(|error| errors.push(error));
    let identity = match &spec.identity {
        None => Ok(None),
        Some((cert, key)) => identity(cert, key).map(Some),
    };
    let identity = identity.map_err(|more| errors.extend(more));
    let (Ok(name), Ok(verifier), Ok(identity)) = (name, verifier, identity) else {
        return Err(errors);
    };
    let builder = ClientConfig::builder_with_details(provider, Arc::new(Clock::new(unix_now)))
        .with_safe_default_protocol_versions()
        .map_err(|error| vec![format!("tls: {error}")])?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match identity {
        None => builder.with_no_client_auth(),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| vec![unfit(&error)])?,
    };
    config.alpn_protocols = vec![spec.alpn().into()];
    config.resumption = if spec.resumption {
        Resumption::store(Arc::new(Sessions::default()))
    } else {
        Resumption::disabled()
    };
    Ok((name, config))
}

fn server_name(host: &str) -> Result<ServerName<'static>, String> {
    let address = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let name = match address.map(str::parse::<Ipv6Addr>) {
        Some(Ok(address)) => Some(std::net::IpAddr::V6(address).into()),
        Some(Err(_)) => None,
        None => ServerName::try_from(host.to_owned()).ok(),
    };
    name.ok_or_else(|| format!("url: {host:?} is no name that a certificate could be for"))
}

/// `--cacert` is read even where `-k` makes it idle: a file that is wrong is wrong.
fn verifier(
    spec: &TlsSpec,
    provider: &Arc<rustls::crypto::CryptoProvider>,
) -> Result<Arc<dyn ServerCertVerifier>, String> {
    let roots = match (&spec.cacert, spec.insecure) {
        (None, true) => None,
        (cacert, _) => Some(trusted(cacert.as_deref())?),
    };
    match roots.filter(|_| !spec.insecure) {
        None => Ok(Arc::new(Unchecked {
            schemes: provider.signature_verification_algorithms.supported_schemes(),
        })),
        Some(roots) => {
            let checked = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider));
            let checked = checked.build().map_err(|error| format!("cacert: {error}"))?;
            Ok(checked)
        }
    }
}

/// What is wrong with a certificate and a key that could be read.
fn unfit(error: &Error) -> String {
    match error {
        Error::InconsistentKeys(InconsistentKeys::KeyMismatch) => {
            "key: it does not belong to the certificate of --cert".into()
        }
        Error::InvalidCertificate(_) => format!("cert: {error}"),
        _ => format!("key: {error}"),
    }
}
