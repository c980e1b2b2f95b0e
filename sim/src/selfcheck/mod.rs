//! Is the simulator to be believed? That a seed is really all there is, and that its oracles catch what they must.

mod bugs;
mod determinism;
mod planted;

pub use bugs::{Caught, SEEDS_MAX, seek};
pub use determinism::{Build, Checked, SelfcheckError, check, other_build};
pub use planted::{PLANTED, Planted, UNSEEN};
