//! What a flow remembers from step to step: the cookies that answers set, and the variables kept of them.
//!
//! Variables are numbered when the flow is read, so that none is looked up by name while it runs. An arrival begins with an
//! empty session; one that is not a flow never fills it, and it costs no memory then.

use super::capture::{Content, Keep};
use super::cookies::Cookies;

/// The state of one arrival.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Session {
    cookies: Cookies,
    kept: Vec<String>,
}

impl Session {
    /// Takes cookies and captures from an answer; `headers` are its names and values. The first thing that is missing ends
    /// it, as the failure of this arrival.
    pub(super) fn take<'a>(
        &mut self,
        keeps: &[Keep],
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
        body: &[u8],
    ) -> Result<(), String> {
        let set = headers
            .clone()
            .filter(|(name, _)| name.eq_ignore_ascii_case(b"set-cookie"));
        for (_, cookie) in set {
            self.cookies.take(cookie)?;
        }
        let mut content = Content::new(body);
        for keep in keeps {
            let found = keep.capture.find(headers.clone(), &mut content, &self.cookies);
            let value = found.map_err(|error| format!("capture {}: {error}", keep.name))?;
            if self.kept.len() <= keep.index {
                self.kept.resize(keep.index + 1, String::new());
            }
            self.kept[keep.index] = value;
        }
        Ok(())
    }

    /// For trying a template out: every variable is a slash, which can begin a path and be part of any text.
    pub(super) fn trial(variables: usize) -> Self {
        Self {
            kept: vec!["/".to_owned(); variables],
            ..Self::default()
        }
    }

    /// A variable; empty before it was kept, which the reading of a flow rules out.
    pub(super) fn kept(&self, index: usize) -> &str {
        self.kept.get(index).map_or("", String::as_str)
    }

    /// The CRC-32 of the cookies that are sent everywhere; 0 for none.
    pub fn cookies_crc32(&self) -> u32 {
        let mut cookies = Vec::new();
        self.write_cookies(b"/", &mut cookies);
        crc32fast::hash(&cookies)
    }

    /// Appends what the `Cookie` header says for a request target.
    pub(super) fn write_cookies(&self, target: &[u8], out: &mut Vec<u8>) {
        self.cookies.write(target, out);
    }
}

#[cfg(test)]
mod tests {
    use super::super::capture::Capture;
    use super::*;

    fn keep(name: &str, index: usize, capture: &str) -> Keep {
        Keep {
            name: name.into(),
            index,
            capture: Capture::parse(capture).expect(capture),
        }
    }

    #[test]
    fn answers_add_to_what_is_remembered() {
        let mut session = Session::default();
        let headers: [(&[u8], &[u8]); 3] = [
            (b"Set-Cookie", b"a=1; Path=/"),
            (b"x", b"y"),
            (b"set-cookie", b"b=2"),
        ];
        let keeps = [keep("id", 1, "json:/id"), keep("sid", 0, "cookie:b")];
        assert_eq!(session.take(&keeps, headers.into_iter(), br#"{"id": 7}"#), Ok(()));
        assert_eq!(
            (session.kept(0), session.kept(1), session.kept(2)),
            ("2", "7", "")
        );
        let mut cookies = Vec::new();
        session.write_cookies(b"/", &mut cookies);
        assert_eq!(cookies, b"a=1; b=2");

        let error = session.take(&keeps, std::iter::empty(), b"{}");
        assert_eq!(error, Err("capture id: no /id in the answer".into()));
        assert_eq!(session.kept(1), "7");
    }
}
