//! Many requests of every kind on one connection, in pieces of any size: each gets its own answer, whatever waits for
//! what.

use crate::support::{Any, Asked, Handled, Setup, Wire, answer, collect, ok};
use http1::connection::Close;
use http1::io::Incoming;

/// Seeds that are tried; each is one connection.
const SEEDS: u64 = 300;

/// A linear congruential generator: enough to vary.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }
}

/// Reads the body, streams it back, or ignores it, as the target says; `/chunks` answers in chunks.
fn handle(asked: Asked, mut body: Incoming<Wire>) -> Handled {
    Box::pin(async move {
        match asked.target.as_str() {
            "/echo" => Ok(answer(200, Any::of(body))),
            "/read" => ok(std::str::from_utf8(&collect(&mut body).await.unwrap()).unwrap()),
            "/chunks" => {
                let all = String::from_utf8(collect(&mut body).await.unwrap()).unwrap();
                Ok(answer(
                    200,
                    Any::of(crate::support::Source::of(None, &[&all, "."])),
                ))
            }
            _ => ok("ignored"),
        }
    })
}

/// A request and the content of its answer.
fn request(random: &mut Random, n: usize) -> (String, String) {
    let mut target = random.of(&["/echo", "/read", "/chunks", "/ignore"]);
    let len = random.of(&[0, 1, 10, 100, 1000, 3000]);
    let body = format!("<{n}>{}", "b".repeat(len));
    let chunked = random.below(2) == 0;
    // the rest of an unread body of unknown length is not waited for
    if target == "/ignore" && chunked {
        target = "/read";
    }
    let expect = if random.below(4) == 0 && target != "/ignore" {
        "expect: 100-continue\r\n"
    } else {
        ""
    };
    let mut bytes = format!("POST {target} HTTP/1.1\r\nhost: a\r\n{expect}");
    if chunked {
        bytes += "transfer-encoding: chunked\r\n\r\n";
        let mut rest = body.as_str();
        while !rest.is_empty() {
            let (piece, behind) = rest.split_at((1 + random.below(500)).min(rest.len()));
            bytes += &format!("{:x}\r\n{piece}\r\n", piece.len());
            rest = behind;
        }
        bytes += random.of(&["0\r\n\r\n", "00;x=y\r\nx-t: 1\r\n\r\n"]);
    } else {
        bytes += &format!("content-length: {}\r\n\r\n{body}", body.len());
    }
    let content = match target {
        "/ignore" => "ignored".to_owned(),
        "/chunks" => format!("{body}."),
        _ => body,
    };
    (bytes, content)
}

/// The contents of the answers, interim ones left out.
fn contents(mut bytes: &str) -> Vec<String> {
    let mut contents = Vec::new();
    while !bytes.is_empty() {
        let (head, mut rest) = bytes.split_once("\r\n\r\n").expect("a whole head");
        if head.starts_with("HTTP/1.1 100 ") {
            bytes = rest;
            continue;
        }
        assert!(
            head.starts_with("HTTP/1.1 200 OK\r\n") && !head.contains("close"),
            "{head}"
        );
        if let Some((_, length)) = head.split_once("content-length: ") {
            let (content, behind) = rest.split_at(length.parse().unwrap());
            contents.push(content.to_owned());
            bytes = behind;
            continue;
        }
        let mut content = String::new();
        loop {
            let (size, behind) = rest.split_once("\r\n").unwrap();
            let size = usize::from_str_radix(size, 16).unwrap();
            content += &behind[..size];
            rest = behind[size..].strip_prefix("\r\n").unwrap();
            if size == 0 {
                break;
            }
        }
        contents.push(content);
        bytes = rest;
    }
    contents
}

#[test]
fn every_request_gets_its_answer() {
    for seed in 0..SEEDS {
        let mut random = Random(seed);
        let mut rig = Setup {
            capacity: random.of(&[1, 2, 5, 23, 64, 500, 4096, 1 << 20]),
            vectored: random.below(2) == 0,
            buffered: random.below(3) == 0,
            ..Setup::default()
        }
        .serve(handle);
        let requests: Vec<_> = (0..1 + random.below(15))
            .map(|n| request(&mut random, n))
            .collect();
        let bytes: String = requests.iter().map(|(bytes, _)| bytes.as_str()).collect();
        let (mut sent, mut still) = (0, 0);
        while still < 100 {
            let most = random.of(&[0, 1, 10, 1000, usize::MAX]);
            let end = bytes.len().min(sent + most.min(bytes.len()));
            let pushed = rig.peer.push(&bytes.as_bytes()[sent..end]);
            sent += pushed;
            rig.tape.slow_flushes.set(random.below(2) as u32);
            let mut moved = rig.task.run();
            if random.below(10) == 0 {
                rig.task.nudge();
            }
            moved |= rig.peer.pull(random.of(&[0, 1, 10, 1000, 100_000])) > 0 || pushed > 0;
            still = if moved { 0 } else { still + 1 };
        }
        assert_eq!(sent, bytes.len(), "seed {seed} stands still");
        let expected: Vec<_> = requests.into_iter().map(|(_, content)| content).collect();
        assert_eq!(contents(&rig.peer.take()), expected, "seed {seed}");
        assert_eq!(rig.finish(), Some(Close::Ended), "seed {seed}");
    }
}
