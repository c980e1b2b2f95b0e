//! One command per question: the stand that boots the parts, statistics, claims, provenance and reports.
//!
//! An experiment states a question, runs the shipped binaries, writes data files, judges its claims and is drawn
//! from those files alone. Ranks, each blind to those above it: `failure`, `scale`, `stats`, `workspace`, `console` ·
//! `claims`, `provenance`, `stand` · `measure`, `report` · `play`, `trend` · `exp` · `runner` · `cli`.
//!
//! Invariants
//! - What is measured is what ships: parts are driven as processes and known by their ready lines and ports.
//! - No process outlives the command, however it ends (but for SIGKILL of itself, which nobody can catch).
//! - A report is replaced whole or not at all, and is a function of its data files.

pub mod claims;
pub mod cli;
pub mod console;
pub mod exp;
pub mod failure;
pub mod measure;
pub mod play;
pub mod provenance;
pub mod report;
pub mod runner;
pub mod scale;
pub mod stand;
pub mod stats;
pub mod trend;
pub mod workspace;
