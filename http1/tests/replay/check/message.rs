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
    /// Whether its sender lets another message follow (RFC 9112 §9.3); an interim answer is not asked.
    fn keeps_open(&self) -> bool {
        let options = || {
            self.values("connection")
                .flat_map(|value| value.split(|byte| *byte == b','))
        };
        let has = |name: &[u8]| options().any(|option| option.trim_ascii().eq_ignore_ascii_case(name));
        let interim = self.start.len() == 1 && self.start[0][0] == b'1';
        interim || (!has(b"close") && (self.minor == 1 || has(b"keep-alive")))
    }

    /// Nothing is checked: what was read is what a judge says about it.
    pub(crate) fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let named = move |field: &&Field| field.0.eq_ignore_ascii_case(name.as_bytes());
        self.fields.iter().filter(named).map(|field| field.1.as_slice())
    }
}

/// How far the engine went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Until {
    /// It refused what comes next, which the reader may take.
    Refusal,
    /// Nothing more is expected on the connection, whatever follows.
    Close,
    /// It waits for more.
    End,
}

/// Holds everything that the engine accepted against what a reader made of the same bytes. The reader may go on where
/// the engine stopped, never the other way round.
pub(crate) fn assert_within(accepted: &[Message], reader: &[Message], until: Until) {
    let counts = (accepted.len(), reader.len());
    assert!(counts.0 <= counts.1, "{counts:?} messages: {accepted:?}");
    assert!(
        until != Until::End || counts.0 == counts.1,
        "{counts:?} messages: {reader:?}"
    );
    if let Some((_, all_but_last)) = accepted.split_last() {
        assert!(
            all_but_last.iter().all(Message::keeps_open),
            "messages behind a last one"
        );
    }
    for (ours, theirs) in accepted.iter().zip(reader) {
        assert_eq!(ours.start, theirs.start, "start line");
        assert_eq!(ours.minor, theirs.minor, "version");
        assert_eq!(ours.fields, theirs.fields, "fields");
        if ours.complete || until != Until::Refusal {
            assert_eq!(ours.complete, theirs.complete, "the end of {ours:?}");
            assert_eq!(ours.body, theirs.body, "body");
            // the reader takes them one by one, the engine whole
            assert!(!ours.complete || ours.trailers == theirs.trailers, "trailers");
        } else {
            assert!(
                theirs.body.starts_with(&ours.body),
                "content: {ours:?} {theirs:?}"
            );
        }
    }
}
