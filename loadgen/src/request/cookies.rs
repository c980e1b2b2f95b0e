//! The cookies of one flow: what its answers set, sent back to the one origin it talks to.
//!
//! As much of RFC 6265 as one origin needs: a cookie is known by name and path, a later one replaces it, `Max-Age` of 0 or
//! less and an `Expires` in 1970 (how frameworks delete) take it away, and `Path` says where it is sent. Without `Path` it is
//! sent everywhere. `Domain`, `Secure`, `HttpOnly` and `SameSite` say nothing here, and other dates do not count: a flow is
//! shorter than any of them, and there is no clock.
//!
//! Bounds: number and size, as browsers have them; beyond that the arrival fails, rather than go on without a cookie.

use super::wording::shown_bytes;

/// RFC 6265 §6.1 asks of browsers that they keep as many.
const COOKIES_MAX: usize = 50;
/// All of them together: what servers take of one header line (nginx's `large_client_header_buffers`).
const BYTES_MAX: usize = 8 * 1024;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Cookie {
    name: String,
    value: String,
    path: String,
}

/// In the order they were first set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Cookies(Vec<Cookie>);

impl Cookies {
    /// Takes the value of one `Set-Cookie`. One without a name is ignored, as the RFC asks (§5.2).
    pub(super) fn take(&mut self, set_cookie: &[u8]) -> Result<(), String> {
        let text = std::str::from_utf8(set_cookie)
            .ok()
            .filter(|text| text.is_ascii());
        let text = text.ok_or_else(|| format!("the cookie {} is not ASCII", shown_bytes(set_cookie)))?;
        let mut parts = text.split(';');
        let Some((name, value)) = parts.next().and_then(|pair| pair.split_once('=')) else {
            return Ok(());
        };
        let (name, value) = (name.trim_ascii(), value.trim_ascii());
        if name.is_empty() {
            return Ok(());
        }
        let (mut path, mut gone) = ("/", false);
        for attribute in parts {
            let (key, value) = attribute.split_once('=').unwrap_or((attribute, ""));
            let value = value.trim_ascii();
            match key.trim_ascii() {
                key if key.eq_ignore_ascii_case("path") && value.starts_with('/') => path = value,
                key if key.eq_ignore_ascii_case("max-age") => {
                    gone = value == "0" || value.starts_with('-');
                }
                key if key.eq_ignore_ascii_case("expires") => gone |= value.contains("1970"),
                _ => {}
            }
        }
        let known = |cookie: &Cookie| cookie.name == name && cookie.path == path;
        if gone {
            self.0.retain(|cookie| !known(cookie));
            return Ok(());
        }
        match self.0.iter_mut().find(|cookie| known(cookie)) {
            Some(cookie) => value.clone_into(&mut cookie.value),
            None => self.0.push(Cookie {
                name: name.to_owned(),
                value: value.to_owned(),
                path: path.to_owned(),
            }),
        }
        let bytes = self.0.iter().map(|c| c.name.len() + c.value.len() + c.path.len());
        if self.0.len() > COOKIES_MAX || bytes.sum::<usize>() > BYTES_MAX {
            self.0.pop();
            return Err(format!(
                "the answers set more than {COOKIES_MAX} cookies or {BYTES_MAX} bytes of them"
            ));
        }
        Ok(())
    }

    /// Appends what a `Cookie` header says for a request target; nothing if there is nothing to say.
    pub(super) fn write(&self, target: &[u8], out: &mut Vec<u8>) {
        let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
        for cookie in self.0.iter().filter(|cookie| covers(&cookie.path, path)) {
            if !out.is_empty() {
                out.extend_from_slice(b"; ");
            }
            out.extend_from_slice(cookie.name.as_bytes());
            out.push(b'=');
            out.extend_from_slice(cookie.value.as_bytes());
        }
    }

    /// The value of a cookie by its name; of several, the one set last.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let named = self.0.iter().rfind(|cookie| cookie.name == name);
        named.map(|cookie| cookie.value.as_str())
    }
}

/// RFC 6265 §5.1.4: whole segments.
fn covers(cookie: &str, path: &[u8]) -> bool {
    match path.strip_prefix(cookie.as_bytes()) {
        Some(rest) => rest.is_empty() || cookie.ends_with('/') || rest[0] == b'/',
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sent(set: &[&str], target: &str) -> String {
        let mut cookies = Cookies::default();
        for set in set {
            cookies.take(set.as_bytes()).expect("within bounds");
        }
        let mut out = Vec::new();
        cookies.write(target.as_bytes(), &mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn cookies_are_sent_where_they_belong() {
        let check = |set: &[&str], target, wanted| assert_eq!(sent(set, target), wanted, "{set:?}");
        check(&["a=1"], "/x", "a=1");
        check(&["a=1; Secure; HttpOnly", "b = 2 "], "/", "a=1; b=2");
        check(&["a=1", "b=2", "a=3"], "/", "a=3; b=2");
        check(&["a=x=y"], "/", "a=x=y");
        check(&["a="], "/", "a=");
        check(&["a=1", "a=; Max-Age=0"], "/", "");
        check(&["a=1", "a=; max-age=-1"], "/", "");
        check(&["a=1", "a=2; Max-Age=05"], "/", "a=2");
        check(&["a=1", "a=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"], "/", "");
        check(
            &["a=1; Expires=Thu, 01 Jan 2099 00:00:00 GMT; Domain=example.org"],
            "/",
            "a=1",
        );
        check(&["a=1; Path=/p"], "/p", "a=1");
        check(&["a=1; Path=/p"], "/p/q?x", "a=1");
        check(&["a=1; Path=/p"], "/p?/x", "a=1");
        check(&["a=1; Path=/p"], "/pq", "");
        check(&["a=1; Path=/p/"], "/p/q", "a=1");
        check(&["a=1; Path=p"], "/x", "a=1");
        check(&["a=1; Path=/p", "a=2"], "/p", "a=1; a=2");
        check(&["a=1; Path=/p", "a=; Max-Age=0"], "/p", "a=1");
        check(&["=1", "nothing", "", ";a=1"], "/", "");
    }

    #[test]
    fn too_many_are_an_error() {
        let mut cookies = Cookies::default();
        for i in 0..COOKIES_MAX {
            assert_eq!(cookies.take(format!("c{i}=1").as_bytes()), Ok(()));
        }
        assert!(cookies.take(b"one=more").is_err());
        assert_eq!(cookies.take(b"c0=again"), Ok(()));
        assert_eq!(cookies.get("c0"), Some("again"));
        assert_eq!(cookies.get("one"), None);
        let large = format!("a={}", "x".repeat(BYTES_MAX));
        assert!(Cookies::default().take(large.as_bytes()).is_err());
        assert!(Cookies::default().take(b"a=\xe4").is_err());
    }

    proptest! {
        #[test]
        fn nothing_that_a_server_sets_panics(set in prop::collection::vec(any::<Vec<u8>>(), 0..8), target: Vec<u8>) {
            let mut cookies = Cookies::default();
            for set in &set {
                let _ = cookies.take(set);
            }
            let mut out = Vec::new();
            cookies.write(&target, &mut out);
            prop_assert!(out.len() <= BYTES_MAX + 3 * COOKIES_MAX);
        }
    }
}
