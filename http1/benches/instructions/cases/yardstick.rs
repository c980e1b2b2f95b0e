//! httparse on the same heads. It checks less (no duplicates of framing fields, no hosts, no bare LF), so it is no goal.

use super::repeat;
use http1::head::Limits;
use std::hint::black_box;
use std::mem::MaybeUninit;

const FIELDS_MAX: usize = 100;

pub(super) fn request(bytes: &[u8], rounds: u32) {
    assert_eq!(Limits::default().fields_max, FIELDS_MAX);
    let parse = || {
        let mut fields = [MaybeUninit::uninit(); FIELDS_MAX];
        let mut request = httparse::Request::new(&mut []);
        let status = request.parse_with_uninit_headers(black_box(bytes), &mut fields);
        (
            status.is_ok_and(|status| status.is_complete()),
            request.headers.len(),
        )
    };
    assert!(parse().0);
    repeat(rounds, parse);
}

pub(super) fn answer(bytes: &[u8], rounds: u32) {
    let config = httparse::ParserConfig::default();
    let parse = || {
        let mut fields = [MaybeUninit::uninit(); FIELDS_MAX];
        let mut answer = httparse::Response::new(&mut []);
        let status = config.parse_response_with_uninit_headers(&mut answer, black_box(bytes), &mut fields);
        (
            status.is_ok_and(|status| status.is_complete()),
            answer.headers.len(),
        )
    };
    assert!(parse().0);
    repeat(rounds, parse);
}
