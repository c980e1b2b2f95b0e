//! Answers that end at every byte.

use crate::support::{Any, Caller, collect, request};
use http1::io::{BodyError, Full};

/// What is cut off is never taken for whole; `body` is what all of it brings.
#[track_caller]
fn check(bytes: &str, body: &str) {
    for cut in 0..=bytes.len() {
        let upload = Some(Any::of(Full::new("upload")));
        let mut calling = Caller::new(64).call(request("POST", Some(6)), upload);
        calling.exchange("");
        let mut sent = 0;
        while sent < cut && calling.task.output.is_none() {
            sent += calling.peer.push(&bytes.as_bytes()[sent..cut]);
            calling.task.run();
        }
        if calling.task.output.is_none() {
            calling.peer.shut();
            calling.exchange("");
            assert!(
                calling.task.output.take().unwrap().result.is_err(),
                "cut at {cut}"
            );
            continue;
        }
        let mut reading = calling.then(|sent| async move {
            let mut receiving = sent.result.unwrap();
            let body = collect(&mut receiving).await;
            (body, receiving.finish().is_ok())
        });
        reading.exchange(&bytes[sent..cut]);
        reading.peer.shut();
        reading.exchange("");
        let (got, reusable) = reading.task.output.take().expect("it has ended");
        assert_eq!(reusable, cut == bytes.len(), "cut at {cut}");
        match got {
            Ok(got) => assert_eq!((got.as_slice(), cut), (body.as_bytes(), bytes.len())),
            Err(error) => assert!(matches!(error, BodyError::Refused(_)) && cut < bytes.len()),
        }
    }
}

#[test]
fn no_cut_goes_unseen() {
    check("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde", "abcde");
    check(
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na",
        "a",
    );
    check(
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=\"y\"\r\nde\r\n0\r\nx-t: 1\r\n\r\n",
        "abcde",
    );
}
