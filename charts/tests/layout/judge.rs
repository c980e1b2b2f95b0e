//! The judge: what is wrong with a picture, by the boxes of its texts and by its numbers.

use charts::{Label, Svg};

/// What is wrong with a picture; nothing, it is hoped.
pub(crate) fn faults(svg: &Svg) -> Vec<String> {
    let (width, height) = svg.size();
    let mut faults = clashes(svg.labels(), width, height);
    let file = svg.standalone();
    match roxmltree::Document::parse(&file) {
        Err(error) => faults.push(format!("not well-formed: {error}")),
        Ok(document) => {
            let numbers = document
                .descendants()
                .flat_map(|node| node.attributes())
                .filter(|attribute| {
                    matches!(
                        attribute.name(),
                        "x" | "y" | "cx" | "cy" | "r" | "d" | "width" | "height" | "viewBox"
                    )
                });
            for attribute in numbers {
                let pieces = attribute
                    .value()
                    .split(|c: char| c.is_whitespace() || "MLHVmhvz".contains(c));
                let bad = pieces
                    .filter(|p| !p.is_empty())
                    .find(|p| !p.parse().is_ok_and(f64::is_finite));
                faults.extend(bad.map(|b| format!("{} is {b:?}", attribute.name())));
            }
        }
    }
    if svg.inline().contains("NaN") || svg.inline().contains("inf ") {
        faults.push("a number that is none".to_owned());
    }
    faults
}

fn clashes(labels: &[Label], width: f64, height: f64) -> Vec<String> {
    let mut out = Vec::new();
    for (i, a) in labels.iter().enumerate() {
        if a.left < -0.01 || a.right > width + 0.01 || a.top < -0.01 || a.bottom > height + 0.01 {
            out.push(format!("outside {width}×{height}: {a:?}"));
        }
        for b in &labels[..i] {
            let apart = a.right <= b.left + 0.01
                || b.right <= a.left + 0.01
                || a.bottom <= b.top + 0.01
                || b.bottom <= a.top + 0.01;
            if !apart {
                out.push(format!("{a:?} overlaps {b:?}"));
            }
        }
    }
    out
}

#[test]
fn the_judge_sees_what_is_wrong() {
    let label = |left: f64, right: f64| Label {
        text: "x".to_owned(),
        left,
        top: 10.0,
        right,
        bottom: 20.0,
    };
    assert!(clashes(&[label(0.0, 10.0), label(11.0, 20.0)], 100.0, 100.0).is_empty());
    assert_eq!(
        clashes(&[label(0.0, 12.0), label(11.0, 20.0)], 100.0, 100.0).len(),
        1
    );
    assert_eq!(clashes(&[label(95.0, 101.0)], 100.0, 100.0).len(), 1);
    assert_eq!(clashes(&[label(0.0, 5.0)], 100.0, 15.0).len(), 1);
}
