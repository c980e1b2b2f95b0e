//! Bars: quantities of named things, side by side or stacked, with 95 % intervals and values written out.
//!
//! Bars stand upright while every name and every value fits; otherwise the same data is laid on its side,
//! where names of any length have room. A bar's length is its value, so the axis is linear and holds zero.
//!
//! ```
//! use charts::{Axis, Bar, Value};
//! let svg = Bar::new("What a request costs", Axis::new("CPU time", "µs"))
//!     .groups(["direct", "passthrough"])
//!     .series("user", [Value::new(12.0).between(11.2, 12.9), Value::new(21.0).between(20.1, 21.7)])
//!     .series("system", [Value::new(30.0), Value::missing()])
//!     .draw()?;
//! # Ok::<(), charts::Error>(())
//! ```

mod data;
mod grid;
mod layout;
mod marks;

pub use data::{Bar, Value};
