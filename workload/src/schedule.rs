//! skeleton
pub struct Schedule;
pub enum Arrival {}
