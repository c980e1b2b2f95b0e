//! skeleton
pub struct Queue;
