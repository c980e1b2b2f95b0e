//! Why a simulation could not be built, or could not go on.

use super::HOSTS_MAX;
use super::faults::FAULTS_MAX;
use crate::trace::text::NAME_BYTES_MAX;
use std::fmt;

/// Why a simulation could not go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DriverError {
    BadSettings,
    TooManyHosts,
    BadHostName(String),
    UnknownHost(String),
    NoLinkToItself(String),
    /// That fault with those arguments is not active.
    NothingToLift(String),
    TooManyFaults,
    HostFailed(String),
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSettings => f.write_str(
                "set up the network: the shortest latency is above the longest, the window is 0 bytes, or a slow host neither runs nor stops",
            ),
            Self::TooManyHosts => write!(
                f,
                "add a host: {HOSTS_MAX} is the most, because a step's cost grows with their cube; put more users in one host"
            ),
            Self::BadHostName(name) => {
                write!(
                    f,
                    "add host {name:?}: a name is unique, has 1 to {NAME_BYTES_MAX} bytes and is no address"
                )
            }
            Self::UnknownHost(name) => write!(f, "find host {name:?}: no such host"),
            Self::NoLinkToItself(name) => write!(f, "change a link: {name} has none to itself"),
            Self::NothingToLift(what) => write!(f, "lift {what}: it was never laid, or is lifted already"),
            Self::TooManyFaults => write!(f, "lay a fault: {FAULTS_MAX} are active already; lift some"),
            Self::HostFailed(error) => write!(f, "step the simulation: a host's program ended: {error}"),
        }
    }
}

impl std::error::Error for DriverError {}
