//! Certificates and keys from PEM text, and whom a run trusts.

use rustls::RootCertStore;
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// What begins a key that asks for a password, in its two formats.
const ENCRYPTED: [&[u8]; 2] = [b"BEGIN ENCRYPTED PRIVATE KEY", b"Proc-Type: 4,ENCRYPTED"];

/// A client's certificate with its chain, and its key.
pub(super) type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// The certificates of `--cacert`, or those of the system.
pub(super) fn trusted(cacert: Option<&[u8]>) -> Result<RootCertStore, String> {
    let mut roots = RootCertStore::empty();
    let Some(pem) = cacert else {
        let system = rustls_native_certs::load_native_certs();
        // one that cannot be read is no reason to distrust the others
        let (added, _) = roots.add_parsable_certificates(system.certs);
        if added == 0 {
            let why = system.errors.first().map(|error| format!(" ({error})"));
            return Err(format!(
                "tls: this machine has no trusted certificates{}: install ca-certificates, or use --cacert or -k",
                why.unwrap_or_default()
            ));
        }
        return Ok(roots);
    };
    for (i, certificate) in certificates("cacert", pem)?.into_iter().enumerate() {
        roots
            .add(certificate)
            .map_err(|error| format!("cacert: certificate {} cannot be read: {error}", i + 1))?;
    }
    Ok(roots)
}

/// A client's certificate and key; every error at once.
pub(super) fn identity(cert: &[u8], key: &[u8]) -> Result<Identity, Vec<String>> {
    match (certificates("cert", cert), private_key(key)) {
        (Ok(chain), Ok(key)) => Ok((chain, key)),
        (chain, key) => Err([chain.err(), key.err()].into_iter().flatten().collect()),
    }
}

/// `option` is where the text comes from.
fn certificates(option: &str, pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem).collect();
    match found {
        Ok(found) if found.is_empty() => Err(format!(
            "{option}: no certificate in it: PEM text with -----BEGIN CERTIFICATE----- is wanted"
        )),
        Ok(found) => Ok(found),
        Err(error) => Err(broken(option, &error)),
    }
}

fn private_key(pem: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    let encrypted = |mark: &&[u8]| pem.windows(mark.len()).any(|window| window == *mark);
    if ENCRYPTED.iter().any(encrypted) {
        return Err(
            "key: it asks for a password: take that off first (openssl pkey -in KEY -out PLAIN)".into(),
        );
    }
    PrivateKeyDer::from_pem_slice(pem).map_err(|error| match error {
        PemError::NoItemsFound => {
            "key: no private key in it: PEM text with -----BEGIN PRIVATE KEY----- is wanted".into()
        }
        error => broken("key", &error),
    })
}

fn broken(option: &str, error: &PemError) -> String {
    format!("{option}: its PEM text is broken: {error}")
}
