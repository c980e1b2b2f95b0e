//! The number of a route: its place in the plan's list.

/// The most routes a plan may have. Far above what one file is maintained for by hand or by machine, and
/// low enough that a `u16` numbers them in events, and that a reload stays a matter of milliseconds.
pub const ROUTES_MAX: usize = 10_000;

/// Index into the plan's list of routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteId(u16);

impl RouteId {
    /// `None` when `index` is not below [`ROUTES_MAX`].
    pub fn from_index(index: usize) -> Option<RouteId> {
        if index < ROUTES_MAX {
            u16::try_from(index).ok().map(RouteId)
        } else {
            None
        }
    }

    pub fn index(self) -> usize {
        usize::from(self.0)
    }

    pub fn number(self) -> u16 {
        self.0
    }
}
