//! HTTP/2 over pipes in memory, on a virtual clock: answers of every kind, and failures of every kind.

mod answers;
mod failures;
mod peer;
mod slots;

use super::{Broken2, Http2, Http2Answer, Keep, Kept};
use crate::event::Failure;
use bytes::Bytes;
use http::Request;

fn request(method: &str, path: &str) -> Request<()> {
    let uri = format!("http://localhost{path}");
    let request = Request::builder().method(method).uri(uri).body(());
    request.expect("a request")
}

async fn get(http2: &Http2) -> Result<Http2Answer, Broken2> {
    http2
        .exchange(&request("GET", "/"), Bytes::new(), Keep::Nothing, || {})
        .await
}

/// The exchange failed as `kind`, in words that contain `hint`.
#[track_caller]
fn check_failed(outcome: Result<Http2Answer, Broken2>, kind: Failure, hint: &str) {
    match outcome {
        Err(Broken2::Failed(found, text)) => {
            assert_eq!(found, kind, "{text}");
            assert!(text.contains(hint), "{hint:?} is not in {text:?}");
        }
        other => panic!("{other:?} in place of {kind} ({hint})"),
    }
}
