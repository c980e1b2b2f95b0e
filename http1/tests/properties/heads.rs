//! A head that is written and read is the same head.

use super::driver::{Event, Feed, Pairs, answered, serve};
use super::strategies::{cut, cuts, fields, method, target};
use http1::connection::{Answered, Client};
use http1::head::{Field, FieldName, FieldValue, Limits, Method, Version};
use http1::write::{Delimit, Persistence, RequestHead, ResponseHead};
use proptest::collection::vec;
use proptest::prelude::*;

fn field<'a>((name, value): &'a (String, Vec<u8>)) -> Field<'a> {
    let name = FieldName::new(name.as_bytes()).expect("a token");
    Field::new(name, FieldValue::new(value).expect("a value"))
}

fn with(mut fields: Pairs, name: &str, value: &str) -> Pairs {
    fields.push((name.to_owned(), value.as_bytes().to_vec()));
    fields
}

proptest! {
    #[test]
    fn requests(method in method(), target in target(), fields in fields(), chunked: bool, cuts in cuts()) {
        let mut head = RequestHead::new(b"used before".to_vec(), &method, &target).expect("valid");
        fields.iter().for_each(|pair| head.put(field(pair)));
        head.add(FieldName::constant("host"), FieldValue::constant("a.b:80"));
        // what frames is written by the engine alone
        head.add(FieldName::constant("content-length"), FieldValue::constant("7"));
        head.add(FieldName::constant("Transfer-Encoding"), FieldValue::constant("x"));
        let head = head.finish(if chunked { None } else { Some(1) });
        let body: &[u8] = if chunked { b"1\r\nz\r\n0\r\n\r\n" } else { b"z" };
        let bytes = [head.bytes(), body].concat();
        let run = serve(&cut(&bytes, &cuts), &Feed::default());
        let framing = if chunked { ("transfer-encoding", "chunked") } else { ("content-length", "1") };
        let fields = with(with(fields, "host", "a.b:80"), framing.0, framing.1);
        let request = Event::Request { method, target, version: Version::Http11, fields, expects: false };
        prop_assert_eq!(run.events, [request, Event::Body(b"z".to_vec()), Event::End]);
        prop_assert_eq!((run.consumed, run.close), (bytes.len(), None));
    }

    #[test]
    fn answers(status in 200_u16..600, fields in fields(), length in 0_u64..3, cuts in cuts()) {
        let mut head = ResponseHead::new(b"used before".to_vec(), status);
        fields.iter().for_each(|pair| head.put(field(pair)));
        let bytes = head.finish(Delimit::Length(length), Persistence::Implied);
        let run = answered(Method::Head, false, &cut(&bytes, &cuts), &Feed::default());
        let fields = with(fields, "content-length", &length.to_string());
        let answer = Event::Response { status, version: Version::Http11, fields, interim: false };
        prop_assert_eq!(run.events, [answer, Event::End]);
        let announces = status == 204 && length > 0;
        let close = announces.then_some(http1::connection::Close::Unsolicited);
        prop_assert_eq!((run.consumed, run.close), (bytes.len(), close));
    }

    /// The text of anything that is no head of ours is refused by the constructors or read back as it was.
    #[test]
    fn constructors_let_nothing_out(method in "\\PC{0,6}|[ -~]{0,6}", target in "[ -~\r\n\t]{0,12}", name in "[ -~\r\n]{0,6}", value in ".{0,9}") {
        let Some(mut head) = RequestHead::new(Vec::new(), &method, &target) else { return Ok(()); };
        let (Some(name), Some(value)) = (FieldName::new(name.as_bytes()), FieldValue::new(value.as_bytes())) else { return Ok(()); };
        head.add(name, value);
        head.add(FieldName::constant("host"), FieldValue::constant("a"));
        let head = head.finish(Some(0));
        let run = serve(&[head.bytes()], &Feed::default());
        prop_assert_eq!(run.events.len(), 2, "{}", head.bytes().escape_ascii());
        prop_assert_eq!(run.consumed, head.bytes().len());
    }

    /// One client, one answer after the other, all of them received at once.
    #[test]
    fn clients_go_on(lengths in vec((0_usize..4, any::<bool>()), 1..6)) {
        let mut bytes = Vec::new();
        for (length, interim) in &lengths {
            if *interim {
                bytes.extend_from_slice(b"HTTP/1.1 103 \r\n\r\n");
            }
            bytes.extend(ResponseHead::new(Vec::new(), 200).finish(Delimit::Length(*length as u64), Persistence::Implied));
            bytes.extend(vec![b'x'; *length]);
        }
        let (mut client, mut slots, mut used) = (Client::new(Limits::default()), Vec::new(), 0);
        for (length, interim) in &lengths {
            client.begin(Method::Get, false);
            if *interim {
                let answered = client.receive(&bytes[used..], &mut slots);
                let Ok(Some(Answered::Interim(line))) = answered else { panic!("{answered:?}") };
                used += line.len;
            }
            let answered = client.receive(&bytes[used..], &mut slots);
            let Ok(Some(Answered::Final(line))) = answered else { panic!("{answered:?}") };
            used += line.len;
            prop_assert_eq!(client.left(), Some(*length as u64));
            client.body().consume(*length);
            used += length;
            prop_assert!(client.is_done() && client.close().is_none());
        }
        prop_assert_eq!(used, bytes.len());
    }
}
