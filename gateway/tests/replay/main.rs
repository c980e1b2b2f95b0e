//! The inputs of the fuzz targets `config` and `path` are checked again without a fuzzer, and so are made-up ones.

mod check;

use proptest::prelude::*;
use std::path::Path;

/// All files of a target.
fn inputs(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let mut inputs = Vec::new();
    // what fuzzing has kept or found need not be there yet
    for kind in ["seeds", "corpus", "regressions"] {
        let entries = std::fs::read_dir(root.join(kind).join(target));
        let mut paths: Vec<_> = entries
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .collect();
        paths.sort();
        inputs.extend(paths.iter().map(|path| std::fs::read(path).expect("readable")));
    }
    assert!(!inputs.is_empty(), "there is no input of {target}");
    inputs
}

#[test]
fn configs_are_judged_and_written_back() {
    inputs("config")
        .iter()
        .for_each(|data| check::config::check(data));
}

#[test]
fn paths_have_one_reading() {
    inputs("path").iter().for_each(|data| check::path::check(data));
}

/// An input with a few of its bytes replaced, taken out, or followed by others.
fn mutated(target: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let other = prop::sample::select(&b"/.%;\\:{}[]*\"' \n\r,-&#abce025EFF\xc3\xa9\0"[..]);
    let edit = (any::<prop::sample::Index>(), 0..3_u8, other);
    (
        prop::sample::select(inputs(target)),
        prop::collection::vec(edit, 0..6),
    )
        .prop_map(|(mut data, edits)| {
            for (at, kind, byte) in edits {
                let at = at.index(data.len() + 1);
                match kind {
                    0 if at < data.len() => data[at] = byte,
                    1 if at < data.len() => drop(data.remove(at)),
                    _ => data.insert(at, byte),
                }
            }
            data
        })
}

proptest! {
    #[test]
    fn configs_with_mistakes(data in mutated("config")) {
        check::config::check(&data);
    }

    #[test]
    fn any_bytes_as_a_config(data in prop::collection::vec(any::<u8>(), 0..200)) {
        check::config::check(&data);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn paths_with_mistakes(data in mutated("path")) {
        check::path::check(&data);
    }

    #[test]
    fn paths_of_what_is_dangerous(text in "/(admin|%61|%2[0-9a-f]|%5c|%[cC]0|%25|\\.|/|\\\\|;|[2efa]){0,12}") {
        check::path::check(text.as_bytes());
    }
}
