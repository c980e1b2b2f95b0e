//! skeleton
pub enum Dist {}
