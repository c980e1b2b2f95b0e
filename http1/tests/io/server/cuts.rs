//! Requests that end at every byte.

use crate::support::{Setup, read_to_end};
use http1::connection::Close;
use http1::io::Options;

/// A request is answered once it is whole, and never before; `content` is its body.
#[track_caller]
fn check(bytes: &str, content: &str) {
    for half_close in [false, true] {
        for cut in 0..=bytes.len() {
            let options = Options {
                half_close,
                ..Options::default()
            };
            let mut rig = Setup {
                options,
                ..Setup::capacity(64)
            }
            .serve(read_to_end);
            let got = rig.exchange(&bytes[..cut]);
            if cut == bytes.len() {
                assert!(got.ends_with(&format!("\r\n\r\n/ {content}")), "{got}");
                assert_eq!(rig.finish(), Some(Close::Ended));
                continue;
            }
            assert_eq!(got, "", "cut at {cut}");
            rig.peer.shut();
            let got = rig.exchange("");
            assert!(got.is_empty() || got.starts_with("HTTP/1.1 400 "), "{got}");
            let reason = if cut == 0 { Close::Ended } else { Close::Aborted };
            assert_eq!(rig.reason(), Some(reason), "cut at {cut}");
        }
    }
}

#[test]
fn no_cut_goes_unseen() {
    check(
        "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nabcde",
        "abcde",
    );
    check(
        "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nx-t: 1\r\n\r\n",
        "abcde",
    );
}
