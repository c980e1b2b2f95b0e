//! Every input that fuzzing has kept is checked again, without a fuzzer.
//!
//! The corpora are those of the fuzz targets, minimised: each file reaches something that no other does. What once
//! failed lies under its own name beside them. How inputs come about is in `fuzz/README.md`.

mod check;
mod smuggling;

use std::path::Path;

/// Files of one directory; a missing one is a mistake, not an empty corpus.
fn replay(target: &str, check: fn(&[u8])) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut count = 0;
    for kind in ["corpus", "regressions", "seeds"] {
        let folder = root.join(kind).join(target);
        // a target without regressions has no such directory
        let Ok(entries) = std::fs::read_dir(&folder) else {
            assert_eq!(kind, "regressions", "{} cannot be read", folder.display());
            continue;
        };
        for entry in entries.flatten() {
            let data = std::fs::read(entry.path()).expect("a corpus is readable");
            // tests show what was printed last before a failure
            println!("{}", entry.path().display());
            check(&data);
            count += 1;
        }
    }
    assert!(count > 0, "nothing was replayed");
}

#[test]
fn requests_are_what_the_grammar_says() {
    replay("request", check::request::check);
}

#[test]
fn answers_are_what_the_grammar_says() {
    replay("answer", check::answer::check);
}

#[test]
fn chunks_are_what_the_grammar_says() {
    replay("chunked", check::chunked::check);
}

#[test]
fn upstreams_get_what_was_authorised() {
    replay("proxy", check::proxy::check);
}
