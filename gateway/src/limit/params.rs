//! What a config says of an upstream's adaptive limit.

/// Its bounds, and how much slower than unloaded answers may get.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Params {
    /// Requests that are let through however slow the answers; at least 1.
    pub min: u32,
    /// At least `min`.
    pub max: u32,
    /// Where it begins; from `min` to `max`.
    pub start: u32,
    /// How much longer than the baseline answers may take, in percent of it: above 100.
    pub tolerance_percent: u32,
}
