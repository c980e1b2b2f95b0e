//! What is drawn of which results, and where that goes.

use super::kind::Kind;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PlotArgs {
    /// Results as JSON (--format json -o FILE), of runs, a search or a comparison; several runs are drawn over each other
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// Which pictures, as in percentiles,ccdf [default: all, or none with --html alone]
    #[arg(long, value_enum, value_delimiter = ',')]
    pub(super) kind: Vec<Kind>,
    /// A directory for the pictures, or one file for a single one [default: the working directory]
    #[arg(short, long, value_name = "DIR|FILE.svg")]
    pub(super) output: Option<PathBuf>,
    /// Write a report of one run with all its pictures, one self-contained HTML file
    #[arg(long, value_name = "FILE")]
    pub(super) html: Option<PathBuf>,
}

/// What was asked, checked.
#[derive(Debug, PartialEq)]
pub(super) struct Asked {
    pub(super) kinds: Vec<Kind>,
    /// Chosen by name: it is an error when there is nothing to draw.
    pub(super) by_name: bool,
    pub(super) to: To,
}

#[derive(Debug, PartialEq)]
pub(super) enum To {
    Directory(PathBuf),
    File(PathBuf),
}

impl PlotArgs {
    /// Everything that is wrong at once.
    pub(super) fn check(&self) -> Result<Asked, Vec<String>> {
        let runs = self.files.len();
        let by_name = !self.kind.is_empty() && !self.kind.contains(&Kind::All);
        let page_alone = self.html.is_some() && self.kind.is_empty() && self.output.is_none();
        let mut kinds = match (by_name, page_alone) {
            (true, _) => self.kind.clone(),
            (false, true) => Vec::new(),
            (false, false) => Kind::all(runs).to_vec(),
        };
        let mut known = Vec::new();
        kinds.retain(|kind| {
            let new = !known.contains(kind);
            known.push(*kind);
            new
        });
        let mut errors: Vec<String> = kinds.iter().filter_map(|kind| kind.refuses(runs)).collect();
        if self.html.is_some() && runs > 1 {
            errors.push(format!(
                "--html is a report of one run, and {runs} results are given: give one"
            ));
        }
        let to = self.to();
        if let (To::File(path), false) = (&to, kinds.len() == 1) {
            errors.push(format!(
                "--output {} is one picture, and {} are asked for: choose it with --kind, or give a directory",
                path.display(),
                kinds.len()
            ));
        }
        if errors.is_empty() {
            Ok(Asked { kinds, by_name, to })
        } else {
            Err(errors)
        }
    }

    /// The same for a result that there is one picture of, whatever it is.
    pub(super) fn one_picture(&self) -> Result<Asked, Vec<String>> {
        let given = [("--kind", !self.kind.is_empty()), ("--html", self.html.is_some())];
        let errors: Vec<String> = given
            .into_iter()
            .filter(|(_, given)| *given)
            .map(|(flag, _)| {
                format!("{flag} is of runs: a search or a comparison has one picture of its own")
            })
            .collect();
        if !errors.is_empty() {
            return Err(errors);
        }
        Ok(Asked {
            kinds: vec![Kind::All],
            by_name: false,
            to: self.to(),
        })
    }

    fn to(&self) -> To {
        match &self.output {
            None => To::Directory(PathBuf::from(".")),
            Some(path) if path.extension().is_some_and(|end| end == "svg") => To::File(path.clone()),
            Some(path) => To::Directory(path.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Cli {
        #[command(flatten)]
        args: PlotArgs,
    }

    fn check(line: &str) -> Result<Asked, Vec<String>> {
        let words = std::iter::once("plot").chain(line.split(' '));
        Cli::try_parse_from(words).expect("parses").args.check()
    }

    #[test]
    fn what_is_asked_follows_from_the_number_of_results() {
        let kinds = |line| check(line).expect(line).kinds;
        assert_eq!(kinds("a.json"), Kind::all(1));
        assert_eq!(kinds("a.json b.json --kind all"), Kind::all(2));
        assert_eq!(kinds("a.json --kind load,ccdf,load"), [Kind::Load, Kind::Ccdf]);
        assert_eq!(kinds("a.json --html a.html"), []);
        assert_eq!(kinds("a.json --html a.html -o ."), Kind::all(1));
        let one = check("a.json --kind ccdf -o x.svg").expect("one picture");
        assert_eq!(one.to, To::File("x.svg".into()));
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let errors = check("a.json b.json --kind heatmap,bands --html a.html -o x.svg").expect_err("wrong");
        let starts = ["--kind heatmap", "--kind bands", "--html", "--output x.svg"];
        assert_eq!(errors.len(), starts.len(), "{errors:?}");
        for (error, start) in errors.iter().zip(starts) {
            assert!(error.starts_with(start), "{error}");
        }
        let errors = check("a.json --kind difference").expect_err("one only");
        assert_eq!(errors, ["--kind difference is of two runs: give a second result"]);
    }
}
