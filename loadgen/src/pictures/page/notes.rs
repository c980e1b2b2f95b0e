//! The bottom of the page: what the figures leave out, and where they come from.

use super::format::{duration, percent, whole};
use crate::pictures::quantile::BEYOND_MIN;
use crate::pictures::unit::percentile;
use crate::report::{Document, Generator};
use charts::{Page, number};
use std::time::{Duration, UNIX_EPOCH};

/// The last second of the year 9999, where the text form of a date ends.
const DATE_MAX_S: f64 = 253_402_300_799.0;

/// What a reader might take the figures for that they are not.
pub(super) fn limits(document: &Document) -> Vec<String> {
    let report = &document.report;
    let counts = &report.counts;
    let mut notes = Vec::new();
    if document.run.closed {
        notes.push(
            "closed loop: each connection asked again only when it was answered, so no request waited for the target \
             before it was sent, and while the target was slow it was asked less (coordinated omission); run it at a \
             rate (-R) for what users would have seen"
                .to_owned(),
        );
    }
    if counts.failed_total() > 0 {
        notes.push(format!(
            "{} requests had no answer, after {} (p50) to {} (max) from their intended times; they are in no percentile",
            whole(counts.failed_total()),
            duration(report.failed_us.p50),
            duration(report.failed_us.max),
        ));
    }
    if counts.warmup > 0 {
        notes.push(format!(
            "the warm-up of {}, {} requests, was sent and not measured; only pictures over time show it",
            humantime::format_duration(document.recording.warmup),
            whole(counts.warmup),
        ));
    }
    if document.series.is_none() {
        notes.push("no time series was recorded, so nothing is shown over time".to_owned());
    }
    notes.extend(chance(counts.done));
    notes
}

/// From which percentile on figures say more of chance than of the target; none where there are no figures.
fn chance(answers: u64) -> Option<String> {
    let supported = answers / BEYOND_MIN;
    match supported {
        0..2 if answers == 0 => None,
        0..2 => Some(format!(
            "{answers} answers are too few for any percentile above the median"
        )),
        _ => {
            // as many digits as tell p99.9 of ten thousand from p99.99 of a hundred thousand
            let digits = 2 + (supported.ilog10() as usize).saturating_sub(1);
            let percentile = (1.0 - 1.0 / supported as f64) * 100.0;
            Some(format!(
                "of {} answers, percentiles above p{} have fewer than {BEYOND_MIN} requests beyond them and are \
                 mostly chance",
                whole(answers),
                number::significant(percentile, digits),
            ))
        }
    }
}

/// Everything that repeats the run, folded away.
pub(super) fn provenance(page: Page, document: &Document) -> Page {
    let run = &document.run;
    let mut rows = vec![
        ("command".to_owned(), format!("`{}`", run.command)),
        ("seed".to_owned(), run.seed.to_string()),
        ("tool".to_owned(), run.tool.clone()),
        ("started".to_owned(), started(run.started_unix_s)),
        (
            "measured".to_owned(),
            format!("{} s", number::fixed(document.report.seconds, 1)),
        ),
    ];
    if let Some(plan) = &run.plan {
        rows.push(("plan".to_owned(), plan.text.clone()));
    }
    rows.push(("valid if".to_owned(), validity(document)));
    rows.extend(document.generators.iter().map(generator));
    page.details("Provenance", rows)
        .code("Job", format!("{:#}", run.job))
}

fn started(unix_s: f64) -> String {
    if !(0.0..=DATE_MAX_S).contains(&unix_s) {
        return format!("{unix_s} s after the Unix epoch");
    }
    let at = UNIX_EPOCH + Duration::from_secs_f64(unix_s);
    humantime::format_rfc3339_seconds(at).to_string()
}

fn validity(document: &Document) -> String {
    let limits = &document.run.limits;
    let mut rules: Vec<String> = Vec::new();
    if !document.run.closed {
        rules.extend(limits.send_lag.iter().map(|limit| {
            let quantile = percentile(limit.quantile);
            let most = humantime::format_duration(limit.most);
            format!("{quantile} of send lag at most {most}")
        }));
        let least = percent(limits.sent_ratio_min);
        rules.push(format!("at least {least} of the planned requests attempted"));
    }
    let most = percent(limits.busy_share_max);
    rules.push(format!("no thread busy above {most} of the time"));
    rules.join("; ")
}

fn generator(generator: &Generator) -> (String, String) {
    let wall = generator.wall_seconds.max(1e-9);
    let cpu = generator.user_seconds + generator.system_seconds;
    let name = match &generator.shard {
        Some(shard) => format!("generator {shard}"),
        None => "generator".to_owned(),
    };
    let text = format!(
        "{} thread{}, {} pacer; {} % of a core, {} % of that spinning for precision",
        generator.threads,
        if generator.threads == 1 { "" } else { "s" },
        generator.pacer,
        number::fixed(cpu / wall * 100.0, 0),
        number::fixed(generator.spun_seconds / cpu.max(1e-9) * 100.0, 0),
    );
    (name, text)
}
