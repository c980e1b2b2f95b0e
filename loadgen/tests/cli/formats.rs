//! What is printed and written, read back by strict readers.

use super::program::{TRUSTED, document, run};
use super::server::{plain, tcp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tempfile::TempDir;

/// Every kind of thing that a report can hold: several statuses, unexpected answers, failures.
fn mixed(request: &super::server::Request) -> String {
    let id: u64 = request
        .field("x-load-id")
        .expect("an id")
        .parse()
        .expect("a number");
    match id % 4 {
        0 => plain("200 OK", "", "fine"),
        1 => plain("503 Service Unavailable", "", ""),
        2 => plain("404 Not Found", "", "none"),
        _ => "garbage\r\n\r\n".into(),
    }
}

fn printed(format: &str, extra: &[&str]) -> String {
    let (addr, _requests) = tcp(mixed);
    let url = format!("http://{addr}/");
    let args = [
        "--closed",
        "-c",
        "8",
        "-n",
        "200",
        "--load-id",
        "--quiet",
        "--interval",
        "100ms",
        "--format",
        format,
    ];
    let (code, stdout, stderr) = run(&[&[url.as_str()], &args[..], &TRUSTED, extra].concat());
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

/// Where two trees differ, by path.
fn differences(one: &Value, other: &Value, path: &str) -> Vec<String> {
    let nothing = Value::Null;
    let keys: BTreeSet<String> = match (one, other) {
        (Value::Object(one), Value::Object(other)) => one.keys().chain(other.keys()).cloned().collect(),
        (Value::Array(one), Value::Array(other)) => {
            let longest = one.len().max(other.len());
            (0..longest).map(|place| place.to_string()).collect()
        }
        _ if one == other => return Vec::new(),
        _ => return vec![format!("{path}: {one} and {other}")],
    };
    let at = |tree: &'_ Value, key: &str| match tree {
        Value::Array(list) => key
            .parse::<usize>()
            .ok()
            .and_then(|place| list.get(place).cloned()),
        tree => tree.get(key).cloned(),
    };
    let both = |key: &String| {
        let of = |tree| at(tree, key).unwrap_or(nothing.clone());
        differences(&of(one), &of(other), &format!("{path}/{key}"))
    };
    keys.iter().flat_map(both).collect()
}

#[test]
fn json_reads_back_to_what_it_was() {
    let text = printed("json", &[]);
    let document = document(&text);
    let again = serde_json::to_string(&document).expect("JSON");
    let tree = |text: &str| serde_json::from_str::<Value>(text).expect("JSON");
    assert_eq!(differences(&tree(&text), &tree(&again), ""), Vec::<String>::new());
    let counts = &document.report.counts;
    assert_eq!(counts.statuses, BTreeMap::from([(200, 50), (404, 50), (503, 50)]));
    assert_eq!((counts.unexpected_total(), counts.failed_total()), (50, 50));
    assert_eq!(document.recording.response.len(), 150);
}

#[test]
fn csv_has_as_many_columns_as_names() {
    let text = printed("csv", &[]);
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("names").split(',').collect();
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
    let rows: Vec<Vec<&str>> = lines.map(|line| line.split(',').collect()).collect();
    assert!(!rows.is_empty());
    for row in &rows {
        assert_eq!(row.len(), names.len(), "{row:?}");
        for cell in row.iter().filter(|cell| !cell.is_empty()) {
            cell.parse::<f64>()
                .unwrap_or_else(|_| panic!("{cell:?} is no number"));
        }
    }
    let sum = |name: &str| {
        let column = names.iter().position(|other| *other == name).expect(name);
        rows.iter()
            .map(|row| row[column].parse::<u64>().expect("a count"))
            .sum::<u64>()
    };
    assert_eq!((sum("planned"), sum("sent"), sum("done")), (200, 200, 150));
    assert_eq!((sum("failed"), sum("unexpected")), (50, 50));
}

/// The OpenMetrics text format 1.0, as far as summaries, counters and gauges go.
#[test]
fn openmetrics_is_what_it_claims_to_be() {
    let text = printed("openmetrics", &[]);
    assert!(text.ends_with("# EOF\n") && text.matches("# EOF").count() == 1);
    let mut families: BTreeMap<String, String> = BTreeMap::new();
    let (mut current, mut samples) = (String::new(), BTreeMap::new());
    for line in text.lines().take_while(|line| *line != "# EOF") {
        if let Some(meta) = line.strip_prefix("# ") {
            let mut words = meta.splitn(3, ' ');
            let (kind, family, rest) = (words.next(), words.next(), words.next());
            let (family, rest) = (family.expect("a family"), rest.expect("a text"));
            match kind {
                Some("TYPE") => {
                    assert!(
                        families.insert(family.into(), rest.into()).is_none(),
                        "{family} twice"
                    );
                    current = family.into();
                }
                Some("UNIT") => assert!(family == current && family.ends_with(&format!("_{rest}"))),
                Some("HELP") => assert!(family == current && !rest.is_empty()),
                other => panic!("{other:?} in {line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').expect("a sample");
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let bare = name.split('{').next().expect("a name");
        let suffixes: &[&str] = match families[&current].as_str() {
            "counter" => &["_total"],
            "gauge" => &[""],
            "summary" => &["", "_count", "_sum"],
            other => panic!("{other} is not expected"),
        };
        let own = suffixes.iter().any(|suffix| bare == format!("{current}{suffix}"));
        assert!(own, "{line} in the family {current}");
        assert!(
            bare.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'),
            "{line}"
        );
        if let Some(labels) = name.strip_prefix(bare).filter(|labels| !labels.is_empty()) {
            let labels = labels
                .strip_prefix('{')
                .and_then(|labels| labels.strip_suffix('}'))
                .expect("braces");
            for label in labels.split(',') {
                let (key, value) = label.split_once('=').expect("a label");
                assert!(!key.is_empty() && value.len() > 2 && value.starts_with('"') && value.ends_with('"'));
            }
        }
        assert!(samples.insert(name.to_owned(), value).is_none(), "{name} twice");
    }
    let sample = |name: &str| samples[name];
    assert_eq!(sample("loadgen_planned_total"), 200.0);
    assert_eq!(sample("loadgen_answers_total{status=\"404\"}"), 50.0);
    assert_eq!(
        sample("loadgen_errors_total{class=\"failed\",kind=\"protocol\"}"),
        50.0
    );
    assert_eq!(
        sample("loadgen_errors_total{class=\"unexpected\",kind=\"status\"}"),
        50.0
    );
    assert_eq!(sample("loadgen_response_time_seconds_count"), 150.0);
}

#[test]
fn percentiles_are_written_for_plotters() {
    let dir = TempDir::new().expect("a folder");
    let file = dir.path().join("run.hgrm");
    printed("text", &["--hgrm", file.to_str().expect("UTF-8")]);
    let text = std::fs::read_to_string(&file).expect("written");
    let rows: Vec<Vec<f64>> = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.contains("Value") && !line.trim().is_empty())
        .map(|line| {
            let words = line.split_whitespace().filter(|word| *word != "inf");
            words
                .map(|word| word.parse().unwrap_or_else(|_| panic!("{line}")))
                .collect()
        })
        .collect();
    assert!(rows.len() > 10, "{text}");
    for pair in rows.windows(2) {
        assert!(
            pair[0][..3].iter().zip(&pair[1][..3]).all(|(a, b)| a <= b),
            "{pair:?}"
        );
    }
    assert_eq!(rows.last().map(|row| (row[1], row[2])), Some((1.0, 150.0)));
    assert!(text.contains("#[Mean"), "{text}");
}
