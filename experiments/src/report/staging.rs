//! A folder in the making, beside the place where it will be.
//!
//! It is made complete first and then takes the old one's place in one step. Until then the old report is
//! untouched; dropped before that, the staged folder is removed. Names end in `.tmp`, which git ignores.

use crate::failure::Failure;
use rustix::fs::{CWD, RenameFlags, renameat_with};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

#[derive(Debug)]
pub struct Staging {
    staged: TempDir,
    target: PathBuf,
}

impl Staging {
    /// An empty folder that will become `out/name`.
    pub fn new(out: &Path, name: &str) -> Result<Self, Failure> {
        std::fs::create_dir_all(out).map_err(|e| Failure::io("make", out, e))?;
        let mut builder = tempfile::Builder::new();
        let staged = builder
            .prefix(&format!("{name}."))
            .suffix(".tmp")
            .permissions(public())
            .tempdir_in(out);
        Ok(Self {
            staged: staged.map_err(|e| Failure::io("make a folder in", out, e))?,
            target: out.join(name),
        })
    }

    pub fn path(&self) -> &Path {
        self.staged.path()
    }

    /// Puts the folder in its place; the old one goes.
    pub fn publish(self) -> Result<PathBuf, Failure> {
        let fail = |e| Failure::io("put the report into", &self.target, e);
        if self.target.exists() {
            // atomic; where a file system cannot do that, the old report steps aside first
            if renameat_with(CWD, self.staged.path(), CWD, &self.target, RenameFlags::EXCHANGE).is_err() {
                let aside = self.staged.path().with_extension("old.tmp");
                std::fs::rename(&self.target, &aside).map_err(fail)?;
                std::fs::rename(self.staged.path(), &self.target).map_err(fail)?;
                std::fs::remove_dir_all(&aside).map_err(fail)?;
            }
        } else {
            std::fs::rename(self.staged.path(), &self.target).map_err(fail)?;
        }
        // dropping the staged folder removes what is at its name now: the old report, or nothing
        Ok(self.target)
    }
}

/// A report is for everybody; temporary folders are made for one.
fn public() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o755)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).expect("lists");
        entries
            .map(|entry| entry.expect("entry").file_name().to_string_lossy().into_owned())
            .collect()
    }

    #[test]
    fn a_published_folder_replaces_the_old_one_whole() {
        let out = tempfile::tempdir().expect("temp dir");
        for (round, file) in ["first.csv", "second.csv", "third.csv"].into_iter().enumerate() {
            let staging = Staging::new(out.path(), "tax").expect("staged");
            fs::write(staging.path().join(file), round.to_string()).expect("writes");
            let published = staging.publish().expect("published");
            assert_eq!(names(&published), [file]);
            assert_eq!(names(out.path()), ["tax"]);
        }
    }

    #[test]
    fn an_abandoned_folder_leaves_the_old_report_alone() {
        let out = tempfile::tempdir().expect("temp dir");
        let old = out.path().join("tax");
        fs::create_dir(&old).expect("makes");
        fs::write(old.join("index.html"), "old").expect("writes");
        let staging = Staging::new(out.path(), "tax").expect("staged");
        fs::write(staging.path().join("index.html"), "new").expect("writes");
        drop(staging);
        assert_eq!(names(out.path()), ["tax"]);
        assert_eq!(fs::read_to_string(old.join("index.html")).expect("reads"), "old");
    }
}
