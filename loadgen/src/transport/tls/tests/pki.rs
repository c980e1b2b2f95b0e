//! Certificates made on the spot, and servers that show them.

use super::super::{Tls, TlsSpec};
use super::NOW;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, SignatureAlgorithm,
};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, SupportedProtocolVersion};
use std::sync::Arc;

/// An issuer whom nobody knows, by its name.
pub(super) struct Issuer(CertifiedIssuer<'static, KeyPair>);

/// PEM texts.
pub(super) struct Shown {
    pub(super) cert: String,
    pub(super) key: String,
}

impl Issuer {
    pub(super) fn new(name: &str) -> Self {
        Self::with_key(name, &rcgen::PKCS_ECDSA_P256_SHA256)
    }

    pub(super) fn with_key(name: &str, kind: &'static SignatureAlgorithm) -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate_for(kind).expect("a key");
        Self(CertifiedIssuer::self_signed(params, key).expect("an issuer"))
    }

    pub(super) fn pem(&self) -> String {
        self.0.pem()
    }

    /// A certificate for `names`, altered by `alter`.
    pub(super) fn issue(&self, names: &[&str], alter: impl FnOnce(&mut CertificateParams)) -> Shown {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).expect("names");
        alter(&mut params);
        let key = KeyPair::generate().expect("a key");
        let cert = params.signed_by(&key, &self.0).expect("a certificate");
        Shown {
            cert: cert.pem(),
            key: key.serialize_pem(),
        }
    }

    /// A server with a good certificate for localhost.
    pub(super) fn server(&self, options: &ServerOptions<'_>) -> Arc<ServerConfig> {
        options.build(&self.issue(&["localhost"], |_| {}))
    }

    /// How to ask a server of this issuer for localhost.
    pub(super) fn spec(&self) -> TlsSpec {
        TlsSpec {
            server_name: "localhost".into(),
            cacert: Some(self.pem().into()),
            resumption: true,
            ..TlsSpec::default()
        }
    }
}

/// A server's habits.
#[derive(Default)]
pub(super) struct ServerOptions<'a> {
    pub(super) alpn: &'a [&'a str],
    /// All of them where none is named.
    pub(super) versions: &'a [&'static SupportedProtocolVersion],
    /// Whose client certificates are demanded.
    pub(super) clients_of: Option<&'a Issuer>,
}

impl ServerOptions<'_> {
    pub(super) fn build(&self, shown: &Shown) -> Arc<ServerConfig> {
        let provider = Arc::new(default_provider());
        let versions = match self.versions {
            [] => rustls::ALL_VERSIONS,
            versions => versions,
        };
        let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(versions)
            .expect("versions");
        let builder = match self.clients_of {
            None => builder.with_no_client_auth(),
            Some(issuer) => {
                let mut roots = RootCertStore::empty();
                roots.add(issuer.0.der().clone()).expect("an issuer");
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("a verifier"))
            }
        };
        let cert = CertificateDer::from_pem_slice(shown.cert.as_bytes()).expect("PEM");
        let key = PrivateKeyDer::from_pem_slice(shown.key.as_bytes()).expect("PEM");
        let mut config = builder.with_single_cert(vec![cert], key).expect("a pair");
        config.alpn_protocols = self.alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        Arc::new(config)
    }
}

pub(super) fn tls(spec: &TlsSpec) -> Tls {
    Tls::new(spec, NOW).unwrap_or_else(|errors| panic!("{errors:?}"))
}
