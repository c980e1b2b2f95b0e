//! A connection of either kind, and what the shard knows of it.

/// A live connection and its number.
pub(super) struct Line<C> {
    pub(super) connection: C,
    pub(super) number: u64,
    /// Has carried a request or stood idle: it may have died unnoticed.
    pub(super) used: bool,
    /// Requests that it has carried.
    pub(super) carried: u64,
}
