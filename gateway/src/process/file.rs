//! The config on its disk.

use crate::config::defaults::CONFIG_BYTES_MAX;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// The config, and of what is too long for one only as much as shows it: `/dev/zero` has no end.
pub fn read(file: &Path) -> Result<Vec<u8>, String> {
    let read = || -> io::Result<Vec<u8>> {
        let mut yaml = Vec::new();
        let most = CONFIG_BYTES_MAX as u64 + 1;
        File::open(file)?.take(most).read_to_end(&mut yaml)?;
        Ok(yaml)
    };
    read().map_err(|error| format!("failed to read {}: {error}", file.display()))
}

/// What tells one state of a file from another without reading it: which file its path leads to, and when that was last
/// written or given this name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    device: u64,
    inode: u64,
    bytes: u64,
    written: (i64, i64),
    changed: (i64, i64),
}

/// `None` while there is no such file.
pub(super) fn stamp(file: &Path) -> Option<Stamp> {
    let found = std::fs::metadata(file).ok()?;
    Some(Stamp {
        device: found.dev(),
        inode: found.ino(),
        bytes: found.size(),
        written: (found.mtime(), found.mtime_nsec()),
        changed: (found.ctime(), found.ctime_nsec()),
    })
}
