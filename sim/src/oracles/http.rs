//! What HTTP says of methods, by their numbers in a trace.

pub(super) const HEAD: u64 = 2;

/// By number.
const NAMES: [&str; 8] = [
    "another method",
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "DELETE",
    "PATCH",
    "OPTIONS",
];

pub(super) fn method_name(method: u64) -> &'static str {
    let place = usize::try_from(method).ok();
    place
        .and_then(|place| NAMES.get(place))
        .copied()
        .unwrap_or(NAMES[0])
}

/// Whether doing it twice is as good as once (RFC 9110 §9.2.2). A method without a number counts as one that is not: no
/// scenario asks for TRACE.
pub(super) fn is_idempotent(method: u64) -> bool {
    matches!(method_name(method), "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS")
}

/// Whether an answer has no body whatever its head says (RFC 9110 §6.4.1).
pub(super) fn is_bodiless(method: u64, status: u64) -> bool {
    method == HEAD || matches!(status, 204 | 304)
}
