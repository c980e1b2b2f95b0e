//! The client loop.

mod answers;
mod broken;
mod early;
mod reuse;
mod upgrade;
mod uploads;
