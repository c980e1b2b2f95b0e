//! Bytes of any kind: no panic, nothing used up that was not given, and cuts change nothing that was accepted.

use super::driver::{Event, Feed, Run, answered, serve};
use super::strategies::{cut, cuts};
use http1::head::Method;
use proptest::collection::vec;
use proptest::prelude::*;

/// Bytes alone hardly ever make a message: pieces of messages in any order do.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let known = [
        "GET / HTTP/1.1\r\n",
        "POST /a HTTP/1.0\r\n",
        "HTTP/1.1 200 OK\r\n",
        "HTTP/1.1 100 \r\n",
        "Host: a\r\n",
        "Content-Length: 3\r\n",
        "Transfer-Encoding: chunked\r\n",
        "Connection: close\r\n",
        "a: b\r\n",
        "\r\n",
        "\r",
        "\n",
        " ",
        "\t",
        ":",
        ",",
        ";",
        "\"",
        "\0",
        "abc",
        "0",
        "3",
        "3\r\nabc\r\n",
        "0\r\n",
        "0\r\n\r\n",
        "f",
        "HTTP/1.1",
    ];
    let known = prop::sample::select(known.map(|piece| piece.as_bytes().to_vec()).to_vec());
    vec(prop_oneof![9 => known, 1 => vec(any::<u8>(), 1..4)], 0..14).prop_map(|pieces| pieces.concat())
}

fn wild() -> impl Strategy<Value = Vec<u8>> {
    let heads = [
        "",
        "GET / HTTP/1.1\r\nHost: a\r\n",
        "HTTP/1.1 200 OK\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
    ];
    let bytes = prop_oneof![1 => vec(any::<u8>(), 0..200), 5 => pieces()];
    (prop::sample::select(heads.to_vec()), bytes).prop_map(|(head, bytes)| [head.as_bytes(), &bytes].concat())
}

/// Up to the last message that was complete: what is wrong with the rest may show later when it comes in pieces.
fn complete(run: &Run) -> &[Event] {
    let ended = run.events.iter().rposition(|event| *event == Event::End);
    &run.events[..ended.map_or(0, |end| end + 1)]
}

fn check(whole: &Run, parts: &Run, given: usize) -> Result<(), TestCaseError> {
    prop_assert!(whole.consumed <= given && parts.consumed <= given);
    prop_assert_eq!(complete(whole), complete(parts));
    prop_assert_eq!(whole.failed(), parts.failed());
    if !whole.failed() {
        prop_assert_eq!(whole, parts);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn servers(bytes in wild(), cuts in cuts(), bite in 1_usize..9) {
        let whole = serve(&[&bytes], &Feed::default());
        let parts = serve(&cut(&bytes, &cuts), &Feed { bite, ..Feed::default() });
        check(&whole, &parts, bytes.len())?;
        let singly = serve(&bytes.chunks(1).collect::<Vec<_>>(), &Feed::default());
        check(&whole, &singly, bytes.len())?;
    }

    #[test]
    fn clients(bytes in wild(), cuts in cuts(), bite in 1_usize..9) {
        for (method, upgrade) in [(Method::Get, false), (Method::Head, true), (Method::Connect, false)] {
            let whole = answered(method, upgrade, &[&bytes], &Feed::default());
            let parts = answered(method, upgrade, &cut(&bytes, &cuts), &Feed { bite, ..Feed::default() });
            check(&whole, &parts, bytes.len())?;
        }
    }
}
