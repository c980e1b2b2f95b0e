//! Interim answers of an upstream on their way to the client (RFC 9110 §15.2): `103 Early Hints`, `102 Processing`, and what
//! there may be.
//!
//! Not passed on: `100 Continue`, because the gateway says that itself, when the upstream's connection takes the body;
//! anything to a client of HTTP/1.0; and what does not fit into the little that waits for a client that reads slowly. They
//! move no deadline: hints are no answer.

use super::client::Client;
use super::nominated::Nominated;
use crate::transform::ResponseEdits;
use http1::head::Response;
use http1::io::Buffers;
use http1::write::ResponseHead;

pub(super) fn pass(head: &Response<'_>, client: &Client, buffers: &Buffers, edits: Option<&ResponseEdits>) {
    if head.status == 100 {
        return;
    }
    let Some(way) = client.interims().filter(|way| way.are_taken()) else {
        return;
    };
    let Some(nominated) = Nominated::of(head.fields) else {
        return;
    };
    let mut out = ResponseHead::new(buffers.send(), head.status);
    for field in head.fields.iter() {
        let is_hops = field.name.id().is_hop_by_hop() || nominated.names(field.name);
        if !is_hops && edits.is_none_or(|edits| edits.keeps(field.name)) {
            out.put(field);
        }
    }
    way.send(out);
}
