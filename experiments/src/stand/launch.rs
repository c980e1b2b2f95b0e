//! What to start: program, arguments, directory, core, and where its output goes.

use super::pin;
use std::ffi::OsString;
use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A child that is to be started.
#[derive(Debug, Clone)]
pub struct Launch {
    /// How the part is called in messages; also names its stderr file.
    pub name: String,
    pub program: PathBuf,
    pub arguments: Vec<OsString>,
    /// Working directory; config files name their files relative to it.
    pub directory: PathBuf,
    pub core: Option<usize>,
    /// stdout goes to a pipe (for a ready line) rather than nowhere.
    pub stdout_piped: bool,
    /// stderr goes where ours goes (a compiler's progress) rather than to a file that is quoted on failure.
    pub stderr_shown: bool,
}

impl Launch {
    /// Unpinned, stdout to nowhere, stderr to a file in `directory`.
    pub fn new(name: &str, program: &Path, directory: &Path) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_path_buf(),
            arguments: Vec::new(),
            directory: directory.to_path_buf(),
            core: None,
            stdout_piped: false,
            stderr_shown: false,
        }
    }

    #[must_use]
    pub fn with(mut self, arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// The child, leading its own process group, and the file that its stderr goes to.
    pub(super) fn spawn(&self) -> io::Result<(Child, Option<File>)> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .current_dir(&self.directory)
            .process_group(0)
            .stdin(Stdio::null());
        command.stdout(if self.stdout_piped {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let mut stderr = None;
        if !self.stderr_shown {
            let file = stderr_file(&self.directory, &self.name)?;
            command.stderr(file.try_clone()?);
            stderr = Some(file);
        }
        let child = match self.core {
            Some(core) => pin::on_core(core, || command.spawn()),
            None => command.spawn(),
        };
        Ok((child?, stderr))
    }
}

fn stderr_file(directory: &Path, name: &str) -> io::Result<File> {
    let path = directory.join(format!("{name}.stderr"));
    File::create(&path)?;
    // appending: we read the tail through the same open file, and must not move the place where the child writes
    File::options().read(true).append(true).open(path)
}
