//! The committed table: what each case may take, and who counted it.
//!
//! ```text
//! # what it is, and how to write it anew
//! # counted with ARCHITECTURE; COMPILER; profile PROFILE
//! case,instructions,tolerance_percent
//! ```

use crate::cases::{CASES, Case};
use std::fmt::Write as _;

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/instructions.csv");
const TITLE: &str =
    "# Instructions per round of each case of benches/instructions; written by `just bench --bless`.\n";
const COUNTED_WITH: &str = "# counted with ";
const COLUMNS: &str = "case,instructions,tolerance_percent";
/// Of a case that is new. Counts repeat to the instruction; this is for a change elsewhere that moves what is inlined.
const TOLERANCE_PERCENT: u64 = 3;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    name: String,
    pub(crate) instructions: u64,
    tolerance_percent: u64,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) counted_with: String,
    rows: Vec<Row>,
}

/// A count against its row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Same,
    Worse,
    Better,
    /// There is no row.
    Unknown,
}

impl Verdict {
    pub(crate) fn of(row: Option<&Row>, now: u64) -> Self {
        let Some(row) = row else {
            return Self::Unknown;
        };
        let (now, was) = (100 * now, 100 * row.instructions);
        let slack = row.instructions * row.tolerance_percent;
        if now > was + slack {
            Self::Worse
        } else if now + slack < was {
            Self::Better
        } else {
            Self::Same
        }
    }

    pub(crate) fn fails(self) -> bool {
        matches!(self, Self::Worse | Self::Unknown)
    }

    /// What failed, and what to do about it.
    pub(crate) fn text(self, name: &str, row: Option<&Row>, now: u64) -> String {
        match row {
            Some(row) => format!(
                "{name}: was {}, is {now}, and {} % more are allowed; if it has to be, `just bench --bless {name}`",
                row.instructions, row.tolerance_percent
            ),
            None => format!("{name}: is {now}, and has no row; `just bench --bless {name}`"),
        }
    }
}

impl Table {
    /// The committed one; an empty one if there is none.
    pub(crate) fn read() -> Result<Self, String> {
        match std::fs::read_to_string(PATH) {
            Ok(text) => Self::parse(&text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Self {
                counted_with: "nothing".into(),
                rows: Vec::new(),
            }),
            Err(error) => Err(format!("read {PATH}: {error}")),
        }
    }

    pub(crate) fn write(&self) -> Result<(), String> {
        std::fs::write(PATH, self.text()).map_err(|error| format!("write {PATH}: {error}"))
    }

    fn parse(text: &str) -> Result<Self, String> {
        let counted_with = text.lines().find_map(|line| line.strip_prefix(COUNTED_WITH));
        let rows = text
            .lines()
            .filter(|line| !line.starts_with('#') && *line != COLUMNS)
            .map(|line| Row::parse(line).ok_or_else(|| format!("read the row {line:?}")));
        Ok(Self {
            counted_with: counted_with.unwrap_or("nothing").to_owned(),
            rows: rows.collect::<Result<_, _>>()?,
        })
    }

    fn text(&self) -> String {
        let mut out = format!("{TITLE}{COUNTED_WITH}{}\n{COLUMNS}\n", self.counted_with);
        for row in &self.rows {
            // writing to a String does not fail
            let _ = writeln!(out, "{},{},{}", row.name, row.instructions, row.tolerance_percent);
        }
        out
    }

    pub(crate) fn is_counted_with(&self, here: &impl ToString) -> bool {
        self.counted_with == here.to_string()
    }

    pub(crate) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Names of rows that no judged case has.
    pub(crate) fn left_over(&self) -> impl Iterator<Item = &str> {
        let names = self.rows.iter().map(|row| row.name.as_str());
        names.filter(|name| !CASES.iter().any(|case| case.judged && case.name == *name))
    }

    /// With these counts, tolerances kept, in the order of the cases. What was counted with something else before is
    /// kept only by a run that did not count everything.
    pub(crate) fn blessed(&self, counted_with: String, cases: &[&Case], counts: &[u64], whole: bool) -> Self {
        let row = |case: &Case| {
            let old = self.row(case.name);
            match cases.iter().position(|counted| counted.name == case.name) {
                Some(at) => Some(Row {
                    name: case.name.to_owned(),
                    instructions: counts[at],
                    tolerance_percent: old.map_or(TOLERANCE_PERCENT, |old| old.tolerance_percent),
                }),
                None => old.cloned(),
            }
        };
        let rows = CASES.iter().filter(|case| case.judged).filter_map(row).collect();
        let counted_with = if whole || self.rows.is_empty() {
            counted_with
        } else {
            self.counted_with.clone()
        };
        Self { counted_with, rows }
    }
}

impl Row {
    fn parse(line: &str) -> Option<Self> {
        let mut columns = line.split(',');
        let row = Self {
            name: columns.next()?.to_owned(),
            instructions: columns.next()?.parse().ok()?,
            tolerance_percent: columns.next()?.parse().ok()?,
        };
        columns.next().is_none().then_some(row)
    }
}

pub(crate) fn check() {
    let row = Row::parse("a,1000,3");
    for (now, expected) in [
        (970, Verdict::Same),
        (1_030, Verdict::Same),
        (1_031, Verdict::Worse),
        (969, Verdict::Better),
    ] {
        assert_eq!(Verdict::of(row.as_ref(), now), expected, "{now}");
    }
    assert_eq!(Verdict::of(None, 1), Verdict::Unknown);
    assert_eq!([Verdict::Same, Verdict::Better].map(Verdict::fails), [false; 2]);
    assert_eq!([Verdict::Worse, Verdict::Unknown].map(Verdict::fails), [true; 2]);
    for bad in ["", "a", "a,1", "a,1,3,", "a,-1,3", "a,1,x"] {
        assert_eq!(Row::parse(bad), None, "{bad:?}");
    }
    let table = Table {
        counted_with: "x; y".into(),
        rows: row.into_iter().collect(),
    };
    assert_eq!(Table::parse(&table.text()), Ok(table));
}
