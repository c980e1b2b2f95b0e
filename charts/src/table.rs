//! Tables: one set of cells, to HTML and to Markdown.
//!
//! Numbers are set right-aligned in tabular figures with a fixed number of decimals per cell; what was not measured is
//! "–", never 0. Rows are as long as the header, or the table is refused.
//!
//! ```
//! use charts::{Cell, Column, Table};
//! let table = Table::new([Column::text("layer"), Column::number("p99", "µs")])
//!     .row([Cell::text("direct"), Cell::number(812.25, 1)])
//!     .row([Cell::text("passthrough"), Cell::missing()]);
//! assert!(table.markdown()?.starts_with("| layer | p99 (µs) |\n|:---|---:|\n"));
//! # Ok::<(), charts::Error>(())
//! ```

use crate::verdict::Verdict;
use crate::{Error, escape, number};

/// A table of text and numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

/// A column's heading and alignment.
#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    title: String,
    unit: String,
    number: bool,
}

impl Column {
    /// Left-aligned.
    pub fn text(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            unit: String::new(),
            number: false,
        }
    }

    /// Right-aligned, in `unit` (`""` for a count).
    pub fn number(title: impl Into<String>, unit: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            unit: unit.into(),
            number: true,
        }
    }

    fn caption(&self) -> String {
        if self.unit.is_empty() {
            self.title.clone()
        } else {
            format!("{} ({})", self.title, self.unit)
        }
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq)]
pub struct Cell {
    kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
enum Kind {
    Text(String),
    Number(f64, usize),
    Missing,
    Link { text: String, target: String },
    Verdict(Verdict),
}

impl Cell {
    /// Plain text; a number formatted by the caller ("1.2 ± 0.1") belongs here too.
    pub fn text(text: impl Into<String>) -> Self {
        Self {
            kind: Kind::Text(text.into()),
        }
    }

    /// A number with exactly `decimals` decimals.
    pub fn number(value: f64, decimals: usize) -> Self {
        Self {
            kind: Kind::Number(value, decimals),
        }
    }

    /// Not measured.
    pub fn missing() -> Self {
        Self { kind: Kind::Missing }
    }

    /// A link to a relative path, an anchor or an http(s) address.
    pub fn link(text: impl Into<String>, target: impl Into<String>) -> Self {
        Self {
            kind: Kind::Link {
                text: text.into(),
                target: target.into(),
            },
        }
    }

    pub fn verdict(verdict: Verdict) -> Self {
        Self {
            kind: Kind::Verdict(verdict),
        }
    }
}

impl Table {
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Self {
        Self {
            columns: columns.into_iter().collect(),
            rows: Vec::new(),
        }
    }

    pub fn row(mut self, cells: impl IntoIterator<Item = Cell>) -> Self {
        self.rows.push(cells.into_iter().collect());
        self
    }

    /// A `<table>`, headings scoped; the first column heads its row.
    pub fn html(&self) -> Result<String, Error> {
        self.check()?;
        let mut out = String::from("<div class=\"c-scroll\"><table><thead><tr>");
        for column in &self.columns {
            let class = class(column);
            out.push_str(&format!(
                "<th scope=\"col\"{class}>{}</th>",
                escape::xml(&column.caption())
            ));
        }
        out.push_str("</tr></thead><tbody>\n");
        for row in &self.rows {
            out.push_str("<tr>");
            for (i, (cell, column)) in row.iter().zip(&self.columns).enumerate() {
                let (open, close) = if i == 0 {
                    ("th scope=\"row\"", "th")
                } else {
                    ("td", "td")
                };
                out.push_str(&format!("<{open}{}>{}</{close}>", class(column), html(cell)?));
            }
            out.push_str("</tr>\n");
        }
        if self.rows.is_empty() {
            out.push_str(&format!(
                "<tr><td colspan=\"{}\">no data</td></tr>\n",
                self.columns.len().max(1)
            ));
        }
        out.push_str("</tbody></table></div>\n");
        Ok(out)
    }

