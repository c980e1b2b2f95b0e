//! Ways to break a message: the bytes that parsers stumble over, and the fields that frame.

use super::generate::pick;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

const BYTES: [&[u8]; 20] = [
    b"\r", b"\n", b"\r\n", b" ", b"\t", b":", b",", b";", b"\0", b"\x0b", b"\x80", b"\"", b"0", b"1", b"x",
    b"#", b"|", b"\\", b"\x7f", b"\r\n ",
];

const LINES: [&[u8]; 32] = [
    b"Content-Length: 3",
    b"Content-Length: 0",
    b"content-length:1",
    b"Content-Length: +3",
    b"Content-Length: 3, 3",
    b"Content-Length: 3,4",
    b"Content-Length:",
    b"Content-Length : 3",
    b"Content-Length: 99999999999999999999",
    b"Content-Length: 9223372036854775808",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding: chunked, gzip",
    b"Transfer-Encoding:\x0bchunked",
    b"Transfer-Encoding: , chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: identity",
    b"Host: b",
    b"Host: a,b",
    b"Connection: close",
    b"Connection: keep-alive",
    b"Connection: \"close\"",
    b"Connection: close x",
    b"Expect: 100-continue",
    b"Expect: 200-ok",
    b" folded",
    b"\tfolded",
    b"no colon",
    b": no name",
    b"Upgrade: x",
    b"",
];

const REPLACEMENTS: [(&[u8], &[u8]); 19] = [
    (b"\r\n", b"\n"),
    (b"\r\n", b"\r"),
    (b"\r\n\r\n", b"\n\n"),
    (b": ", b" : "),
    (b": ", b":"),
    (b"HTTP/1.1", b"HTTP/1.0"),
    (b"HTTP/1.1", b"HTTP/1.2"),
    (b"HTTP/1.1", b"HTTP/2.0"),
    (b"Content-Length", b"Transfer-Encoding"),
    (b"Transfer-Encoding", b"Content-Length"),
    (b"chunked", b"xchunked"),
    (b"0\r\n\r\n", b"0\r\n"),
    (b"GET", b"CONNECT"),
    (b" /", b" *"),
    (b"200", b"600"),
    (b"0\r\n", b"0\r\nContent-Length: 1\r\n"),
    (b";", b" ;"),
    (b"\r\n", b" \r\n"),
    (b"200", b"101"),
];

pub(crate) fn mutate(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let at = random.random_range(0..=bytes.len());
    match random.random_range(0..8) {
        0 => {
            if let Some(byte) = bytes.get_mut(at) {
                *byte = random.random();
            }
        }
        1 => {
            bytes.splice(at..at, pick(random, &BYTES).iter().copied());
        }
        2 if at < bytes.len() => {
            bytes.remove(at);
        }
        3 => replace(bytes, random),
        4 | 5 => {
            let lines = lines(bytes);
            let (start, _) = pick(random, &lines);
            let line = [pick(random, &LINES), b"\r\n"].concat();
            bytes.splice(start..start, line);
        }
        6 => {
            let lines = lines(bytes);
            let (start, end) = pick(random, &lines);
            let line = bytes[start..end].to_vec();
            let to = pick(random, &lines).0;
            bytes.splice(to..to, line);
        }
        _ => {
            let lines = lines(bytes);
            let (start, end) = pick(random, &lines);
            bytes.drain(start..end);
        }
    }
}

/// From the start of each to behind its LF.
fn lines(bytes: &[u8]) -> Vec<(usize, usize)> {
    let mut lines = Vec::new();
    let mut start = 0;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        lines.push((start, start + line.len()));
        start += line.len();
    }
    lines.push((start, start));
    lines
}

/// One of the places where it occurs.
fn replace(bytes: &mut Vec<u8>, random: &mut ChaCha8Rng) {
    let (from, to) = pick(random, &REPLACEMENTS);
    let places: Vec<usize> = bytes
        .windows(from.len())
        .enumerate()
        .filter(|(_, bytes)| *bytes == from)
        .map(|(at, _)| at)
        .collect();
    if !places.is_empty() {
        let at = pick(random, &places);
        bytes.splice(at..at + from.len(), to.iter().copied());
    }
}
