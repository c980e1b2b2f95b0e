//! What of a config is not shown to whoever may look at it: values that may be secret.
//!
//! The rule is the safe way round, since a secret can stand in a field of any name (`X-Origin-Verify`):
//! - on the way to upstreams a value is masked, unless its field is one of a few that hold no secret;
//! - what a rule asks of a request is masked alike: a header by the same fields, every cookie, every parameter;
//! - on the way to clients a value is shown, since every client is told it, unless its field's name speaks of credentials;
//! - of a path to probe the query is masked.
//!
//! Names compare as an upstream of CGI's kind would read them: without case, `_` as `-`. Secrets that a config names by
//! file are never in a plan, and paths of files are shown.

use crate::route::Subject;
use crate::transform::Direction;

/// In place of a value. It says nothing of it, not even its length.
const MASK: &str = "(masked)";

/// Fields of requests that say where to, what is wanted, and by which way it came.
const HARMLESS: [&str; 20] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "content-encoding",
    "content-language",
    "content-type",
    "forwarded",
    "host",
    "origin",
    "pragma",
    "prefer",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-real-ip",
    "x-request-id",
];

/// In any part of a name.
const CREDENTIALS: [&str; 10] = [
    "auth",
    "cookie",
    "credential",
    "jwt",
    "key",
    "passw",
    "secret",
    "session",
    "signature",
    "token",
];

/// The value of a header field, or the mask. `name` in lower case.
pub(super) fn field_value<'a>(direction: Direction, name: &str, value: &'a str) -> &'a str {
    let name = name.replace('_', "-");
    let shown = match direction {
        Direction::Request => HARMLESS.contains(&&*name),
        Direction::Response => !CREDENTIALS.iter().any(|word| name.contains(word)),
    };
    if shown { value } else { MASK }
}

/// What a rule compares with, or the mask.
pub(super) fn condition<'a>(of: &Subject, value: &'a str) -> &'a str {
    match of {
        Subject::Header(name) => field_value(Direction::Request, name, value),
        Subject::Cookie(_) | Subject::Query(_) => MASK,
    }
}

/// A path whose query, if it has one, is the mask.
pub(crate) fn path(path: &str) -> String {
    match path.split_once('?') {
        Some((path, _)) => format!("{path}?{MASK}"),
        None => path.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_up_is_masked_unless_it_is_known_to_be_harmless() {
        for (name, request, response) in [
            ("authorization", false, false),
            ("cookie", false, false),
            ("set-cookie", false, false),
            ("x-api-key", false, false),
            ("x_api_key", false, false),
            ("apikey", false, false),
            ("proxy-authenticate", false, false),
            ("x-amz-security-token", false, false),
            ("x-password", false, false),
            // nothing in its name tells
            ("x-origin-verify", false, true),
            ("x-team", false, true),
            ("host", true, true),
            ("user_agent", true, true),
            ("cache-control", true, true),
            ("content-type", true, true),
            ("strict-transport-security", false, true),
        ] {
            let shown = |direction| field_value(direction, name, "v") == "v";
            let both = (shown(Direction::Request), shown(Direction::Response));
            assert_eq!(both, (request, response), "{name}");
        }
    }

    #[test]
    fn a_mask_says_nothing_of_what_it_hides() {
        let masked = |value| field_value(Direction::Request, "x-api-key", value);
        assert_eq!(masked(""), masked("a long, long secret"));
    }

    #[test]
    fn conditions_and_paths() {
        for (of, shown) in [
            (Subject::Header("accept".into()), true),
            (Subject::Header("x-canary".into()), false),
            (Subject::Cookie("accept".into()), false),
            (Subject::Query("accept".into()), false),
        ] {
            assert_eq!(condition(&of, "v") == "v", shown, "{of:?}");
        }
        assert_eq!(path("/healthz"), "/healthz");
        assert_eq!(path("/healthz?token=v?w"), "/healthz?(masked)");
    }
}
