//! Why a simulation could not be built, or could not go on.

use super::HOSTS_MAX;
use super::links::LinkError;
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
    AlreadyDown(String),
    NotDown(String),
    Link(LinkError),
    HostFailed(String),
}

impl fmt::Display for DriverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadSettings => f.write_str(
                "set up the network: the shortest latency is above the longest, or the window is 0 bytes",
            ),
            Self::TooManyHosts => write!(
                f,
                "add a host: {HOSTS_MAX} is the most, because a step's cost grows with their cube; put more users in one host"
            ),
            Self::BadHostName(name) => {
                write!(
                    f,
                    "add host {name:?}: a name is unique and has 1 to {NAME_BYTES_MAX} bytes"
                )
            }
            Self::UnknownHost(name) => write!(f, "find host {name:?}: no such host"),
            Self::NoLinkToItself(name) => write!(f, "change a link: {name} has none to itself"),
            Self::AlreadyDown(name) => write!(f, "crash {name}: it is down already"),
            Self::NotDown(name) => write!(f, "bounce {name}: it is up; crash it first"),
            Self::Link(error) => error.fmt(f),
            Self::HostFailed(error) => write!(f, "step the simulation: a host's program ended: {error}"),
        }
    }
}

impl std::error::Error for DriverError {}
