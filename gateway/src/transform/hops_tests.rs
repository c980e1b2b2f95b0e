//! Lists of hops, honest and forged, and who is taken for the client.

use super::*;
use http1::head::{self, Limits};
use proptest::prelude::*;

/// Everybody in 10.0.0.0/8 is trusted; so is the peer, 10.0.0.1.
fn who(name: &str, values: &[&str]) -> String {
    let values: String = values
        .iter()
        .map(|value| format!("{name}: {value}\r\n"))
        .collect();
    let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{values}\r\n");
    let mut slots = Vec::new();
    let line = head::request(text.as_bytes(), &Limits::default(), &mut slots);
    let line = line.expect("well-formed").expect("complete");
    let trusts = |ip: IpAddr| matches!(ip, IpAddr::V4(ip) if ip.octets()[0] == 10);
    let fields = line.head(text.as_bytes(), &slots).fields;
    client(fields, Name::of(name.as_bytes()), [10, 0, 0, 1].into(), trusts).to_string()
}

#[test]
fn the_right_most_hop_that_is_not_trusted() {
    for (values, expected) in [
        (&[][..], "10.0.0.1"),
        (&["1.1.1.1"], "1.1.1.1"),
        (&["6.6.6.6, 1.1.1.1"], "1.1.1.1"),
        (&["6.6.6.6, 1.1.1.1, 10.0.0.2, 10.0.0.3"], "1.1.1.1"),
        (&["6.6.6.6", "1.1.1.1", "10.0.0.2"], "1.1.1.1"),
        (&["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (&["10.9.9.9, 1.1.1.1, 10.0.0.2"], "1.1.1.1"),
        (&["6.6.6.6, unknown, 10.0.0.2"], "10.0.0.2"),
        (&["6.6.6.6, unknown"], "10.0.0.1"),
        (&["6.6.6.6, , 1.1.1.1:443 ,"], "1.1.1.1"),
        (&["[2001:db8::1]:443, 10.0.0.2"], "2001:db8::1"),
        (&["2001:db8::1"], "2001:db8::1"),
        (&["::ffff:10.0.0.2"], "10.0.0.2"),
        (&["6.6.6.6, 1.1.1.1 2.2.2.2"], "10.0.0.1"),
    ] {
        assert_eq!(who("X-Forwarded-For", values), expected, "{values:?}");
    }
}

#[test]
fn elements_of_forwarded() {
    for (values, expected) in [
        (&["for=1.1.1.1"][..], "1.1.1.1"),
        (&["For=1.1.1.1;proto=https;by=10.0.0.9"], "1.1.1.1"),
        (&["for=6.6.6.6, for=1.1.1.1;host=x, for=10.0.0.2"], "1.1.1.1"),
        (&["proto=http; for=\"[2001:db8::1]:80\""], "2001:db8::1"),
        (&["for=\"1.1.1.1:80\""], "1.1.1.1"),
        (&["for=6.6.6.6, for=_hidden"], "10.0.0.1"),
        (&["for=6.6.6.6, proto=http, for=10.0.0.2"], "10.0.0.2"),
        (&["for=1.1.1.1;for=6.6.6.6"], "10.0.0.1"),
        // what a client smuggles into a value is part of that value
        (&["for=1.1.1.1;host=\"x, for=6.6.6.6;y=\""], "1.1.1.1"),
        (&["for=1.1.1.1;host=\"\\\", for=6.6.6.6;y=\""], "1.1.1.1"),
        (&["for=1.1.1.1;host=\"\\\\\", for=10.0.0.2"], "1.1.1.1"),
        // nor does a quote that he left open swallow what was appended
        (&["for=\", for=1.1.1.1;host=\"a\""], "1.1.1.1"),
        (&["x=\"", "for=1.1.1.1", "for=10.0.0.2"], "1.1.1.1"),
    ] {
        assert_eq!(who("Forwarded", values), expected, "{values:?}");
    }
}

#[test]
fn long_lists_are_read_from_the_right() {
    let long = format!("6.6.6.6, {}", vec!["10.0.0.2"; HOPS_MAX].join(", "));
    assert_eq!(who("X-Forwarded-For", &[&long]), "10.0.0.2");
}

#[test]
fn our_element() {
    let element = |ip: &str, is_ipv6, host: Option<&'static str>| {
        let mut out = Vec::new();
        let peer = FieldValue::new(ip.as_bytes()).expect("a value");
        element(&mut out, peer, is_ipv6, host.map(FieldValue::constant));
        String::from_utf8(out).expect("text")
    };
    assert_eq!(
        element("1.1.1.1", false, Some("a:80")),
        "for=1.1.1.1;proto=http;host=\"a:80\""
    );
    assert_eq!(element("::1", true, None), "for=\"[::1]\";proto=http");
    let hostile = element("1.1.1.1", false, Some("x\",for=6.6.6.6;y=\""));
    assert_eq!(who("Forwarded", &[&hostile]), "1.1.1.1");
}

proptest! {
    /// Whatever stands on the left, once somebody trusted has appended whom he saw, nothing else is believed.
    #[test]
    fn what_a_client_writes_is_never_believed(forged in "[ -~]{0,60}", tail in 0_usize..4) {
        let mut list = format!("{forged}, 1.1.1.1");
        list.push_str(&", 10.0.0.2".repeat(tail));
        prop_assert_eq!(who("X-Forwarded-For", &[&forged, &list]), "1.1.1.1");
        let mut list = format!("{forged}, for=1.1.1.1;host=\"a\"");
        list.push_str(&", for=10.0.0.2".repeat(tail));
        prop_assert_eq!(who("Forwarded", &[&forged, &list]), "1.1.1.1");
    }
}
