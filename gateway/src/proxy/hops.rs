//! What an upstream is told of the hops before it, and who the client is behind those that are trusted.

use super::forward::Up;
use super::nominated::Nominated;
use crate::transform;
use http1::head::{FieldName, FieldValue, Fields, Name};
use http1::write::RequestHead;
use std::net::IpAddr;

const FORWARDED_FOR: FieldName<'_> = FieldName::constant("x-forwarded-for");
const FORWARDED: FieldName<'_> = FieldName::constant("forwarded");
const REAL_IP: FieldName<'_> = FieldName::constant("x-real-ip");

impl Up<'_> {
    /// Whether a field of hops is made anew, or is a spelling that no honest proxy writes.
    pub(super) fn is_ours(&self, id: Name, name: FieldName<'_>) -> bool {
        match id {
            Name::XForwardedFor => self.route.forwarded.has_x(),
            Name::Forwarded => self.route.forwarded.has_rfc7239(),
            Name::Other => {
                let real_ip = self.route.real_ip && name.is("x-real-ip");
                real_ip || name.text().contains(&b'_')
            }
            _ => false,
        }
    }

    /// Who the client is behind a trusted peer.
    pub(super) fn client(&self, fields: Fields<'_>, nominated: &Nominated<'_>) -> Option<IpAddr> {
        let believed = self.route.forwarded.believed();
        let name = if believed == Name::Forwarded {
            FORWARDED
        } else {
            FORWARDED_FOR
        };
        if !self.from.trusted || !fields.has(believed) || nominated.names(name) {
            return None;
        }
        let trusts = |ip| self.from.plan.trusts(ip);
        Some(transform::client(fields, believed, self.from.client.ip, trusts))
    }

    /// `X-Forwarded-For`: the trusted peer's list, if there is one, and the peer itself.
    pub(super) fn add_hops(&self, out: &mut RequestHead, fields: Fields<'_>, nominated: &Nominated<'_>) {
        let own = self.from.client.ip_value();
        let earlier = self.from.trusted && fields.has(Name::XForwardedFor) && !nominated.names(FORWARDED_FOR);
        if !earlier {
            return self.add(out, FORWARDED_FOR, own);
        }
        let mut list = earlier_hops(fields, Name::XForwardedFor);
        list.extend_from_slice(own.bytes());
        if let Some(list) = FieldValue::new(&list) {
            self.add(out, FORWARDED_FOR, list);
        }
    }

    /// `Forwarded`: the same.
    pub(super) fn add_element(&self, out: &mut RequestHead, fields: Fields<'_>, nominated: &Nominated<'_>) {
        let earlier = self.from.trusted && fields.has(Name::Forwarded) && !nominated.names(FORWARDED);
        let mut list = if earlier {
            earlier_hops(fields, Name::Forwarded)
        } else {
            Vec::new()
        };
        let client = self.from.client;
        transform::element(&mut list, client.ip_value(), client.ip.is_ipv6(), self.from.host);
        if let Some(list) = FieldValue::new(&list) {
            self.add(out, FORWARDED, list);
        }
    }

    pub(super) fn add_real_ip(&self, out: &mut RequestHead, client: Option<IpAddr>) {
        let Some(client) = client else {
            return self.add(out, REAL_IP, self.from.client.ip_value());
        };
        let client = client.to_string();
        if let Some(client) = FieldValue::new(client.as_bytes()) {
            self.add(out, REAL_IP, client);
        }
    }
}

/// Repeated fields are one list (RFC 9110 §5.3), and one more member is to follow.
fn earlier_hops(fields: Fields<'_>, name: Name) -> Vec<u8> {
    let mut list = Vec::new();
    for hop in fields.all(name) {
        list.extend_from_slice(hop.bytes());
        list.extend_from_slice(b", ");
    }
    list
}
