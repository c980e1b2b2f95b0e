//! How many files a part may hold open.
//!
//! Children inherit the limit of whoever starts them, so this process takes as many as it may have before it starts any. The
//! usual soft limit of 1 024 is there for programs that call `select`.

use rustix::process::{Resource, getrlimit, setrlimit};

/// Raises this process's limit to what it may have, and gives what it is then.
pub fn raise_open_files() -> u64 {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // where even that is forbidden, what there is has to do
    let _ = setrlimit(Resource::Nofile, limit);
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_what_may_be_had_and_stays_that() {
        let limit = raise_open_files();
        assert_eq!(
            Some(limit),
            getrlimit(Resource::Nofile).maximum.or(Some(u64::MAX))
        );
        assert_eq!(raise_open_files(), limit);
    }
}
