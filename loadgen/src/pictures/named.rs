//! A run among several.

use crate::report::Document;

/// A run among several, and what it is called.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    pub name: &'a str,
    pub document: &'a Document,
}
