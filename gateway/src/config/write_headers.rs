//! The part of a plan's YAML that speaks of header fields.

use std::fmt;

use super::masked::field_value;
use super::quoted::Quoted;
use crate::transform::{Direction, Headers, Line, Lines, Pass};

/// `routes[*].headers`, left out where there is nothing to say.
pub(super) fn headers(f: &mut fmt::Formatter<'_>, headers: &Headers) -> fmt::Result {
    if headers.request.is_none() && headers.response.is_none() {
        return Ok(());
    }
    writeln!(f, "    headers:")?;
    if let Some(edits) = &headers.request {
        writeln!(f, "      request:")?;
        lines(f, edits.lines(), Direction::Request)?;
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
        lines(f, edits.lines(), Direction::Response)?;
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

fn lines(f: &mut fmt::Formatter<'_>, lines: &Lines, direction: Direction) -> fmt::Result {
    let masks = f.alternate();
    let value = |line| Quoted(shown(line, direction, masks)).to_string();
    if !lines.set.is_empty() {
        writeln!(f, "        set:")?;
        for line in &lines.set {
            writeln!(f, "          {}: {}", Quoted(&line.name), value(line))?;
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

fn shown(line: &Line, direction: Direction, masks: bool) -> &str {
    if masks {
        field_value(direction, &line.name, &line.value)
    } else {
        &line.value
    }
}

fn list(f: &mut fmt::Formatter<'_>, key: &str, names: &[Box<str>]) -> fmt::Result {
    let names: Vec<String> = names.iter().map(|name| Quoted(name).to_string()).collect();
    writeln!(f, "        {key}: [{}]", names.join(", "))
}