    /// A table in the dialect of code hosts.
    pub fn markdown(&self) -> Result<String, Error> {
        self.check()?;
        let mut out = String::from("|");
        for column in &self.columns {
            out.push_str(&format!(" {} |", escape::markdown(&column.caption())));
        }
        out.push_str("\n|");
        for column in &self.columns {
            out.push_str(if column.number { "---:|" } else { ":---|" });
        }
        out.push('\n');
        for row in &self.rows {
            out.push('|');
            for cell in row {
                out.push_str(&format!(" {} |", markdown(cell)?));
            }
            out.push('\n');
        }
        if self.rows.is_empty() {
            out.push_str("\nno data\n");
        }
        Ok(out)
    }

    fn check(&self) -> Result<(), Error> {
        for (index, row) in self.rows.iter().enumerate() {
            let (expected, found) = (self.columns.len(), row.len());
            if expected != found {
                return Err(Error::Length {
                    place: format!("row {index} of the table"),
                    expected,
                    found,
                });
            }
            for (cell, column) in row.iter().zip(&self.columns) {
                if let Kind::Number(value, _) = cell.kind {
                    let place = format!("column {:?} of the table", column.title);
                    if !value.is_finite() {
                        return Err(Error::NotFinite { place, index });
                    }
                }
            }
        }
        Ok(())
    }
}

fn class(column: &Column) -> &'static str {
    if column.number { " class=\"c-number\"" } else { "" }
}

fn html(cell: &Cell) -> Result<String, Error> {
    Ok(match &cell.kind {
        Kind::Text(text) => escape::xml(text),
        Kind::Number(value, decimals) => number::fixed(*value, *decimals),
        Kind::Missing => "<span title=\"not measured\">–</span>".to_owned(),
        Kind::Link { text, target } => {
            format!(
                "<a href=\"{}\">{}</a>",
                escape::xml(escape::link(target)?),
                escape::xml(text)
            )
        }
        Kind::Verdict(verdict) => verdict.html(),
    })
}

fn markdown(cell: &Cell) -> Result<String, Error> {
    Ok(match &cell.kind {
        Kind::Text(text) => escape::markdown(text),
        Kind::Number(value, decimals) => number::fixed(*value, *decimals),
        Kind::Missing => "–".to_owned(),
        Kind::Link { text, target } => format!("[{}]({})", escape::markdown(text), escape::link(target)?),
        Kind::Verdict(verdict) => verdict.markdown(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::new([
            Column::text("layer <i>"),
            Column::number("p99", "µs"),
            Column::text("verdict"),
        ])
        .row([
            Cell::text("a|b & c"),
            Cell::number(12345.678, 1),
            Cell::verdict(Verdict::Holds),
        ])
        .row([
            Cell::link("tax", "tax/index.html"),
            Cell::missing(),
            Cell::text(""),
        ])
    }

    #[test]
    fn one_table_two_texts() {
        let html = table().html().expect("a valid table");
        assert!(html.contains("<th scope=\"col\">layer &lt;i&gt;</th>"), "{html}");
        assert!(html.contains("<th scope=\"row\">a|b &amp; c</th>"), "{html}");
        assert!(
            html.contains("<td class=\"c-number\">12\u{202f}345.7</td>"),
            "{html}"
        );
        assert!(html.contains("<a href=\"tax/index.html\">tax</a>"), "{html}");
        let markdown = table().markdown().expect("a valid table");
        assert!(
            markdown.contains("| a\\|b & c | 12\u{202f}345.7 | ✓ holds |"),
            "{markdown}"
        );
        assert!(
            markdown.contains("| [tax](tax/index.html) | – |  |"),
            "{markdown}"
        );
    }

    #[test]
    fn impossible_tables_are_refused() {
        let short = table().row([Cell::missing()]);
        assert!(matches!(
            short.html(),
            Err(Error::Length {
                expected: 3,
                found: 1,
                ..
            })
        ));
        let nan = Table::new([Column::number("x", "")]).row([Cell::number(f64::NAN, 1)]);
        assert!(matches!(nan.markdown(), Err(Error::NotFinite { index: 0, .. })));
        let link = Table::new([Column::text("x")]).row([Cell::link("x", "javascript:alert(1)")]);
        assert!(matches!(link.html(), Err(Error::Link { .. })));
    }
}
