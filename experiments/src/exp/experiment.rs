//! What an experiment is to the rest of the program.

use super::context::Context;
use crate::claims::Claim;
use crate::failure::Failure;
use crate::report::Source;
use crate::trend::Comparable;
use charts::Page;
use std::future::Future;
use std::pin::Pin;

/// A run in progress: ends with its claims, data written.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<Vec<Claim>, Failure>> + 'a>>;

/// From data to a page.
pub type Drawing = fn(&Source) -> Result<Page, Failure>;

/// From data to what is compared with earlier runs.
pub type Comparing = fn(&Source) -> Result<Vec<Comparable>, Failure>;

/// Where it is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum World {
    /// The shipped binaries on this machine's sockets.
    Real,
    /// The same code in the simulator, in simulated time.
    Simulated,
    /// The same scenarios in either.
    Both,
}

impl World {
    /// As people read it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Real => "real sockets",
            Self::Simulated => "simulator",
            Self::Both => "simulator and real sockets",
        }
    }

    /// What it is found under.
    pub fn facets(self) -> &'static [&'static str] {
        match self {
            Self::Real => &["real sockets"],
            Self::Simulated => &["simulator"],
            Self::Both => &["real sockets", "simulator"],
        }
    }

    /// The shipped binaries are run.
    pub fn is_real(self) -> bool {
        self != Self::Simulated
    }

    /// The simulator is.
    pub fn is_simulated(self) -> bool {
        self != Self::Real
    }
}

/// One row.
#[derive(Clone, Copy)]
pub struct Experiment {
    /// As typed, and the folder of its report.
    pub name: &'static str,
    pub question: &'static str,
    /// Its recipe in the justfile.
    pub recipe: &'static str,
    pub world: World,
    /// It counts allocations, so the gateway that does that is built too.
    pub counts_allocations: bool,
    pub run: for<'a> fn(&'a mut Context) -> Running<'a>,
    pub draw: Drawing,
    /// From data to the few lines that are told at the terminal too.
    pub figures: fn(&Source) -> Result<Vec<String>, Failure>,
    /// The picture that stands for it among others, without ".svg"; a run that draws no such one shows none.
    pub picture: &'static str,
    pub comparable: Comparing,
}
