//! Data in, SVG / HTML / Markdown out.
//!
//! Line, percentile, heat map, flame and bar drawings, panels, lanes, tables, and a self-contained page that carries them with
//! claims and provenance. Pure: no clock, no chance, no I/O; every result is a `String` or something that `Display`s, so
//! that `write!` takes it to any writer. The same data gives the same bytes on every machine.
//!
//! Text is laid out with a table of character widths, never by counting bytes: labels neither overlap
//! nor leave the picture, which the tests check box by box.
//!
//! plotters draws: its areas, coordinates, meshes and elements, over a backend of our own ([`backend`]) that writes
//! SVG with classes instead of colours, in hundredths of a pixel, and measures text with the table of widths.
//! Ours are the theme, the choice of ticks, and where words stand.
//!
//! Ranks: `error`, `theme`, `ramp`, `width`, `number`, `spread`, `verdict` · `escape`, `scale`, `style` · `backend` ·
//! `canvas` · `text` · `frame` · `xy`, `bar`, `flame`, `table` · `line`, `percentile`, `panels`, `heat_map`, `page` · `gallery`.

mod backend;
mod bar;
mod canvas;
mod error;
mod escape;
mod flame;
mod frame;
mod gallery;
mod heat_map;
mod line;
pub mod number;
mod page;
mod panels;
mod percentile;
mod ramp;
mod scale;
mod spread;
mod style;
mod table;
mod text;
mod theme;
mod verdict;
mod width;
mod xy;

pub use backend::Label;
pub use bar::{Bar, Value};
pub use canvas::Svg;
pub use error::Error;
pub use flame::{Flame, Frame};
pub use gallery::{Gallery, Tile};
pub use heat_map::HeatMap;
pub use line::Line;
pub use page::{Card, Claim, Figure, Page};
pub use panels::{Panel, Panels};
pub use percentile::Percentile;
pub use scale::{Axis, VALUE_MAX};
pub use table::{Cell, Column, Table};
pub use verdict::Verdict;
pub use xy::{Band, Cells, Lane, Lanes, Limit, Row, Series, Shape, Span};
