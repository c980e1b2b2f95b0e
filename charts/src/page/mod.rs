//! A report: one document, to a self-contained HTML page and to Markdown.
//!
//! The page asks for nothing from outside (a content security policy says so) and runs no script; it follows the
//! reader's light or dark scheme, prints in the light one with provenance unfolded, and reads on a phone. Figures
//! are inline in HTML; in Markdown they are images that the caller writes beside it from [`Page::figures`].
//!
//! ```
//! use charts::{Axis, Claim, Figure, Line, Page, Series, Verdict};
//! let svg = Line::new("Latency", Axis::new("time", "s"), Axis::new("latency", "ms"))
//!     .series(Series::new("p99", [(0.0, 1.0), (1.0, 1.1)]))
//!     .draw()?;
//! let page = Page::new("tax")
//!     .summary("What does each edge feature cost per request?")
//!     .claims([Claim::new("p99 added by passthrough", "0.21 ms", "< 1 ms", Verdict::Holds)])
//!     .section("Latency")
//!     .figure(Figure::new("latency", svg).caption("Response time from the intended send time."))
//!     .details("Provenance", [("seed", "42")]);
//! assert!(page.html()?.starts_with("<!DOCTYPE html>"));
//! assert!(page.markdown()?.contains("](latency.svg)"));
//! # Ok::<(), charts::Error>(())
//! ```

mod document;
mod html;
mod markdown;
mod parts;
pub(crate) mod style;

pub use document::Page;
pub use parts::{Card, Claim, Figure};
