//! Allocations, as the instrumented gateway counts them itself.

use serde::Deserialize;

/// Since the process started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct AllocationCount {
    pub allocations: u64,
    pub bytes: u64,
}

impl AllocationCount {
    /// What was allocated since `before`.
    #[must_use]
    pub fn since(self, before: Self) -> Self {
        Self {
            allocations: self.allocations.saturating_sub(before.allocations),
            bytes: self.bytes.saturating_sub(before.bytes),
        }
    }
}

/// The answer of `GET /debug/heap`.
pub fn parse_allocations(json: &str) -> Result<AllocationCount, String> {
    serde_json::from_str(json).map_err(|e| format!("read the allocation counts: {e}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_read_and_subtracted() {
        let before = parse_allocations(r#"{"allocations":10,"bytes":1000}"#).expect("json");
        let after = parse_allocations(r#"{"allocations":25,"bytes":5000}"#).expect("json");
        assert_eq!(
            after.since(before),
            AllocationCount {
                allocations: 15,
                bytes: 4_000
            }
        );
        assert!(parse_allocations("not found").is_err());
    }
}
