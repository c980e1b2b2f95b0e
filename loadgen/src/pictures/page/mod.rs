//! A run as one self-contained page.

mod format;
mod layout;
mod notes;
mod overview;
mod tables;

pub use layout::page;
