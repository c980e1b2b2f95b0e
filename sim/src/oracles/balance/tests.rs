//! Picks that are right, and picks that are not.
