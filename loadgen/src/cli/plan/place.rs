//! Where connections go.

use loadgen::{ConnectTo, Origin, TlsSpec};
use std::path::PathBuf;

#[derive(Debug)]
pub(in crate::cli) struct Place {
    pub(in crate::cli) origin: Origin,
    /// Dialled instead of any address.
    pub(in crate::cli) unix: Option<PathBuf>,
    pub(in crate::cli) connect_to: Option<ConnectTo>,
    pub(in crate::cli) tls: Option<TlsSpec>,
}

impl Place {
    /// What is looked up and dialled, as `host:port`.
    pub(in crate::cli) fn name(&self) -> String {
        let Origin { host, port, .. } = &self.origin;
        let elsewhere = self.connect_to.as_ref();
        elsewhere
            .and_then(|rule| rule.instead_of(host, *port))
            .unwrap_or_else(|| format!("{host}:{port}"))
    }
}
