//! Where the project's own tree is, and how its places are named without naming the machine.

use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The root of the workspace: the nearest directory upwards that holds this crate and a lock file.
pub fn root() -> Result<PathBuf, Failure> {
    let here =
        std::env::current_dir().map_err(|e| Failure::run(format!("tell the current directory: {e}")))?;
    here.ancestors()
        .find(|dir| dir.join("experiments/Cargo.toml").is_file() && dir.join("Cargo.lock").is_file())
        .map(Path::to_path_buf)
        .ok_or_else(|| Failure::run("find the workspace: run this somewhere inside the checkout"))
}

/// `text` fit for a report: a path inside the workspace becomes relative to it, any other absolute path becomes
/// its last name. Reports are committed, and where a checkout lives is nobody's business.
pub fn without_machine_paths(text: &str, root: &Path) -> String {
    if let Some((flag, value)) = text.split_once('=').filter(|(flag, _)| flag.starts_with("--")) {
        return format!("{flag}={}", without_machine_paths(value, root));
    }
    let path = Path::new(text);
    if !path.is_absolute() {
        return text.to_owned();
    }
    let short = path
        .strip_prefix(root)
        .ok()
        .or_else(|| path.file_name().map(Path::new))
        .unwrap_or(path);
    if short.as_os_str().is_empty() {
        ".".to_owned()
    } else {
        short.display().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn machine_paths_are_taken_out() {
        let root = Path::new("/somewhere/checkout");
        let check = |text, expected| assert_eq!(without_machine_paths(text, root), expected);
        check("--quick", "--quick");
        check("reports", "reports");
        check("/somewhere/checkout/target/dist/gateway", "target/dist/gateway");
        check("/elsewhere/bin/gateway", "gateway");
        check("/somewhere/checkout", ".");
        check("--gateway-bin=/elsewhere/bin/gateway", "--gateway-bin=gateway");
    }

    #[test]
    fn root_is_found_from_inside() {
        let root = root().expect("tests run inside the checkout");
        assert!(root.join("experiments/src/workspace.rs").is_file());
    }
}
