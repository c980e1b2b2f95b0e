//! The part of a plan's YAML that speaks of header fields.

use std::fmt;

use super::quoted::Quoted;
use crate::transform::{Headers, Line, Lines, Pass};

/// `routes[*].headers`, left out where there is nothing to say.
pub(super) fn headers(f: &mut fmt::Formatter<'_>, headers: &Headers) -> fmt::Result {
    if headers.request.is_none() && headers.response.is_none() {
        return Ok(());
    }
    writeln!(f, "    headers:")?;
    if let Some(edits) = &headers.request {
        writeln!(f, "      request:")?;
        lines(f, edits.lines())?;
        match edits.pass() {
            Pass::All => {}
            Pass::Allow(names) => list(f, "allow", names)?,
            Pass::Deny(names) => list(f, "deny", names)?,
        }
    }
    let Some(edits) = &headers.response else {
        return Ok(());
    };
    if *edits.lines() != Lines::default() {
        writeln!(f, "      response:")?;
        lines(f, edits.lines())?;
    }
    if edits.security().is_empty() {
        return Ok(());
    }
    writeln!(f, "      security:")?;
    for (field, value) in edits.security().values() {
        match value {
            Some(value) => writeln!(f, "        {}: {}", field.key, Quoted(value))?,
            None => writeln!(f, "        {}: false", field.key)?,
        }
    }
    Ok(())
}

fn lines(f: &mut fmt::Formatter<'_>, lines: &Lines) -> fmt::Result {
    if !lines.set.is_empty() {
        writeln!(f, "        set:")?;
        for line in &lines.set {
            writeln!(f, "          {}: {}", Quoted(&line.name), Quoted(&line.value))?;
        }
    }
    if !lines.add.is_empty() {
        writeln!(f, "        add:")?;
        // values of one name stand together
        for of_one in lines.add.chunk_by(|a, b| a.name == b.name) {
            let values: Vec<String> = of_one.iter().map(value).collect();
            writeln!(
                f,
                "          {}: [{}]",
                Quoted(&of_one[0].name),
                values.join(", ")
            )?;
        }
    }
    if lines.remove.is_empty() {
        Ok(())
    } else {
        list(f, "remove", &lines.remove)
    }
}

fn value(line: &Line) -> String {
    Quoted(&line.value).to_string()
}

fn list(f: &mut fmt::Formatter<'_>, key: &str, names: &[Box<str>]) -> fmt::Result {
    let names: Vec<String> = names.iter().map(|name| Quoted(name).to_string()).collect();
    writeln!(f, "        {key}: [{}]", names.join(", "))
}
