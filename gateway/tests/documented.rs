//! `docs/answers.md` has every refusal, every reason for a close, and every deadline, as the code has them.

use http1::connection::Close;
use http1::head::Refusal;

const ANSWERS: &str = include_str!("../../docs/answers.md");

/// The lines of the table that begin with this cell.
fn rows(cell: &str) -> Vec<&'static str> {
    let start = format!("| {cell} ");
    ANSWERS.lines().filter(|line| line.starts_with(&start)).collect()
}

#[test]
fn every_refusal_with_its_status() {
    // only an upstream's answer can be refused for these
    let of_answers = [
        Refusal::Status,
        Refusal::UpgradeUnasked,
        Refusal::InterimTooMany,
        Refusal::Truncated,
    ];
    for refusal in Refusal::ALL {
        let is_there = if of_answers.contains(&refusal) {
            ANSWERS.contains(&format!("- {}", refusal.reason()))
        } else {
            let status = refusal.status().to_string();
            rows(&status).iter().any(|row| row.contains(refusal.reason()))
        };
        assert!(is_there, "{} {refusal}", refusal.status());
    }
}

#[test]
fn every_reason_for_a_close() {
    for reason in Close::ALL {
        assert_eq!(
            rows(&format!("`{}`", reason.label())).len(),
            1,
            "{}",
            reason.label()
        );
    }
}

#[test]
fn every_deadline_with_its_default() {
    let least = "listen: { http: 127.0.0.1:1 }\nupstreams: { u: { replicas: [\"10.0.0.1:1\"] } }\n\
                 routes: [{ name: all, match: { path: / }, upstream: u }]\n";
    let plan = gateway::config::load(least.as_bytes())
        .expect("valid")
        .to_string();
    for key in [
        "first_byte_timeout",
        "header_timeout",
        "idle_timeout",
        "body_timeout",
        "write_timeout",
        "body_rate_min",
    ] {
        let server = plan.split("server:").nth(1).expect("a section");
        let line = server
            .lines()
            .find_map(|line| line.trim().strip_prefix(&format!("{key}: ")));
        let default = line.expect("a default").replace("1m", "60s").replace('B', "");
        let row = rows(&format!("`{key}`"));
        assert!(
            row.len() == 1 && row[0].contains(&default),
            "{key}: {default} in {row:?}"
        );
    }
}
