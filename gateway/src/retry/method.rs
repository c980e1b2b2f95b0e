//! Which methods may be repeated without asking (RFC 9110 §9.2.2).

/// Whether sending a request with this method twice has the same intended effect as sending it once: the
/// safe methods, PUT and DELETE. Methods are case-sensitive (§9.1), and one we do not know is not idempotent.
pub fn is_idempotent(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS" | "TRACE" | "PUT" | "DELETE")
}

#[cfg(test)]
mod tests {
    use super::is_idempotent;

    #[test]
    fn follows_rfc_9110() {
        for method in ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] {
            assert!(is_idempotent(method), "{method}");
        }
        for method in ["POST", "PATCH", "CONNECT", "get", "Put", "PURGE", ""] {
            assert!(!is_idempotent(method), "{method}");
        }
    }
}
