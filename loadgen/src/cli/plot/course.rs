//! Read, draw, write. Nothing is written before everything is drawn, so that an error leaves no half of a set.

use super::args::{Asked, PlotArgs, To};
use super::other::other;
use crate::cli::exit::{COULD_NOT_RUN, Refusal};
use loadgen::pictures::{self, Named};
use loadgen::{Document, Loaded, load};
use std::fs;
use std::path::{Path, PathBuf};

pub(in crate::cli) fn plot(args: PlotArgs) -> Result<u8, Refusal> {
    let could_not = |errors| Refusal::new(COULD_NOT_RUN, errors);
    if let [file] = args.files.as_slice()
        && let Some((name, svg)) = other(file)?
    {
        let asked = args.one_picture().map_err(|errors| Refusal::usage(&errors))?;
        let path = match &asked.to {
            To::File(path) => path.clone(),
            To::Directory(folder) => folder.join(name).with_extension("svg"),
        };
        return write(&asked, vec![(path, svg.standalone())]).map_err(could_not);
    }
    let asked = args.check().map_err(|errors| Refusal::usage(&errors))?;
    let documents = read(&args.files).map_err(could_not)?;
    let names = names(&args.files);
    let runs: Vec<Named<'_>> = names
        .iter()
        .zip(&documents)
        .map(|(name, document)| Named { name, document })
        .collect();
    let mut files = drawn(&asked, &runs).map_err(could_not)?;
    if let (Some(path), [document, ..]) = (&args.html, documents.as_slice()) {
        let html = pictures::page(document).and_then(|page| page.html());
        let html = html.map_err(|error| could_not(vec![error.to_string()]))?;
        files.push((path.clone(), html));
    }
    write(&asked, files).map_err(could_not)
}

/// Every result, or everything that is wrong with any of them.
fn read(files: &[PathBuf]) -> Result<Vec<Document>, Vec<String>> {
    let (mut documents, mut errors) = (Vec::new(), Vec::new());
    for path in files {
        match result(path) {
            Ok(document) => documents.push(document),
            Err(error) => errors.push(error),
        }
    }
    if errors.is_empty() {
        Ok(documents)
    } else {
        Err(errors)
    }
}

fn result(path: &Path) -> Result<Document, String> {
    match load(path, None)? {
        Loaded::Document(document) => Ok(*document),
        Loaded::Log(_) => Err(format!(
            "draw {}: an interval log holds histograms alone; give the JSON of the run",
            path.display()
        )),
    }
}

/// What the runs are called: files without folder and ending, or, where two would be called the same, as typed.
fn names(files: &[PathBuf]) -> Vec<String> {
    let short = |path: &PathBuf| path.file_stem().map(|name| name.to_string_lossy().into_owned());
    let mut shorts: Vec<_> = files.iter().map(short).collect();
    shorts.sort();
    let distinct = shorts.windows(2).all(|pair| pair[0] != pair[1]);
    files
        .iter()
        .map(|path| match short(path) {
            Some(name) if distinct => name,
            _ => path.display().to_string(),
        })
        .collect()
}

/// The pictures with the paths they go to.
fn drawn(asked: &Asked, runs: &[Named<'_>]) -> Result<Vec<(PathBuf, String)>, Vec<String>> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for kind in &asked.kinds {
        let path = match &asked.to {
            To::File(path) => path.clone(),
            To::Directory(folder) => folder.join(kind.name()).with_extension("svg"),
        };
        match kind.draw(runs) {
            Ok(Some(svg)) => files.push((path, svg.standalone())),
            Ok(None) if asked.by_name => errors.push(format!(
                "draw {}: there is nothing for it in the result: nothing was answered, or no time series kept",
                kind.name()
            )),
            Ok(None) => {}
            Err(error) => errors.push(error.to_string()),
        }
    }
    if files.is_empty() && errors.is_empty() && !asked.kinds.is_empty() {
        errors.push("draw anything: nothing was answered, and no time series kept".into());
    }
    if errors.is_empty() { Ok(files) } else { Err(errors) }
}

/// Prints the path of each file that it wrote.
fn write(asked: &Asked, files: Vec<(PathBuf, String)>) -> Result<u8, Vec<String>> {
    let mut errors = Vec::new();
    if let (To::Directory(folder), false) = (&asked.to, asked.kinds.is_empty())
        && let Err(error) = fs::create_dir_all(folder)
    {
        return Err(vec![format!("make the directory {}: {error}", folder.display())]);
    }
    for (path, text) in files {
        match fs::write(&path, text) {
            Ok(()) => println!("{}", path.display()),
            Err(error) => errors.push(format!("write {}: {error}", path.display())),
        }
    }
    if errors.is_empty() { Ok(0) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_short_as_they_can_be_told_apart() {
        let check = |files: [&str; 2], expected: [&str; 2]| {
            assert_eq!(names(&files.map(PathBuf::from)), expected);
        };
        check(["out/a.json", "b.json"], ["a", "b"]);
        check(["old/a.json", "new/a.json"], ["old/a.json", "new/a.json"]);
    }
}
