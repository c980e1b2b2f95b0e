//! What one request asks for itself.
//!
//! By the header `X-Stub: latency=1s status=404`, or by a path of the form `/word/value`: `/bytes/1GiB`,
//! `/delay/200ms`, `/status/503`, as users of httpbin expect. A path whose value makes no sense is an ordinary
//! path; a header that makes no sense is an error, which the client is told. The header wins.

use crate::behaviour::Patch;

/// Path words and the behaviour words they stand for.
const ALIASES: [(&str, &str); 8] = [
    ("bytes", "body"),
    ("delay", "latency"),
    ("status", "status"),
    ("stream", "stream"),
    ("sse", "sse"),
    ("pace", "pace"),
    ("reset", "reset"),
    ("truncate", "truncate"),
];

/// Reads the wish of a request, if it has one.
pub(crate) fn wish(path: &str, header: Option<&[u8]>) -> Result<Option<Patch>, String> {
    if let Some(header) = header {
        let text = std::str::from_utf8(header).map_err(|_| "X-Stub is not text".to_owned())?;
        return Patch::for_request(text)
            .map(Some)
            .map_err(|e| format!("X-Stub: {e}"));
    }
    Ok(by_path(path))
}

fn by_path(path: &str) -> Option<Patch> {
    let path = path.strip_prefix('/')?;
    let slash = path.bytes().position(|byte| byte == b'/')?;
    let (word, value) = (&path[..slash], &path[slash + 1..]);
    let (_, word) = ALIASES.iter().find(|(alias, _)| *alias == word)?;
    // a value with a space would be several words
    if value.is_empty() || value.contains(char::is_whitespace) {
        return None;
    }
    Patch::for_request(&format!("{word}={value}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(path: &str, header: Option<&str>) -> Option<String> {
        wish(path, header.map(str::as_bytes))
            .expect("a wish")
            .map(|patch| patch.to_string())
    }

    #[test]
    fn paths_and_headers_are_understood() {
        assert_eq!(words("/bytes/1GiB", None).as_deref(), Some("body=1GiB"));
        assert_eq!(words("/delay/200ms", None).as_deref(), Some("latency=200ms"));
        assert_eq!(
            words("/status/503", Some("status=404 body=1B")).as_deref(),
            Some("status=404 body=1B")
        );
    }

    #[test]
    fn other_paths_are_ordinary() {
        for path in [
            "/",
            "/status",
            "/status/",
            "/status/check",
            "/bytes/1/2",
            "/orders/5",
            "*",
            "/servers/1",
        ] {
            assert_eq!(words(path, None), None, "{path}");
        }
    }

    #[test]
    fn a_wrong_header_is_an_error() {
        for header in ["latency=soon", "down", "\u{e9}"] {
            let error = wish("/", Some(header.as_bytes())).expect_err(header);
            assert!(error.starts_with("X-Stub"), "{error}");
        }
    }
}
