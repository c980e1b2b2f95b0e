//! Building what is measured: the shipped binaries, by cargo, in a stated profile.
//!
//! cargo itself says where the binaries are (`--message-format=json`), so a target directory set elsewhere is
//! respected. The instrumented gateway lives in a target directory of its own: the same names with
//! other features would overwrite the shipped binary.

use super::launch::Launch;
use super::part::Part;
use crate::failure::Failure;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt as _;

/// Fat LTO of everything from a cold cache on a slow machine.
const BUILD_WITHIN: Duration = Duration::from_secs(30 * 60);

/// Where the instrumented gateway is built, inside the workspace.
const INSTRUMENTED_TARGET: &str = "target/instrumented";

/// The shipped binaries.
#[derive(Debug, Clone)]
pub struct Binaries {
    pub gateway: PathBuf,
    pub stub: PathBuf,
    pub loadgen: PathBuf,
}

/// What was built for a run.
#[derive(Debug, Clone)]
pub struct Built {
    pub shipped: Option<Binaries>,
    /// The gateway that counts its allocations, or why there is none.
    pub instrumented: Result<PathBuf, String>,
    /// An earlier gateway, given to be compared with.
    pub before: Option<PathBuf>,
    pub simulator: Option<PathBuf>,
}

/// Builds the three binaries; `gateway` replaces our own build of it.
///
/// All three are built even then: cargo gives the other two the same features, and so the same bytes, only in
/// the same company, and two gateways must be measured with the same instruments.
pub async fn build(root: &Path, profile: &str, gateway: Option<&Path>) -> Result<Binaries, Failure> {
    let arguments = [
        "--profile",
        profile,
        "-p",
        "gateway",
        "-p",
        "upstream-stub",
        "-p",
        "loadgen",
    ];
    let built = cargo_build(root, &arguments).await?;
    let gateway = match gateway {
        Some(given) => given_gateway(given)?,
        None => executable(&built, "gateway")?,
    };
    Ok(Binaries {
        gateway,
        stub: executable(&built, "upstream-stub")?,
        loadgen: executable(&built, "loadgen")?,
    })
}

/// Where a gateway is that was given.
pub fn given_gateway(path: &Path) -> Result<PathBuf, Failure> {
    path.canonicalize()
        .map_err(|e| Failure::io("find the gateway binary", path, e))
}

/// Builds the gateway that counts its allocations (feature `count-alloc`).
pub async fn build_instrumented(root: &Path) -> Result<PathBuf, Failure> {
    let arguments = [
        "--release",
        "-p",
        "gateway",
        "--features",
        "gateway/count-alloc",
        "--target-dir",
        INSTRUMENTED_TARGET,
    ];
    executable(&cargo_build(root, &arguments).await?, "gateway")
}

/// Builds the simulator. Nothing is timed in there, so it is not the profile that ships.
pub async fn build_simulator(root: &Path) -> Result<PathBuf, Failure> {
    let arguments = ["--release", "-p", "sim"];
    executable(&cargo_build(root, &arguments).await?, "sim")
}

/// cargo's messages, one JSON object a line.
async fn cargo_build(root: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let cargo = std::env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
    let scratch =
        tempfile::tempdir().map_err(|e| Failure::run(format!("make a temporary directory: {e}")))?;
    let launch = Launch::new("cargo", &cargo, scratch.path())
        .with([
            "build",
            "--message-format=json-render-diagnostics",
            "--bins",
            "--manifest-path",
        ])
        .with([root.join("Cargo.toml")])
        .with(arguments.iter().copied());
    let launch = Launch {
        directory: root.to_path_buf(),
        stdout_piped: true,
        stderr_shown: true,
        ..launch
    };
    let mut part = Part::start(&launch)?;
    let mut messages = String::new();
    if let Some(mut stdout) = part.take_stdout() {
        let reading = tokio::time::timeout(BUILD_WITHIN, stdout.read_to_string(&mut messages)).await;
        let why = |e: String| Failure::run(format!("build the parts: {e}"));
        reading
            .map_err(|_| why("cargo takes too long".into()))?
            .map_err(|e| why(e.to_string()))?;
    }
    if part.wait(BUILD_WITHIN).await?.success() {
        return Ok(messages);
    }
    Err(Failure::run(format!(
        "build the parts: `cargo build {}` failed, its messages are above",
        arguments.join(" ")
    )))
}

/// Where cargo put the binary `name`.
fn executable(messages: &str, name: &str) -> Result<PathBuf, Failure> {
    messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok())
        .filter(|message| message["target"]["name"] == name && message["target"]["kind"][0] == "bin")
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
        .ok_or_else(|| Failure::run(format!("build {name}: cargo made no such binary")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn executables_are_found_in_cargos_messages() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"gateway"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"kind":["bin"],"name":"gateway"},"executable":"t/gateway"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(executable(messages, "gateway"), Ok(PathBuf::from("t/gateway")));
        assert!(executable(messages, "loadgen").is_err());
    }
}
