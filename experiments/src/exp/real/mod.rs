//! What experiments on real sockets have in common: booting a way to an answer, driving it, and taking figures of it in rounds.
//!
//! A [`Way`] says what stands between load generator and stub. *Steady* figures are slopes between two run lengths under a
//! watching program (`instructions`, `steady`); *noisy* ones are taken in interleaved rounds with freshly booted parts (`rounds` for latency,
//! `busy` for CPU time at saturation) and compared within a round (`figures`). Everything goes into [`Data`] and the logs, and
//! the pictures come out of them.

mod busy;
mod chain;
mod claims;
mod data;
mod drive;
mod figures;
mod instructions;
mod logs;
mod pictures;
mod rounds;
mod site;
mod steady;
mod watch;
mod watched;
mod way;

pub(super) use busy::{Plan as BusyPlan, measure as measure_busy};
pub(super) use chain::{Chain, How, end};
pub(super) use claims::{GOOD_ROUNDS_PERCENT_MIN, ONLY_FULL, good_share, of_good_rounds, of_what_ships};
#[cfg(test)]
pub(super) use data::{Busy, Round};
pub(super) use data::{Data, Steady};
pub(super) use drive::drive;
pub(super) use figures::{Figure, Level, added, busy_level, busy_ratio, level};
pub(super) use instructions::{instructions as count_instructions, instructions_of_each as count_each};
#[cfg(test)]
pub(super) use logs::append as append_log;
#[cfg(test)]
pub(super) use logs::read as read_log;
pub(super) use pictures::{bar, cpu, instructions, latency, with_interval};
pub(super) use rounds::{Plan as RoundsPlan, measure as measure_rounds};
pub(super) use site::{FLEET, Site};
pub(super) use steady::{
    allocations as count_allocations, syscalls as count_syscalls, through, through_build,
};
pub(super) use watch::watch;
pub(super) use watched::Watched;
pub(super) use way::{Before, Way, bare_config};
