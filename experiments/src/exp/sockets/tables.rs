//! What was seen on sockets, as files beside the simulator's: `sockets-NAME.csv` where it is the same table, and those that only sockets have.

use crate::exp::simulated::Data;
use crate::failure::Failure;
use crate::play::Played;
use crate::play::rows::{Applied, Held, Instrument, Moment, Stopped, Witnessed};
use crate::report::{read_csv_if_any, write_csv_if_any};
use std::path::Path;

/// The part of the report that tables of both worlds are then.
const PART: &str = "sockets";
const INSTRUMENTS: &str = "sockets-instruments.csv";
const MOMENTS: &str = "sockets-moments.csv";
const APPLIED: &str = "sockets-applied.csv";
const STOPPED: &str = "sockets-stopped.csv";
const HELD: &str = "sockets-held.csv";
const WITNESSED: &str = "sockets-witnessed.csv";

/// A moment is kept of so many: what is drawn of minutes needs no more.
const MOMENTS_KEPT: usize = 4;

#[derive(Debug, Clone, Default, PartialEq)]
pub(in crate::exp) struct Sockets {
    pub(in crate::exp) data: Data,
    pub(in crate::exp) instruments: Vec<Instrument>,
    pub(in crate::exp) moments: Vec<Moment>,
    pub(in crate::exp) applied: Vec<Applied>,
    pub(in crate::exp) stopped: Vec<Stopped>,
    pub(in crate::exp) held: Vec<Held>,
    pub(in crate::exp) witnessed: Vec<Witnessed>,
}

impl Sockets {
    pub(super) fn add(&mut self, played: Played) {
        self.data.add_variant(played.told);
        self.instruments.push(played.instrument);
        self.moments
            .extend(played.moments.into_iter().step_by(MOMENTS_KEPT));
        self.applied.extend(played.applied);
        self.stopped.extend(played.stopped);
        self.held.extend(played.held);
        self.witnessed.extend(played.witnessed);
    }

    /// Another plan's, behind it.
    pub(in crate::exp) fn extend(&mut self, other: Self) {
        self.data.extend(other.data);
        self.instruments.extend(other.instruments);
        self.moments.extend(other.moments);
        self.applied.extend(other.applied);
        self.stopped.extend(other.stopped);
        self.held.extend(other.held);
        self.witnessed.extend(other.witnessed);
    }

    pub(in crate::exp) fn write(&self, directory: &Path) -> Result<(), Failure> {
        // a run in the simulator alone has no such files
        if self.is_empty() {
            return Ok(());
        }
        self.data.write(directory, PART)?;
        write_csv_if_any(&directory.join(INSTRUMENTS), &self.instruments)?;
        write_csv_if_any(&directory.join(MOMENTS), &self.moments)?;
        write_csv_if_any(&directory.join(APPLIED), &self.applied)?;
        write_csv_if_any(&directory.join(STOPPED), &self.stopped)?;
        write_csv_if_any(&directory.join(HELD), &self.held)?;
        write_csv_if_any(&directory.join(WITNESSED), &self.witnessed)
    }

    /// Empty where there is none: a run may have been in the simulator alone.
    pub(in crate::exp) fn read(directory: &Path) -> Result<Self, Failure> {
        if !directory.join(INSTRUMENTS).exists() {
            return Ok(Self::default());
        }
        Ok(Self {
            data: Data::read_part(directory, PART)?,
            instruments: read_csv_if_any(&directory.join(INSTRUMENTS))?,
            moments: read_csv_if_any(&directory.join(MOMENTS))?,
            applied: read_csv_if_any(&directory.join(APPLIED))?,
            stopped: read_csv_if_any(&directory.join(STOPPED))?,
            held: read_csv_if_any(&directory.join(HELD))?,
            witnessed: read_csv_if_any(&directory.join(WITNESSED))?,
        })
    }

    pub(in crate::exp) fn is_empty(&self) -> bool {
        self.instruments.is_empty()
    }

    /// Why what was seen cannot be relied on.
    pub(in crate::exp) fn complaint(&self) -> Option<String> {
        let of = self.instruments.iter().find(|of| !of.valid)?;
        Some(format!("{}: the load generator says: {}", of.variant, of.reasons))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_back_as_they_were_written() {
        let directory = tempfile::tempdir().expect("temporary directory");
        assert_eq!(Sockets::read(directory.path()), Ok(Sockets::default()));
        let sockets = Sockets {
            instruments: vec![Instrument {
                seed: 1,
                variant: "main".into(),
                valid: false,
                reasons: "late".into(),
                send_lag_p99_us: 5e4,
                broken_off: 2,
            }],
            stopped: vec![Stopped {
                seed: 1,
                variant: "main".into(),
                gateway: "g0".into(),
                at_us: 5,
                took_us: 6,
                drained: Some(3),
                aborted: None,
                code: Some(0),
            }],
            ..Sockets::default()
        };
        sockets.write(directory.path()).expect("writes");
        assert_eq!(Sockets::read(directory.path()).as_ref(), Ok(&sockets));
        assert!(sockets.complaint().is_some_and(|why| why.contains("late")));
    }
}
