//! A route's rule and its action, as part of a plan that is written as YAML.

use std::fmt::{Formatter, Result};

use super::masked;
use super::plan::Upstream;
use super::quoted::Quoted;
use crate::route::{Action, Fixed, PathRule, Redirect, Rewrite, Rule, Split, Subject, Test};

pub(super) fn write_rule(f: &mut Formatter<'_>, rule: &Rule) -> Result {
    writeln!(f, "    match:")?;
    if let Some(host) = &rule.host {
        writeln!(f, "      host: {}", Quoted(host.as_str()))?;
    }
    let key = match rule.path {
        PathRule::Exact(_) => "path_exact",
        PathRule::Prefix(_) => "path",
        PathRule::Template(_) => "path_template",
    };
    writeln!(f, "      {key}: {}", Quoted(&rule.path.text()))?;
    if let Some(methods) = rule.conditions.methods() {
        writeln!(f, "      methods:")?;
        for method in methods.names() {
            writeln!(f, "        - {}", Quoted(method))?;
        }
    }
    let mut section = "";
    // sorted, so those of one kind come together
    for condition in rule.conditions.others() {
        let (key, name) = match &condition.of {
            Subject::Header(name) => ("headers", name),
            Subject::Cookie(name) => ("cookies", name),
            Subject::Query(name) => ("query", name),
        };
        if section != key {
            writeln!(f, "      {key}:")?;
            section = key;
        }
        write!(f, "        {}: ", Quoted(name))?;
        let masks = f.alternate();
        let shown = |text| {
            Quoted(if masks {
                masked::condition(&condition.of, text)
            } else {
                text
            })
        };
        match &condition.test {
            Test::Exact(text) => writeln!(f, "{{ exact: {} }}", shown(text))?,
            Test::Prefix(text) => writeln!(f, "{{ prefix: {} }}", shown(text))?,
            Test::Present => writeln!(f, "{{ present: true }}")?,
            Test::Absent => writeln!(f, "{{ present: false }}")?,
        }
    }
    Ok(())
}

pub(super) fn write_action(f: &mut Formatter<'_>, action: &Action, upstreams: &[Upstream]) -> Result {
    match action {
        Action::Upstream(upstream) => {
            let name = upstreams.get(*upstream).map_or("", |upstream| &upstream.name);
            writeln!(f, "    upstream: {}", Quoted(name))
        }
        Action::Split(split) => write_split(f, split),
        Action::Redirect(redirect) => write_redirect(f, redirect),
        Action::Respond(fixed) => {
            writeln!(f, "    respond:")?;
            write_fixed(f, fixed, "      ")
        }
    }
}

/// The keys of a fixed answer, each behind this indent.
pub(super) fn write_fixed(f: &mut Formatter<'_>, fixed: &Fixed, indent: &str) -> Result {
    writeln!(f, "{indent}status: {}", fixed.status)?;
    if let Some(content_type) = &fixed.content_type {
        writeln!(f, "{indent}body: {}", Quoted(&fixed.body))?;
        writeln!(f, "{indent}content_type: {}", Quoted(content_type))?;
    }
    Ok(())
}

pub(super) fn write_rewrite(f: &mut Formatter<'_>, rewrite: &Rewrite) -> Result {
    match rewrite {
        Rewrite::Path { text, .. } => writeln!(f, "      path: {}", Quoted(text)),
        Rewrite::Prefix { with, .. } => writeln!(f, "      prefix: {}", Quoted(with)),
    }
}

fn write_split(f: &mut Formatter<'_>, split: &Split) -> Result {
    writeln!(f, "    split:")?;
    for branch in split.branches() {
        writeln!(
            f,
            "      - {{ upstream: {}, weight: {} }}",
            Quoted(&branch.name),
            branch.weight
        )?;
    }
    match split.by() {
        Some(Subject::Header(name)) => writeln!(f, "    override: {{ header: {} }}", Quoted(name)),
        Some(Subject::Cookie(name)) => writeln!(f, "    override: {{ cookie: {} }}", Quoted(name)),
        Some(Subject::Query(_)) | None => Ok(()),
    }
}

fn write_redirect(f: &mut Formatter<'_>, redirect: &Redirect) -> Result {
    writeln!(f, "    redirect:")?;
    writeln!(f, "      status: {}", redirect.status)?;
    if let Some(scheme) = redirect.scheme {
        writeln!(f, "      scheme: {}", scheme.text())?;
    }
    if let Some(host) = &redirect.host {
        writeln!(f, "      host: {}", Quoted(&host.to_string()))?;
    }
    redirect
        .path
        .as_ref()
        .map_or(Ok(()), |path| write_rewrite(f, path))
}
