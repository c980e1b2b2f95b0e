//! Data in, SVG / HTML / Markdown out.
//!
//! Line, percentile and bar drawings, tables, and a self-contained page that carries them with claims and
//! provenance. Pure: no clock, no chance, no I/O; every result is a `String` or something that `Display`s, so
//! that `write!` takes it to any writer. The same data gives the same bytes on every machine.
//!
//! Text is laid out with a table of character widths, never by counting bytes: labels neither overlap
//! nor leave the picture, which the tests check box by box.
//!
//! Drawn by hand rather than with plotters: its backends speak whole pixels and fixed RGB, where these pictures
//! need classes that follow the reader's light or dark scheme and hundredths of a pixel; without its font
//! libraries it sizes text by bytes; what would remain of it is the choice of ticks, and on logarithmic axes that is
//! the part that fits least.
//!
//! Ranks: `error`, `theme`, `width`, `number`, `spread` · `escape`, `scale` · `canvas` · `text` · `frame` · `xy`, `bar`,
//! `table` · `line`, `percentile`, `page`.

mod bar;
mod canvas;
mod error;
mod escape;
mod frame;
mod line;
pub mod number;
mod page;
mod percentile;
mod scale;
mod spread;
mod table;
mod text;
mod theme;
mod verdict;
mod width;
mod xy;

pub use bar::{Bar, Value};
pub use canvas::{Label, Svg};
pub use error::Error;
pub use line::Line;
pub use page::{Claim, Figure, Page};
pub use percentile::Percentile;
pub use scale::{Axis, VALUE_MAX};
pub use table::{Cell, Column, Table};
pub use verdict::Verdict;
pub use xy::{Band, Limit, Series, Span};
