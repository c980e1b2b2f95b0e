//! One client connection, as its requests know it.

use super::deadline::Deadline;
use http1::head::FieldValue;
use std::net::IpAddr;

pub(crate) struct Client {
    pub(crate) ip: IpAddr,
    /// The address as text, for `X-Forwarded-For` and the log.
    ip_text: Box<str>,
    pub(super) deadline: Deadline,
}

impl Client {
    pub(crate) fn new(ip: IpAddr) -> Self {
        let ip = ip.to_canonical();
        Self {
            ip,
            ip_text: ip.to_string().into(),
            deadline: Deadline::default(),
        }
    }

    pub(super) fn ip_bytes(&self) -> &[u8] {
        self.ip_text.as_bytes()
    }

    pub(super) fn ip_value(&self) -> FieldValue<'_> {
        FieldValue::new(self.ip_text.as_bytes()).unwrap_or(FieldValue::constant("unknown"))
    }
}
