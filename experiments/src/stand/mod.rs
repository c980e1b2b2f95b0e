//! The stand: builds what ships, boots it on port 0, pins it, drives it and ends it.
//!
//! Parts are processes and are known by what the outside sees: their ready line on stdout, their ports, their
//! exit. Invariants
//! - every child belongs to a [`Part`], alone in its process group; dropping a `Part` kills the group and
//!   reaps the child. So an error, a panic or a cancelled run leaves no process behind.
//! - no fixed port; no wait without a deadline.

mod boot;
mod build;
mod caddy;
mod foreign;
mod haproxy;
mod http;
mod launch;
mod layout;
mod limits;
mod load;
mod load_report;
mod nginx;
mod part;
mod pin;
mod simulate;
pub mod simulated;

pub use boot::{
    Gateway, Stub, Wrapper, boot_gateway, boot_gateway_by, boot_stub, boot_stub_by, boot_workers,
};
pub use build::{Binaries, Built, build, build_instrumented, build_simulator, given_gateway};
pub use caddy::boot_caddy;
pub use foreign::Foreign;
pub use haproxy::boot_haproxy;
pub use http::{get, get_bytes_of, post};
pub use launch::Launch;
pub use layout::Layout;
pub use limits::raise_open_files;
pub use load::{Arrivals, Load, run_load};
pub use load_report::{LoadReport, Quantiles};
pub use nginx::{NginxTask, boot_nginx};
pub use part::Part;
pub use simulate::simulate;

#[cfg(test)]
mod tests;
