//! Headers as they come, in pieces and broken, and bytes that are none.

use super::*;
use proptest::prelude::*;

const SIGNATURE: &[u8] = b"\r\n\r\n\0\r\nQUIT\n";

fn v2(command: u8, family: u8, rest: &[u8]) -> Vec<u8> {
    let len = u16::try_from(rest.len()).expect("short").to_be_bytes();
    [SIGNATURE, &[command, family], &len, rest].concat()
}

fn v4_rest() -> Vec<u8> {
    vec![1, 2, 3, 4, 9, 9, 9, 9, 0x1f, 0x90, 0, 80]
}

/// `Ok` with the source of a header that takes all of these bytes, with others behind it too.
fn check(bytes: &[u8], expected: Result<Option<&str>, Malformed>) {
    let expected = expected.map(|source| {
        Some(Header {
            len: bytes.len(),
            source: source.map(|source| source.parse().expect("an address")),
        })
    });
    let shown = bytes.escape_ascii();
    assert_eq!(parse(bytes), expected, "{shown}");
    if expected.is_ok() {
        assert_eq!(parse(&[bytes, b"GET / "].concat()), expected, "{shown}");
        for end in 0..bytes.len() {
            assert_eq!(parse(&bytes[..end]), Ok(None), "{shown} up to {end}");
        }
    }
}

#[test]
fn lines_of_text() {
    check(
        b"PROXY TCP4 1.2.3.4 9.9.9.9 8080 80\r\n",
        Ok(Some("1.2.3.4:8080")),
    );
    check(
        b"PROXY TCP6 2001:db8::1 ::1 65535 0\r\n",
        Ok(Some("[2001:db8::1]:65535")),
    );
    check(b"PROXY UNKNOWN\r\n", Ok(None));
    check(b"PROXY UNKNOWN ffff::1 whatever it is\r\n", Ok(None));
    let longest = format!("PROXY TCP6 {0} {0} 65535 65535\r\n", "ffff:".repeat(7) + "ffff");
    check(
        longest.as_bytes(),
        Ok(Some("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535")),
    );
    for bad in [
        "PROXY\r\n",
        "PROXY \r\n",
        "PROXY  TCP4 1.2.3.4 9.9.9.9 1 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 1 \r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 1 1\r\n",
        "PROXY TCP4 1.2.3.4  9.9.9.9 1 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 65536 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 +1 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 01 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 -1\r\n",
        "PROXY TCP4 1.2.3.04 9.9.9.9 1 1\r\n",
        "PROXY TCP4 ::1 ::1 1 1\r\n",
        "PROXY TCP6 1.2.3.4 9.9.9.9 1 1\r\n",
        "PROXY TCP6 [::1] [::1] 1 1\r\n",
        "PROXY TCP5 1.2.3.4 9.9.9.9 1 1\r\n",
        "PROXY tcp4 1.2.3.4 9.9.9.9 1 1\r\n",
        "proxy TCP4 1.2.3.4 9.9.9.9 1 1\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 1\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 1\n\r\n",
        "PROXY TCP4 1.2.3.4 9.9.9.9 1 1\r\r\n",
        "PROXY UNKNOWN \r \r\n",
        "PROXY UNKNOWNS\r\n",
        "POST / HTTP/1.1\r\n",
        "GET / HTTP/1.1\r\n",
    ] {
        check(bad.as_bytes(), Err(Malformed));
    }
    check(
        &[b"PROXY UNKNOWN ".as_slice(), &[b'x'; 93]].concat(),
        Err(Malformed),
    );
    check(b"PROXY UNKNOWN \xff\r\n", Err(Malformed));
}

#[test]
fn binary_ones() {
    let v6: Vec<u8> = [
        &[0x20, 1, 0xd, 0xb8],
        &[0; 11][..],
        &[1],
        &[9; 16],
        &[0, 7, 0, 80],
    ]
    .concat();
    check(&v2(0x21, 0x11, &v4_rest()), Ok(Some("1.2.3.4:8080")));
    check(&v2(0x21, 0x21, &v6), Ok(Some("[2001:db8::1]:7")));
    // extensions are skipped, whatever they say
    let with = |count: usize| [v4_rest(), vec![0xff; count]].concat();
    check(&v2(0x21, 0x11, &with(7)), Ok(Some("1.2.3.4:8080")));
    check(&v2(0x21, 0x11, &with(536 - 12)), Ok(Some("1.2.3.4:8080")));
    check(&v2(0x21, 0x11, &with(537 - 12)), Err(Malformed));
    // nobody's address
    check(&v2(0x21, 0x00, &[]), Ok(None));
    check(&v2(0x21, 0x00, &[1; 30]), Ok(None));
    check(&v2(0x21, 0x31, &[0; 216]), Ok(None));
    check(&v2(0x20, 0x11, &v4_rest()), Ok(None));
    check(&v2(0x20, 0x00, &[]), Ok(None));
    check(&v2(0x20, 0xff, &[1, 2]), Ok(None));
    for (command, family, rest) in [
        (0x22, 0x11, v4_rest()),
        (0x11, 0x11, v4_rest()),
        (0x01, 0x11, v4_rest()),
        (0x21, 0x12, v4_rest()),
        (0x21, 0x10, v4_rest()),
        (0x21, 0x41, v4_rest()),
        (0x21, 0x11, v4_rest()[..11].to_vec()),
        (0x21, 0x21, v6[..35].to_vec()),
        (0x21, 0x31, vec![0; 215]),
    ] {
        check(&v2(command, family, &rest), Err(Malformed));
    }
    check(b"\r\n\r\n\0\r\nQUIT\r", Err(Malformed));
    check(b"\x16\x03\x01", Err(Malformed));
}

proptest! {
    /// Neither panics nor reads beyond what there is, and a verdict stands whatever follows.
    #[test]
    fn any_bytes(
        start in prop::sample::select(vec![&b""[..], b"PROXY ", b"PROXY TCP4 ", SIGNATURE, b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0"]),
        bytes in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        let bytes = [start, &bytes].concat();
        let whole = parse(&bytes);
        if let Ok(Some(header)) = whole {
            prop_assert!(header.len <= bytes.len().min(BYTES_MAX));
        }
        prop_assert!(bytes.len() < BYTES_MAX || whole != Ok(None), "nothing waits for ever");
        for end in 0..bytes.len() {
            let part = parse(&bytes[..end]);
            prop_assert!(part == whole || part == Ok(None), "{:?} after {end}, {:?} in the end", part, whole);
        }
    }

    #[test]
    fn every_address_comes_back(ip in any::<std::net::IpAddr>(), port in any::<u16>()) {
        let (name, family, mut rest) = match ip {
            std::net::IpAddr::V4(ip) => ("TCP4", 0x11, [ip.octets(); 2].concat()),
            std::net::IpAddr::V6(ip) => ("TCP6", 0x21, [ip.octets(); 2].concat()),
        };
        let source = SocketAddr::new(ip, port).to_string();
        check(format!("PROXY {name} {ip} {ip} {port} 80\r\n").as_bytes(), Ok(Some(&source)));
        rest.extend(port.to_be_bytes());
        rest.extend([0, 80]);
        check(&v2(0x21, family, &rest), Ok(Some(&source)));
    }
}
