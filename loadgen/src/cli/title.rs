//! A run in one line, and the command that repeats it.

use super::plan::Plan;
use loadgen::{Arrival, JobSpec, Offered, Protocol};
use std::ffi::OsString;
use world::Seed;

pub(super) fn headline(plan: &Plan, spec: &JobSpec) -> String {
    let catalogue = spec.catalogue.as_ref();
    let names = catalogue.map_or(&[][..], |catalogue| catalogue.names());
    let what = match names {
        [] | [_] => format!("{}{}", plan.place.origin, spec.path),
        names => format!("{} ({} kinds of requests)", plan.place.origin, names.len()),
    };
    let method = match names {
        [only] => format!("{only} "),
        _ => String::new(),
    };
    let at = match &plan.place.unix {
        Some(path) => path.display().to_string(),
        None => spec.target.to_string(),
    };
    let length = match spec.requests {
        Some(count) => format!("{count} requests"),
        None => humantime::format_duration(spec.duration).to_string(),
    };
    let threads = plan.load.threads;
    let shard = plan
        .load
        .shard
        .name()
        .map_or(String::new(), |shard| format!(", shard {shard}"));
    let protocol = match spec.protocol {
        Protocol::Http1 => "",
        Protocol::Http2 => " over HTTP/2",
    };
    format!(
        "{method}{what} ({at}{protocol}): {}, {length}, at most {} connections, {threads} thread{}{shard}",
        load(spec),
        spec.connections,
        if threads == 1 { "" } else { "s" },
    )
}

fn load(spec: &JobSpec) -> String {
    if spec.closed {
        return "closed loop".into();
    }
    let arrival = match spec.arrival {
        Arrival::Constant => "evenly spaced",
        Arrival::Poisson => "Poisson",
        Arrival::Uniform => "uniformly jittered",
    };
    match &spec.offered {
        None => format!("{} {arrival} arrivals/s", spec.rate),
        Some(Offered::Profile(profile)) => format!("{arrival} arrivals at {profile} per second"),
        Some(Offered::Trace(trace)) => format!("a trace of {} arrivals", trace.count()),
    }
}

/// A command that repeats this run in a shell.
pub(super) fn command_line(arguments: &[OsString], seed: Seed, seeded: bool) -> String {
    let mut words = vec!["loadgen".to_owned(), "run".to_owned()];
    words.extend(arguments.iter().map(|word| quoted(&word.to_string_lossy())));
    if !seeded {
        words.extend(["--seed".into(), seed.to_string()]);
    }
    words.join(" ")
}

fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=,@%+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
