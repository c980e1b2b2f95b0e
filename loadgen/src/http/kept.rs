//! What of an answer is kept to be looked at: nothing, for most.

use http::HeaderMap;

/// How much of an answer is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    Nothing,
    /// Its headers, and so many bytes of its content.
    UpTo(usize),
}

/// What was asked for.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    headers: Vec<(Vec<u8>, Vec<u8>)>,
    /// The beginning of the content; all of it where it is as long as that.
    pub(crate) body: Vec<u8>,
}

impl Kept {
    pub(crate) fn new<'a>(headers: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> Self {
        Self {
            headers: headers
                .map(|(name, value)| (name.to_vec(), value.to_vec()))
                .collect(),
            body: Vec::new(),
        }
    }

    pub(crate) fn of_map(headers: &HeaderMap, body: Vec<u8>) -> Self {
        let headers = headers.iter();
        Self {
            body,
            ..Self::new(headers.map(|(name, value)| (name.as_str().as_bytes(), value.as_bytes())))
        }
    }

    pub(crate) fn headers(&self) -> impl Iterator<Item = (&[u8], &[u8])> + Clone {
        self.headers
            .iter()
            .map(|(name, value)| (name.as_slice(), value.as_slice()))
    }
}
