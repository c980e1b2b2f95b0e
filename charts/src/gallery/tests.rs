//! What an overview says, and that its filters name the tiles they keep.

use super::*;

fn sample() -> Gallery {
    let tile = |title: &str, world: &str, verdict: &str| {
        Tile::new(title, format!("{title}/index.html"), "What <is> it?")
            .picture(format!("{title}/latency.svg"), "Latency")
            .verdicts([(Verdict::Refuted, 1), (Verdict::Holds, 3)])
            .stamp("quick run")
            .facet("world", world)
            .facet("verdict", verdict)
    };
    Gallery::new("Reports", "All of them.")
        .link("trend", "trend/index.html")
        .filter("world", "World")
        .filter("verdict", "Verdict")
        .tile(tile("tax", "real sockets", "holds"))
        .tile(tile("hedge", "simulator", "refuted"))
}

#[test]
fn a_choice_hides_what_it_is_not() {
    let html = sample().html().expect("links are fit");
    for (id, class) in [
        ("f-world-f-simulator", "c-tile f-world-f-simulator"),
        ("f-verdict-f-holds", "f-verdict-f-holds\""),
    ] {
        assert!(html.contains(&format!("id=\"{id}\"")), "{id}");
        assert!(
            html.contains(&format!(
                "main:has(#{id}:checked) .c-tile:not(.{id}){{display:none}}"
            )),
            "{id}"
        );
        assert!(html.contains(class), "{class}");
    }
    // nothing is in the simulator and holds
    let none =
        "main:has(#f-world-f-simulator:checked):has(#f-verdict-f-holds:checked) .c-none{display:block}";
    assert!(html.contains(none));
    assert!(!html.contains("main:has(#f-world-f-simulator:checked):has(#f-verdict-f-refuted:checked)"));
}

#[test]
fn what_comes_from_outside_is_text() {
    let html = sample().html().expect("links are fit");
    assert!(html.contains("What &lt;is&gt; it?") && !html.contains("<is>"));
    assert!(html.contains("<span aria-hidden=\"true\">✗</span> 1 refuted"));
    assert!(!html.contains("<script"));
    let bad = Gallery::new("a", "b").tile(Tile::new("c", "javascript:alert(1)", "d"));
    assert!(bad.html().is_err());
    let bad = Gallery::new("a", "b").tile(Tile::new("c", "d", "e").picture("data:x", "f"));
    assert!(bad.html().is_err());
}
