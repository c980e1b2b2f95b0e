//! What the engine writes of what it accepted, held against two readers that are not the engine.

use super::message::{Field, Message};
use super::tiny;
use http1::head::{Fields, Limits, Name};
use http1::write::RequestHead;

/// Fields of one head, at most: more than any limit lets in, and those that the engine adds.
const FIELDS_MAX: usize = 256;

/// Fields that the engine leaves out when it is told to pass them on, and writes by itself.
const FRAMING: [&str; 5] = [
    "connection",
    "content-length",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// Fields as owned pairs.
pub(crate) fn owned(fields: Fields<'_>) -> Vec<Field> {
    let pair = |field: http1::head::Field<'_>| (field.name.text().to_vec(), field.value.bytes().to_vec());
    fields.iter().map(pair).collect()
}

/// The fields of a trailer section that the decoder let pass.
pub(crate) fn trailers(section: &[u8]) -> Vec<Field> {
    let mut slots = Vec::new();
    let fields = http1::head::trailers(section, &Limits::default(), &mut slots);
    owned(fields.expect("a section that was offered can be parsed"))
}

/// Whatever way a field is asked for, it is the one that a walk finds.
fn look_up(fields: Fields<'_>) {
    assert_eq!(fields.iter().count(), fields.len());
    for field in fields.iter() {
        let id = field.name.id();
        let same = |other: &http1::head::Field<'_>| other.name.text().eq_ignore_ascii_case(field.name.text());
        let values: Vec<_> = fields.iter().filter(same).map(|field| field.value).collect();
        let name = std::str::from_utf8(field.name.text()).expect("a name is ASCII");
        assert_eq!(fields.find(name), values.first().copied());
        if id != Name::Other {
            assert!(fields.has(id));
            assert_eq!(fields.get(id), values.first().copied());
            assert_eq!(fields.all(id).collect::<Vec<_>>(), values);
        }
    }
}

/// Writes a request with these fields and a body of `length`, and reads it back twice.
pub(crate) fn check(method: &str, target: &str, fields: Fields<'_>, length: Option<u64>) {
    look_up(fields);
    let mut head = RequestHead::new(Vec::new(), method, target).expect("what was accepted can be written");
    for field in fields.iter() {
        head.put(field);
    }
    let framed = head.finish(length);
    let passed_on = |field: &Field| {
        let name = String::from_utf8_lossy(&field.0).to_ascii_lowercase();
        !FRAMING.contains(&name.as_str())
    };
    let mut expected = owned(fields);
    expected.retain(passed_on);
    match length {
        None => expected.push((b"transfer-encoding".to_vec(), b"chunked".to_vec())),
        Some(0) if !["POST", "PUT", "PATCH"].contains(&method) => {}
        Some(length) => expected.push((b"content-length".to_vec(), length.to_string().into_bytes())),
    }
    let start = vec![method.as_bytes().to_vec(), target.as_bytes().to_vec()];
    let read = by_tiny(framed.bytes());
    assert_eq!((&read.start, &read.fields, read.minor), (&start, &expected, 1));
    assert_eq!(by_httparse(framed.bytes()), (start, expected));
}

fn by_tiny(bytes: &[u8]) -> Message {
    let (_, _, len) = tiny::head(bytes).expect("a head");
    assert_eq!(len, bytes.len(), "one head and nothing else");
    let mut read = tiny::requests(bytes);
    assert_eq!(read.len(), 1, "one request");
    read.remove(0)
}

fn by_httparse(bytes: &[u8]) -> (Vec<Vec<u8>>, Vec<Field>) {
    let mut room = [httparse::EMPTY_HEADER; FIELDS_MAX];
    let mut head = httparse::Request::new(&mut room);
    assert_eq!(head.parse(bytes), Ok(httparse::Status::Complete(bytes.len())));
    let text = |text: Option<&str>| text.unwrap_or_default().as_bytes().to_vec();
    let fields = head.headers.iter();
    let fields = fields.map(|field| (field.name.as_bytes().to_vec(), field.value.to_vec()));
    (vec![text(head.method), text(head.path)], fields.collect())
}
