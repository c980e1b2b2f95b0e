//! Request methods (RFC 9110 §9). Case matters.

/// A method, as far as the engine and its users have to tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    #[default]
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
    /// Any other token.
    Other,
}

impl Method {
    pub fn of(text: &[u8]) -> Self {
        match text {
            b"GET" => Self::Get,
            b"HEAD" => Self::Head,
            b"POST" => Self::Post,
            b"PUT" => Self::Put,
            b"DELETE" => Self::Delete,
            b"CONNECT" => Self::Connect,
            b"OPTIONS" => Self::Options,
            b"TRACE" => Self::Trace,
            b"PATCH" => Self::Patch,
            _ => Self::Other,
        }
    }

    /// How it is spelled, unless that is anyone's guess.
    pub fn text(self) -> Option<&'static str> {
        match self {
            Self::Get => Some("GET"),
            Self::Head => Some("HEAD"),
            Self::Post => Some("POST"),
            Self::Put => Some("PUT"),
            Self::Delete => Some("DELETE"),
            Self::Connect => Some("CONNECT"),
            Self::Options => Some("OPTIONS"),
            Self::Trace => Some("TRACE"),
            Self::Patch => Some("PATCH"),
            Self::Other => None,
        }
    }

    /// Its number in traces, which outlive the program that wrote them: these stay as they are, new ones go to the end,
    /// and 0 is whatever has none.
    pub fn number(self) -> u8 {
        match self {
            Self::Get => 1,
            Self::Head => 2,
            Self::Post => 3,
            Self::Put => 4,
            Self::Delete => 5,
            Self::Patch => 6,
            Self::Options => 7,
            Self::Connect | Self::Trace | Self::Other => 0,
        }
    }

    /// Whether a request of this method usually has a body, so that one without says so (RFC 9110 §8.6).
    pub(crate) fn expects_body(self) -> bool {
        matches!(self, Self::Post | Self::Put | Self::Patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_fixed_for_ever() {
        // old traces are read by them: none may change
        for (text, number) in [
            ("GET", 1),
            ("HEAD", 2),
            ("POST", 3),
            ("PUT", 4),
            ("DELETE", 5),
            ("PATCH", 6),
            ("OPTIONS", 7),
            ("CONNECT", 0),
            ("TRACE", 0),
            ("QUERY", 0),
            ("get", 0),
        ] {
            assert_eq!(Method::of(text.as_bytes()).number(), number, "{text}");
        }
    }
}
