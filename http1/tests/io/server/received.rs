//! What was received before the server began is the beginning of what it serves.

use crate::support::{Setup, read_to_end};
use http1::connection::Close;
use http1::io::Waiting;

fn after(received: &str) -> Setup {
    Setup {
        received: received.as_bytes().to_vec(),
        ..Setup::default()
    }
}

#[test]
fn wherever_the_cut_is() {
    let all = "POST /1 HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut whole = after("").serve(read_to_end);
    let expected = whole.exchange(all);
    assert!(
        expected.contains("/1 abc") && expected.contains("/2 "),
        "{expected}"
    );
    for cut in 1..=all.len() {
        let (received, rest) = all.split_at(cut);
        let mut rig = after(received).serve(read_to_end);
        assert_eq!(rig.exchange(rest), expected, "{received:?}");
        assert_eq!(rig.finish(), Some(Close::Ended));
    }
}

#[test]
fn more_than_a_buffer_of_it() {
    let content = "x".repeat(100_000);
    let all = format!("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100000\r\n\r\n{content}");
    let mut rig = after(&all).serve(read_to_end);
    assert!(rig.exchange("").ends_with(&content));
    assert_eq!(rig.finish(), Some(Close::Ended));
}

#[test]
fn a_part_of_a_head_is_waited_for_as_one() {
    let mut rig = after("GET / HT").serve(read_to_end);
    rig.exchange("");
    assert_eq!(rig.watch.waiting(), Waiting::Head);
}
