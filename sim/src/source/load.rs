//! Reads a document from a file of either form, and writes one as a replay file.

use super::check;
use crate::document::{Document, FORMAT};
use crate::trace::Reader;
use crate::trace::record::MAGIC;
use serde::Deserialize;
use std::fmt;
use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::Path;

/// As much as a trace's header may have.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// What a file held.
#[derive(Debug, Clone, PartialEq)]
pub struct Loaded {
    pub document: Document,
    /// It has the records, too.
    pub is_trace: bool,
}

/// Reads and checks what a file says was played.
pub fn load(path: &Path) -> Result<Loaded, LoadError> {
    let mut file = BufReader::new(File::open(path).map_err(LoadError::Io)?);
    let mut start = Vec::new();
    // the last byte of the magic is a version
    let magic = &MAGIC[..MAGIC.len() - 1];
    file.by_ref()
        .take(magic.len() as u64)
        .read_to_end(&mut start)
        .map_err(LoadError::Io)?;
    let bad = |error: String| LoadError::Bad(vec![error]);
    let is_trace = start == magic;
    let text = if is_trace {
        let file = BufReader::new(File::open(path).map_err(LoadError::Io)?);
        let reader = Reader::new(file).map_err(|error| bad(error.to_string()))?;
        if reader.header().is_empty() {
            return Err(bad("its header does not say what was played".into()));
        }
        reader.header().to_owned()
    } else {
        let mut bytes = start;
        file.take(FILE_BYTES_MAX + 1)
            .read_to_end(&mut bytes)
            .map_err(LoadError::Io)?;
        if bytes.len() as u64 > FILE_BYTES_MAX {
            return Err(bad(format!("it has more than {FILE_BYTES_MAX} bytes")));
        }
        String::from_utf8(bytes).map_err(|_| bad("neither a trace nor a replay file".into()))?
    };
    let document = parse(&text).map_err(|error| match error {
        LoadError::Json(error) if is_trace => {
            bad(format!("its header does not say what was played: {error}"))
        }
        LoadError::Json(error) => bad(format!("neither a trace nor a replay file: {error}")),
        error => error,
    })?;
    Ok(Loaded { document, is_trace })
}

/// Checks what a replay file, or the header of a trace, says was played.
pub fn parse(text: &str) -> Result<Document, LoadError> {
    let head: Head = serde_json::from_str(text).map_err(LoadError::Json)?;
    if head.format != FORMAT {
        return Err(LoadError::Bad(vec![format!(
            "format: version {}; this program knows {FORMAT} alone: play it with the one that wrote it",
            head.format
        )]));
    }
    let document: Document = serde_json::from_str(text).map_err(LoadError::Json)?;
    let errors = check::errors(&document);
    if errors.is_empty() {
        Ok(document)
    } else {
        Err(LoadError::Bad(errors))
    }
}

/// Writes a replay file.
pub fn save(document: &Document, path: &Path) -> io::Result<()> {
    let mut text = serde_json::to_vec_pretty(document)?;
    text.push(b'\n');
    fs::write(path, text)
}

/// What every version of the form has.
#[derive(Deserialize)]
struct Head {
    format: u32,
}

/// Why a file could not be played.
#[derive(Debug)]
pub enum LoadError {
    Io(io::Error),
    /// It is not of the form.
    Json(serde_json::Error),
    /// Everything that is wrong with it.
    Bad(Vec<String>),
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => error.fmt(f),
            Self::Json(error) => error.fmt(f),
            Self::Bad(errors) => f.write_str(&errors.join("; ")),
        }
    }
}

impl std::error::Error for LoadError {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Recorder;
    use scenarios::SCENARIOS;
    use world::Seed;

    fn document() -> Document {
        Document::of(&SCENARIOS[0], Seed(1), &[]).expect("nothing set")
    }

    fn errors(text: &[u8]) -> String {
        let directory = tempfile::tempdir().expect("temporary directory");
        let path = directory.path().join("file");
        std::fs::write(&path, text).expect("writes");
        load(&path).map(drop).expect_err("bad").to_string()
    }

    #[test]
    fn a_document_comes_back_from_either_form() {
        let directory = tempfile::tempdir().expect("temporary directory");
        let [replay, trace] = ["a", "b"].map(|name| directory.path().join(name));
        save(&document(), &replay).expect("writes");
        let recorder = Recorder::to_file(&trace, &document().json()).expect("creates");
        recorder.finish().expect("writes");
        for (path, is_trace) in [(replay, false), (trace, true)] {
            let document = document();
            assert_eq!(load(&path).expect("good"), Loaded { document, is_trace });
        }
    }

    #[test]
    fn what_is_neither_is_told_with_its_place() {
        assert!(errors(b"TGTRACE\x01rest").contains("not a tollgate trace of version 2"));
        assert!(errors(b"TGTRACE\x02\0").contains("does not say what was played"));
        assert!(errors(b"").contains("neither a trace nor a replay file"));
        assert!(errors(b"\xff\xfe").contains("neither a trace nor a replay file"));
        assert!(errors(b"{\n  \"format\": 1,\n  \"colour\": 2 }").contains("line 3"));
        assert!(errors(b"{\"format\": 99, \"new\": true}").contains("version 99"));
    }
}
