//! Parts of pictures.

use super::compare::Level;
use charts::Value;

/// A bar, with its interval if there is one.
pub(in crate::exp) fn value(found: Option<Level>) -> Value {
    match found {
        None => Value::missing(),
        Some((value, None)) => Value::new(value),
        Some((value, Some(interval))) => Value::new(value).between(interval.low, interval.high),
    }
}
