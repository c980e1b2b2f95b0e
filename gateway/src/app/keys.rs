//! Secrets that a config names by their files.
//!
//! Read when a config is put in force, so that a key that cannot be read is an error of the config like any other, and
//! one that has changed is taken over by a reload. The config itself stays pure.

use super::error_at;
use crate::config::{ConfigError, ConfigErrors, Plan};
use crate::snapshot::StickyKeys;
use std::fs::File;
use std::io::{self, Read};
use std::ops::RangeInclusive;
use std::path::Path;

/// 128 bits: shorter keys can be guessed.
const KEY_BYTES_MIN: usize = 16;
/// No key is longer; what is, is another file.
const KEY_BYTES_MAX: usize = 4_096;

/// The keys of all upstreams, or everything that is wrong with their files.
pub(super) fn read(plan: &Plan) -> Result<StickyKeys, ConfigErrors> {
    let mut errors: Vec<ConfigError> = Vec::new();
    let keys = plan.upstreams.iter().map(|upstream| {
        let path = upstream.sticky.as_ref()?.key_file.as_deref()?;
        let fault = |message| {
            let key = format!("upstreams.{}.sticky.key_file", upstream.name);
            errors.push(error_at(&key, message));
        };
        key(path).map_err(fault).ok()
    });
    let keys = keys.collect();
    if errors.is_empty() {
        Ok(keys)
    } else {
        Err(errors.into())
    }
}

fn key(path: &Path) -> Result<Box<[u8]>, String> {
    let fix = "create it, for example with `openssl rand -hex 32`";
    secret(path, KEY_BYTES_MIN..=KEY_BYTES_MAX, fix)
}

/// The bytes of a file, without white space around them; `fix` is what to do where there is none.
pub(super) fn secret(
    path: &Path,
    bytes_within: RangeInclusive<usize>,
    fix: &str,
) -> Result<Box<[u8]>, String> {
    let (least, most) = (*bytes_within.start(), *bytes_within.end());
    let unreadable = |error: io::Error| format!("`{}` cannot be read: {error}; {fix}", path.display());
    // asked before it is opened, which of a pipe may take for ever
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(format!(
            "`{}` is no regular file, and a key is read again at every reload: write it into one",
            path.display()
        ));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // one more than allowed, to see whether there is more
    let read = file.take(most as u64 + 1).read_to_end(&mut bytes);
    read.map_err(unreadable)?;
    let key = bytes.trim_ascii();
    if !bytes_within.contains(&key.len()) || bytes.len() > most {
        return Err(format!(
            "`{}` has no key in it: {least} to {most} bytes are needed, white space around them not counted",
            path.display()
        ));
    }
    Ok(key.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_a_files_bytes_within_bounds() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        let written = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            key(&path)
        };
        assert_eq!(
            written(b" 0123456789abcdef\n"),
            Ok(b"0123456789abcdef"[..].into())
        );
        assert_eq!(written(&[b'x'; 4_096]).map(|key| key.len()), Ok(4_096));
        for bad in [&b"0123456789abcde\n\n\n"[..], b"", &[b'x'; 4_097], &[b' '; 9_000]] {
            let error = written(bad).unwrap_err();
            assert!(error.contains("has no key in it: 16 to 4096 bytes"), "{error}");
        }
        let pipe = dir.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        for path in [&pipe, dir.path(), Path::new("/dev/zero")] {
            let error = key(path).unwrap_err();
            assert!(error.contains("is no regular file"), "{error}");
        }
        let error = key(&dir.path().join("none")).unwrap_err();
        assert!(
            error.contains("cannot be read: ") && error.contains("openssl rand"),
            "{error}"
        );
    }
}
