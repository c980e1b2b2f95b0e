//! When the config's file is another.
//!
//! It is the directory that is watched: editors and tools write beside a file and rename over it, and a ConfigMap's
//! file is a symbolic link to a link that is swapped, so that whoever watches the file watches one that nobody will ever write
//! again. An event only says that it is time to look; what is looked at is the [`Stamp`], so that others who write in the
//! directory cost a `stat`. What makes no event (a network file system, a directory that is itself replaced, a link that leads
//! elsewhere) is found by a look every now and then.
//!
//! A file is read when it has stood still for a moment: an editor may write twice, and a file that is half written may be valid.

use super::file::{Stamp, stamp};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::net::unix::pipe::Receiver;
use tokio::time::sleep;

/// How long a file stands still before it is read: longer than the pause between two writes of one editor, and too short to be
/// waited for.
const STILL: Duration = Duration::from_millis(100);

/// A file that never stands still is read all the same after this many moments.
const MOMENTS_MAX: usize = 20;

/// How often it is looked at without an event.
const LOOK: Duration = Duration::from_secs(2);

/// Bytes of events that are read at once; what is in them does not matter.
const EVENTS: usize = 4_096;

pub(super) struct Watch {
    file: PathBuf,
    /// Of what was read last.
    seen: Option<Stamp>,
    /// `None` where the kernel has no more watches to give.
    events: Option<Receiver>,
}

impl Watch {
    /// `seen` was taken before the file was read. Must be made inside a runtime.
    pub(super) fn new(file: &Path, seen: Option<Stamp>) -> Self {
        let events = watch(file).inspect_err(|error| {
            let look = LOOK.as_secs();
            eprintln!(
                "gateway: failed to watch the config's directory: {error}; it is looked at every {look} s"
            );
        });
        Self {
            file: file.to_owned(),
            seen,
            events: events.ok(),
        }
    }

    /// Returns when the file is another and has stood still.
    pub(super) async fn changed(&mut self) {
        loop {
            let now = stamp(&self.file);
            if now.is_some() && now != self.seen {
                self.seen = self.still(now).await;
                return;
            }
            self.event().await;
        }
    }

    /// Waits until the file stands still.
    async fn still(&mut self, mut before: Option<Stamp>) -> Option<Stamp> {
        for _ in 0..MOMENTS_MAX {
            sleep(STILL).await;
            let now = stamp(&self.file);
            if now.is_some() && now == before {
                break;
            }
            before = now;
        }
        before
    }

    /// Something has happened in the directory, or may have.
    async fn event(&mut self) {
        let Some(events) = &self.events else {
            return sleep(LOOK).await;
        };
        let heard = async {
            let mut what = [0; EVENTS];
            if events.readable().await.is_ok() {
                while events.try_read(&mut what).is_ok_and(|read| read > 0) {}
            }
        };
        // that nothing was heard is no error
        let _ = tokio::time::timeout(LOOK, heard).await;
    }
}

/// The directory of the name, and that of what it leads to.
fn watch(file: &Path) -> io::Result<Receiver> {
    let events = inotify::init(CreateFlags::NONBLOCK | CreateFlags::CLOEXEC)?;
    let target = std::fs::canonicalize(file)?;
    for directory in [file, &target].map(directory_of) {
        let what = WatchFlags::CREATE | WatchFlags::MOVED_TO | WatchFlags::CLOSE_WRITE | WatchFlags::ONLYDIR;
        inotify::add_watch(&events, directory, what)?;
    }
    // what is read like a pipe is one to tokio
    Receiver::from_owned_fd_unchecked(events)
}

fn directory_of(file: &Path) -> &Path {
    match file.parent() {
        Some(directory) if directory != Path::new("") => directory,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir, rename, write};
    use std::os::unix::fs::symlink;
    use tokio::runtime::Builder;
    use tokio::time::timeout;

    /// Whether the change is noticed, well before a look without an event would.
    fn check(prepare: impl FnOnce(&Path) -> PathBuf, change: impl FnOnce(&Path), expected: bool) {
        let dir = tempfile::tempdir().expect("a directory");
        let file = prepare(dir.path());
        let runtime = Builder::new_current_thread().enable_all().build();
        let noticed = runtime.expect("a runtime").block_on(async {
            let mut watch = Watch::new(&file, stamp(&file));
            assert!(watch.events.is_some());
            let mut changed = std::pin::pin!(watch.changed());
            // it waits for events by now
            assert!(timeout(Duration::ZERO, &mut changed).await.is_err());
            change(dir.path());
            let most = if expected { LOOK * 10 } else { STILL * 2 };
            timeout(most, changed).await.is_ok()
        });
        assert_eq!(noticed, expected);
    }

    fn plain(dir: &Path) -> PathBuf {
        let file = dir.join("gateway.yaml");
        write(&file, "old").expect("written");
        file
    }

    #[test]
    fn a_file_is_written_again() {
        check(
            plain,
            |dir| write(dir.join("gateway.yaml"), "new one").expect("written"),
            true,
        );
    }

    #[test]
    fn another_is_renamed_over_it() {
        let change = |dir: &Path| {
            write(dir.join("tmp"), "new").expect("written");
            rename(dir.join("tmp"), dir.join("gateway.yaml")).expect("renamed");
        };
        check(plain, change, true);
    }

    #[test]
    fn others_in_its_directory_are_not_it() {
        check(
            plain,
            |dir| write(dir.join("other"), "new").expect("written"),
            false,
        );
    }

    #[test]
    fn a_link_is_swapped_as_in_a_config_map() {
        let prepare = |dir: &Path| {
            create_dir(dir.join("..1")).expect("made");
            write(dir.join("..1/gateway.yaml"), "old").expect("written");
            symlink("..1", dir.join("..data")).expect("linked");
            symlink("..data/gateway.yaml", dir.join("gateway.yaml")).expect("linked");
            dir.join("gateway.yaml")
        };
        let change = |dir: &Path| {
            create_dir(dir.join("..2")).expect("made");
            write(dir.join("..2/gateway.yaml"), "new").expect("written");
            symlink("..2", dir.join("..tmp")).expect("linked");
            rename(dir.join("..tmp"), dir.join("..data")).expect("renamed");
        };
        check(prepare, change, true);
    }

    #[test]
    fn where_it_leads_to_it_is_watched_too() {
        let prepare = |dir: &Path| {
            create_dir(dir.join("there")).expect("made");
            write(dir.join("there/real.yaml"), "old").expect("written");
            symlink("there/real.yaml", dir.join("gateway.yaml")).expect("linked");
            dir.join("gateway.yaml")
        };
        let change = |dir: &Path| write(dir.join("there/real.yaml"), "new one").expect("written");
        check(prepare, change, true);
    }
}
