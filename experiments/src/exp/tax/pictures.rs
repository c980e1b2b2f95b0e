//! The picture that `tax` alone has: what each arm adds to direct.

use super::arms::Arm;
use crate::exp::real::{Data, Figure, Way as _, added, bar};
use crate::failure::Failure;
use crate::report;
use charts::{Axis, Bar};

/// What each arm adds to direct in `figure`, with intervals; `None` where nothing was run.
pub(super) fn difference(data: &Data, seed: u64, figure: Figure) -> Result<Option<charts::Figure>, Failure> {
    let arms = behind(data);
    if arms.is_empty() {
        return Ok(None);
    }
    let value = |arm: &Arm| {
        let delta = added(data, seed, *arm, Arm::Direct, figure);
        bar(delta.map(|delta| (delta.median, delta.interval)))
    };
    let name = figure.name();
    let axis = Axis::new(format!("response time added to {name}"), "µs");
    let picture = Bar::new(format!("What each arm adds to {name}"), axis)
        .subtitle("median over rounds of the difference to direct within the round, 95 % interval")
        .groups(arms.iter().map(|arm| arm.title()))
        .series("", arms.iter().map(value))
        .sideways();
    report::figure(&format!("added-{name}"), picture.draw(), "").map(Some)
}

/// Timed arms with something before the stub.
pub(super) fn behind(data: &Data) -> Vec<Arm> {
    let arms = data.timed(&Arm::ALL).into_iter();
    arms.filter(|arm| *arm != Arm::Direct).collect()
}
