//! What `run.json` must hold, and what it must not.

use super::*;

fn run() -> Run {
    let asked = Asked {
        experiment: "tax",
        scale: Scale::Quick,
        seed: 7,
        profile: "dist",
        unix_now: Duration::from_secs(1_700_000_000),
    };
    let root = crate::workspace::root().expect("inside the checkout");
    let mut run = Run::begin(&asked, &root);
    let own = std::env::current_exe().expect("a test has a binary");
    run.add_binary("gateway", &own).expect("readable");
    run.configs.insert("gateway".into(), "listen: {}\n".into());
    run
}

#[test]
fn every_documented_field_is_there() {
    let run = run();
    let json = serde_json::to_value(&run).expect("serialises");
    for field in [
        "command", "configs", "seed", "commit", "dirty", "binaries", "host", "date", "profile", "tools",
    ] {
        assert!(json.get(field).is_some(), "{field} is missing");
    }
    for field in ["cpu", "cores", "kernel", "rustc"] {
        assert!(json["host"].get(field).is_some(), "host.{field} is missing");
    }
    assert_eq!(run.date, "2023-11-14T22:13:20Z");
    assert_eq!(run.binaries["gateway"].len(), 64);
    assert!(run.host.rustc.starts_with("rustc "), "{}", run.host.rustc);
    let back: Run = serde_json::from_value(json).expect("reads back");
    assert_eq!(back, run);
}

#[test]
fn nothing_names_the_machine() {
    let text = serde_json::to_string(&run()).expect("serialises");
    let root = crate::workspace::root().expect("inside the checkout");
    assert!(!text.contains(&root.display().to_string()), "{text}");
}

#[test]
fn a_note_is_said_once() {
    let mut run = run();
    run.note("one core");
    run.note("one core");
    assert_eq!(run.notes, ["one core"]);
}
