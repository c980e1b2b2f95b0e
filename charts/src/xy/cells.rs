//! Counts per cell of a grid: columns of equal width over x, rows of equal ratio over a logarithmic y.
//!
//! A latency spans decades, so rows of equal ratio keep the same relative precision from the fastest to the slowest.
//! Nothing counted is lost: the outermost columns and rows take what lies beyond them. The grid is bounded, not
//! the number of counts, so a run of an hour and one of a second make pictures of about one size.

use crate::{Error, scale};

/// Columns and rows from which cells would be smaller than the pixels of a drawing.
const COLUMNS_MAX: usize = 400;
const ROWS_MAX: usize = 120;

/// The counts of a [`HeatMap`](crate::HeatMap).
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    pub(crate) columns: usize,
    pub(crate) rows: usize,
    pub(crate) x: (f64, f64),
    pub(crate) y: (f64, f64),
    /// Column after column, each from its lowest row up.
    counts: Vec<u64>,
    /// Values met so far, to name one that is refused.
    met: usize,
}

/// Cells in a drawing, and what they count ("requests").
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Heat {
    pub(crate) cells: Cells,
    pub(crate) counted: String,
}

impl Cells {
    /// An empty grid of `columns` (1 to 400) from x.0 to x.1 and `rows` (1 to 120) from y.0 to y.1, which are
    /// positive. A y range of one value is widened around it.
    pub fn new(x: (f64, f64), columns: usize, y: (f64, f64), rows: usize) -> Result<Self, Error> {
        let place = |part: &str| format!("{part} of the heat map");
        for (part, found, limit) in [("columns", columns, COLUMNS_MAX), ("rows", rows, ROWS_MAX)] {
            if found == 0 {
                return Err(Error::Nothing { place: place(part) });
            }
            if found > limit {
                return Err(Error::TooMany {
                    place: place(part),
                    limit,
                    found,
                });
            }
        }
        for (part, log, (low, high)) in [("x range", false, x), ("y range", true, y)] {
            scale::check(&place(part), log, [low, high].into_iter())?;
            if low > high || (low == high && !log) {
                return Err(Error::Reversed {
                    place: place(part),
                    low,
                    high,
                });
            }
        }
        let y = (y.0.max(scale::LOG_MIN), y.1.max(scale::LOG_MIN));
        let narrow = y.1 / y.0 < 1.001;
        Ok(Self {
            columns,
            rows,
            x,
            y: if narrow { (y.0 / 2.0, y.1 * 2.0) } else { y },
            counts: vec![0; columns * rows],
            met: 0,
        })
    }

    /// Counts `count` at (x, y). Fails only if either is not a finite number.
    pub fn add(&mut self, x: f64, y: f64, count: u64) -> Result<(), Error> {
        let index = self.met;
        self.met += 1;
        for (part, value) in [("x", x), ("y", y)] {
            if !value.is_finite() {
                let place = format!("{part} of the heat map's counts");
                return Err(Error::NotFinite { place, index });
            }
        }
        let across = (x - self.x.0) / (self.x.1 - self.x.0);
        let (low, high) = (libm::log(self.y.0), libm::log(self.y.1));
        let up = if y > self.y.0 {
            (libm::log(y) - low) / (high - low)
        } else {
            0.0
        };
        let at = place(across, self.columns) * self.rows + place(up, self.rows);
        self.counts[at] = self.counts[at].saturating_add(count);
        Ok(())
    }

    /// The count of a cell; `row` 0 is the lowest.
    pub(crate) fn count(&self, column: usize, row: usize) -> u64 {
        self.counts[column * self.rows + row]
    }

    /// The greatest count of any cell.
    pub(crate) fn greatest(&self) -> u64 {
        self.counts.iter().copied().max().unwrap_or(0)
    }
}

/// Which of `count` equal parts of 0 to 1 a position lies in; the outermost take what lies beyond.
fn place(position: f64, count: usize) -> usize {
    // a value on the border of two parts belongs to the upper one, rounding errors or not
    let part = (position * count as f64 + 1e-9).floor();
    (part.max(0.0) as usize).min(count - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_counted_is_in_one_cell() {
        let mut cells = Cells::new((0.0, 10.0), 10, (1.0, 1000.0), 3).expect("a grid");
        let check = |cells: &mut Cells, (x, y), (column, row)| {
            let before = cells.count(column, row);
            cells.add(x, y, 2).expect("finite");
            assert_eq!(cells.count(column, row), before + 2, "({x}, {y})");
        };
        check(&mut cells, (0.0, 1.0), (0, 0));
        check(&mut cells, (0.999, 9.9), (0, 0));
        check(&mut cells, (1.0, 10.0), (1, 1));
        check(&mut cells, (3.0, 100.0), (3, 2));
        check(&mut cells, (10.0, 1000.0), (9, 2));
        check(&mut cells, (-5.0, 0.0), (0, 0));
        check(&mut cells, (1e12, 1e12), (9, 2));
        let total: u64 = (0..10)
            .flat_map(|c| (0..3).map(move |r| (c, r)))
            .map(|(c, r)| cells.count(c, r))
            .sum();
        assert_eq!(total, 14, "nothing was lost");
        assert_eq!(cells.greatest(), 6);
    }

    #[test]
    fn a_range_of_one_value_is_widened() {
        let mut cells = Cells::new((0.0, 1.0), 1, (5.0, 5.0), 4).expect("a grid");
        cells.add(0.5, 5.0, 1).expect("finite");
        assert_eq!((cells.y, cells.count(0, 2)), ((2.5, 10.0), 1));
    }
}
