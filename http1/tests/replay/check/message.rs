//! A message as a reader understood it, in the form in which readers are compared.

/// A name and a value, as they were sent.
pub(crate) type Field = (Vec<u8>, Vec<u8>);

/// A request or an answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Message {
    /// Method and target, or the status alone.
    pub(crate) start: Vec<Vec<u8>>,
    /// Of HTTP/1.
    pub(crate) minor: u8,
    pub(crate) fields: Vec<Field>,
    pub(crate) body: Vec<u8>,
    pub(crate) trailers: Vec<Field>,
    /// Whether all of the body was there.
    pub(crate) complete: bool,
}

impl Message {
    /// Nothing is checked: what was read is what a judge says about it.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&Field| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|field| field.1.as_slice())
    }
}

/// Holds everything that the engine accepted against what a reader made of the same bytes. The reader may go on where
/// the engine stopped, never the other way round.
pub(crate) fn assert_within(accepted: &[Message], reader: &[Message]) {
    assert!(
        accepted.len() <= reader.len(),
        "the engine sees {} messages, the reader {}: {accepted:?}",
        accepted.len(),
        reader.len(),
    );
    for (ours, theirs) in accepted.iter().zip(reader) {
        assert_eq!(ours.start, theirs.start, "start line");
        assert_eq!(ours.minor, theirs.minor, "version");
        assert_eq!(ours.fields, theirs.fields, "fields");
        if ours.complete {
            assert!(theirs.complete, "the engine sees an end of {ours:?}");
            assert_eq!(ours.body, theirs.body, "body");
            assert_eq!(ours.trailers, theirs.trailers, "trailers");
        } else {
            assert!(
                theirs.body.starts_with(&ours.body),
                "content: {ours:?} {theirs:?}"
            );
        }
    }
}
