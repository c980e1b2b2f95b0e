//! The profile's stacks as a file that any tool for flame graphs reads: `outermost;…;innermost count`, a line each.

use crate::failure::Failure;
use std::collections::BTreeMap;
use std::path::Path;

/// Below this share of all samples a frame is left to the one that called it: it would be thinner than a line, and the file would
/// have no bound.
const SHARE_MIN: f64 = 0.001;
/// Nor is a single sample a frame of its own.
const SAMPLES_MIN: u64 = 2;

/// Samples by their frames, the outermost first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stacks(pub(super) BTreeMap<Vec<String>, u64>);

impl Stacks {
    /// Without what is too rare to be seen.
    pub(super) fn pruned(all: BTreeMap<Vec<String>, u64>) -> Self {
        let total: u64 = all.values().sum();
        let least = (SHARE_MIN * total as f64).ceil() as u64;
        let least = least.max(SAMPLES_MIN);
        let mut within: BTreeMap<&[String], u64> = BTreeMap::new();
        for (frames, samples) in &all {
            for end in 1..=frames.len() {
                *within.entry(&frames[..end]).or_default() += samples;
            }
        }
        let mut kept = BTreeMap::new();
        for (frames, samples) in &all {
            let seen = (1..=frames.len()).take_while(|&end| within[&frames[..end]] >= least);
            *kept.entry(frames[..seen.count()].to_vec()).or_default() += samples;
        }
        kept.remove(&Vec::new());
        Self(kept)
    }

    /// No file where there are none.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        if self.0.is_empty() {
            return Ok(());
        }
        let line = |(frames, samples): (&Vec<String>, &u64)| format!("{} {samples}\n", frames.join(";"));
        let text: String = self.0.iter().map(line).collect();
        std::fs::write(path, text).map_err(|e| Failure::io("write", path, e))
    }

    pub(super) fn read(path: &Path) -> Result<Self, Failure> {
        if !path.exists() {
            return Ok(Self::default());
        }
        let text = std::fs::read_to_string(path).map_err(|e| Failure::io("read", path, e))?;
        let line = |line: &str| {
            let (frames, samples) = line.rsplit_once(' ')?;
            let frames = frames.split(';').map(str::to_owned).collect();
            Some((frames, samples.parse().ok()?))
        };
        let stacks: Option<BTreeMap<Vec<String>, u64>> = text.lines().map(line).collect();
        let bad = || Failure::run(format!("understand the stacks of {}", path.display()));
        stacks.map(Self).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stacks(rows: &[(&str, u64)]) -> BTreeMap<Vec<String>, u64> {
        let row =
            |(frames, samples): &(&str, u64)| (frames.split(';').map(str::to_owned).collect(), *samples);
        rows.iter().map(row).collect()
    }

    #[test]
    fn what_is_rare_goes_to_its_caller() {
        let all = stacks(&[
            ("a;b;c d", 4_000),
            ("a;b;e", 3),
            ("a;f", 3),
            ("a;f;g", 2),
            ("h", 1),
        ]);
        let kept = Stacks::pruned(all);
        assert_eq!(kept.0, stacks(&[("a;b;c d", 4_000), ("a;b", 3), ("a;f", 5)]));
    }

    #[test]
    fn a_file_reads_back_as_written() {
        let directory = tempfile::tempdir().expect("temp dir");
        let path = directory.path().join("profile.folded");
        let few = Stacks(stacks(&[("a::b c;kernel send", 7), ("a::b", 2)]));
        few.write(&path).expect("writes");
        assert_eq!(Stacks::read(&path).expect("reads"), few);
        std::fs::write(&path, "no count\n").expect("writes");
        assert!(Stacks::read(&path).is_err());
        std::fs::remove_file(&path).expect("removes");
        Stacks::default().write(&path).expect("nothing to write");
        assert_eq!(
            Stacks::read(&path).expect("no file is no error"),
            Stacks::default()
        );
    }
}
