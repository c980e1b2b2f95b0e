//! The figures of `tax` in a few lines, for the terminal.

use super::arms::Arm;
use crate::exp::real::{Data, Way as _, busy_ratio};
use crate::failure::Failure;
use crate::report::Source;
use charts::number;

const DIGITS: usize = 3;

pub(super) fn figures(source: &Source) -> Result<Vec<String>, Failure> {
    let data = Data::read(&source.directory)?;
    let lines = [
        counted(
            &data,
            "instructions per request",
            "instructions",
            0,
            &Arm::PROXIES,
        ),
        counted(
            &data,
            "instructions per plain answer",
            "instructions",
            0,
            &Arm::SERVERS,
        ),
        counted(
            &data,
            "system calls per request, 64 connections",
            "syscalls",
            2,
            &Arm::PROXIES,
        ),
        counted(
            &data,
            "system calls per plain answer, 64 connections",
            "syscalls",
            2,
            &Arm::SERVERS,
        ),
        cpu(&data, source.run.seed),
    ];
    Ok(lines.into_iter().flatten().collect())
}

/// `figure` of each arm that has it; the last one is what the others are told in units of.
fn counted(data: &Data, what: &str, figure: &str, decimals: usize, arms: &[Arm]) -> Option<String> {
    let reference = arms.last()?;
    let base = data.value(*reference, figure);
    let parts: Vec<String> = arms
        .iter()
        .filter_map(|arm| {
            let value = data.value(*arm, figure)?;
            let text = format!("{} {}", arm.title(), number::fixed(value, decimals));
            Some(match base {
                Some(base) if arm != reference => format!("{text} (× {})", number::fixed(value / base, 2)),
                _ => text,
            })
        })
        .collect();
    (!parts.is_empty()).then(|| format!("{what}: {}", parts.join("; ")))
}

fn cpu(data: &Data, seed: u64) -> Option<String> {
    let rounds = data.busy.iter().map(|row| row.round).max()?;
    let parts: Vec<String> = Arm::GATEWAY
        .iter()
        .filter_map(|arm| {
            let digits = |value| number::significant(value, DIGITS);
            let (median, interval) = busy_ratio(data, seed, *arm, Arm::Nginx)?;
            let interval = interval.map_or_else(String::new, |i| {
                format!(" [{}, {}]", digits(i.low), digits(i.high))
            });
            Some(format!("{} {}{interval}", arm.title(), digits(median)))
        })
        .collect();
    (!parts.is_empty()).then(|| {
        format!(
            "CPU time per request in units of nginx's, {rounds} paired rounds: {}",
            parts.join("; ")
        )
    })
}
