//! One client connection, as its requests know it.

use super::deadline::Deadline;
use http1::head::FieldValue;
use http1::io::{Incoming, Interims, Watch};
use std::cell::OnceCell;
use std::net::IpAddr;
use std::rc::Rc;
use tokio::io::{AsyncRead, AsyncWrite};

pub(crate) struct Client {
    pub(crate) ip: IpAddr,
    /// The address as text, for `X-Forwarded-For` and the log.
    ip_text: Box<str>,
    pub(super) deadline: Deadline,
    /// Where interim answers go. Known once it has asked for something.
    interims: OnceCell<Interims>,
    watch: Rc<Watch>,
}

impl Client {
    pub(crate) fn new(ip: IpAddr, watch: Rc<Watch>) -> Self {
        let ip = ip.to_canonical();
        Self {
            ip,
            ip_text: ip.to_string().into(),
            deadline: Deadline::default(),
            interims: OnceCell::new(),
            watch,
        }
    }

    /// A request came, whose connection this is.
    pub(super) fn asks<S: AsyncRead + AsyncWrite + Unpin>(&self, body: &Incoming<S>) {
        self.interims.get_or_init(|| body.interims());
    }

    pub(super) fn interims(&self) -> Option<&Interims> {
        self.interims.get()
    }

    /// Why it is the gateway that ends the connection, if it is.
    pub(super) fn is_cut_off(&self) -> Option<&'static str> {
        self.watch.is_cut_off()
    }

    pub(super) fn ip_bytes(&self) -> &[u8] {
        self.ip_text.as_bytes()
    }

    pub(super) fn ip_value(&self) -> FieldValue<'_> {
        FieldValue::new(self.ip_text.as_bytes()).unwrap_or(FieldValue::constant("unknown"))
    }
}
