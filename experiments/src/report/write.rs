//! A page as files: HTML with everything in it, Markdown with its figures beside it.

use crate::failure::Failure;
use charts::Page;
use std::path::Path;

/// Writes `index.html`, `report.md` and one SVG per figure into `directory`.
pub fn write_page(page: &Page, directory: &Path) -> Result<(), Failure> {
    let draw = |e: charts::Error| Failure::run(format!("draw the report: {e}"));
    write(directory, "index.html", &page.html().map_err(draw)?)?;
    write(directory, "report.md", &page.markdown().map_err(draw)?)?;
    page.figures()
        .try_for_each(|figure| write(directory, &figure.file_name(), &figure.svg().standalone()))
}

pub(super) fn write(directory: &Path, name: &str, text: &str) -> Result<(), Failure> {
    let path = directory.join(name);
    std::fs::write(&path, text).map_err(|e| Failure::io("write", &path, e))
}
