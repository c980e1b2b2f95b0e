//! The gateway inside a deterministic network simulator.
//!
//! The same code that runs on real sockets runs here on simulated hosts, is broken on purpose, and leaves a
//! trace that is the same, byte for byte, for the same seed.
//!
//! Ranks, low to high; a module imports lower ones only:
//! `trace` · `world`, `oracles`, `account`, `coverage`, `document`, `fleet`, `veil` · `parts`, `judge`, `source` · `stage`, `story` · `run` ·
//! `report`, `narrate`, `picture`, `perfetto`, `sweep`, `replay`, `shrink`, `golden` · `selfcheck` · the binary

#[cfg(not(tokio_unstable))]
compile_error!(
    "sim needs `--cfg tokio_unstable`: without it turmoil neither seeds tokio's own random numbers nor surfaces a \
     task's panic. The workspace's .cargo/config.toml sets it; a RUSTFLAGS variable overrides that file, so \
     add `--cfg tokio_unstable` to it (or unset it)."
);

pub mod account;
pub mod coverage;
pub mod document;
mod fleet;
pub mod golden;
pub mod judge;
pub mod narrate;
pub mod oracles;
pub mod parts;
pub mod perfetto;
pub mod picture;
pub mod replay;
pub mod report;
pub mod run;
pub mod selfcheck;
pub mod shrink;
pub mod source;
pub mod stage;
pub mod story;
pub mod sweep;
pub mod trace;
mod veil;
pub mod world;
