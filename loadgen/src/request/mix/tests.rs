//! Mix files: the example, what is sent by a flow, and what is said about wrong ones.

use crate::request::{Body, Catalogue, Common, Draw, Expect, Scratch, Session, parse_mix};
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;
use world::Seed;

fn common() -> Common {
    Common {
        authority: "h".into(),
        ..Common::default()
    }
}

fn parse(text: &str, common: &Common) -> Result<Catalogue, Vec<String>> {
    parse_mix(text, "m", common, &mut |name| match name {
        "tokens.txt" => Ok(Bytes::from_static(b"t0\nt1")),
        "body.bin" => Ok(Bytes::from_static(b"{{raw}}")),
        _ => Err(format!("failed to read {name}: no such file")),
    })
}

/// What a step sends, as a text.
fn sent(catalogue: &Catalogue, scenario: usize, step: usize, id: u64, session: &Session) -> String {
    let mut scratch = Scratch::default();
    let step = &catalogue.scenarios()[scenario].steps()[step];
    let mut draw = Draw::new(Seed(1), id);
    let message = step
        .render(&mut draw, session, &mut scratch)
        .expect("can be sent");
    let fields: Vec<String> = message
        .fields()
        .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
        .collect();
    format!(
        "{} {} [{}] {}",
        message.method(),
        message.path(),
        fields.join(","),
        String::from_utf8_lossy(message.body())
    )
}

#[test]
fn the_example_is_a_mix() {
    let text = include_str!("../../../examples/mix.yaml");
    let catalogue = parse(text, &common()).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(catalogue.names(), ["browse", "search", "order"]);
    let with_tokens = text.replace("# tokens:", "tokens:");
    assert_ne!(with_tokens, text);
    assert!(parse(&with_tokens, &common()).is_ok());
    assert!(sent(&catalogue, 0, 0, 7, &Session::default()).starts_with("GET /items/"));

    let flow = catalogue.scenarios()[2].steps();
    let think: Vec<Duration> = flow.iter().map(|step| step.think()).collect();
    assert_eq!(
        think,
        [Duration::ZERO, Duration::from_millis(100), Duration::ZERO]
    );
    let mut session = Session::default();
    flow[0]
        .take(&mut session, std::iter::empty(), br#"{"access_token": "T"}"#)
        .expect("it is there");
    let order = sent(&catalogue, 2, 1, 7, &session);
    assert!(
        order.contains("Authorization=Bearer T") && order.ends_with("written {{\"}"),
        "{order}"
    );
    let location: [(&[u8], &[u8]); 1] = [(b"location", b"/orders/9")];
    flow[1]
        .take(&mut session, location.into_iter(), b"")
        .expect("it is there");
    assert!(sent(&catalogue, 2, 2, 7, &session).starts_with("GET /orders/9 "));
}

#[test]
fn the_nearest_word_counts() {
    let common = Common {
        headers: vec![("a".into(), "line".into()), ("b".into(), "line".into())],
        body: Body::Bytes(Bytes::from_static(b"line")),
        expect: Arc::new(Expect::parse("status=200").expect("valid")),
        ..common()
    };
    let text = "
defaults: { headers: { B: file, C: file }, expect: status=201 }
tokens: tokens.txt
scenarios:
  - { name: one, put: '/{{token}}', headers: { c: own }, expect: status=202 }
  - { name: two, method: PUT, path: /, body: '{{{seq}}}' }
  - { name: three, path: /, body_file: body.bin }
";
    let catalogue = parse(text, &common).expect("valid");
    let sent = |scenario, id| sent(&catalogue, scenario, 0, id, &Session::default());
    assert_eq!(sent(0, 3), "PUT /t1 [a=line,B=file,c=own] line");
    assert_eq!(sent(1, 3), "PUT / [a=line,B=file,C=file] {3}");
    assert_eq!(sent(2, 3), "GET / [a=line,B=file,C=file] {{raw}}");
    let accepts = |scenario: usize, status| {
        let expect = catalogue.scenarios()[scenario].steps()[0].expect();
        expect.judge(status, std::iter::empty(), b"", 0).is_ok()
    };
    assert!(accepts(0, 202) && !accepts(0, 201) && accepts(1, 201) && !accepts(1, 200));
}

fn check(text: &str, wanted: &[&str]) {
    assert_eq!(parse(text, &common()).expect_err(text), wanted, "{text}");
}

#[test]
fn every_error_has_its_place() {
    check(
        "
deaults: {}
tokens: gone.txt
defaults:
  headers: { Host: '{{id}}', A: 1 }
  expect: [status=200, stauts=2]
scenarios:
  - name: a
    wieght: 2
    get: a
    headers:
      B: '{{idd}}'
    expect: size=1KB
  - name: a
    weight: 0
    get: /
    put: /
    think: 1s
  - weight: x
    flow:
      - post: /
        body: a
        body_file: body.bin
        think: 5
      - name: b
        method: GET
        keep: { uuid: json:/a, x: jsn:/a }
    path: /
  - name: c
    name: d
    flow: []
",
        &[
            "m:2: deaults: unknown key: did you mean defaults?",
            "m:3: tokens: failed to read gone.txt: no such file",
            "m:5: defaults.headers.A: expected text, found the number 1: put it in quotes",
            "m:5: defaults.headers.host: is the same for every request: no placeholders",
            "m:6: defaults.expect[1]: unknown term \"stauts\": did you mean status?",
            "m:9: scenarios[0].wieght: unknown key: did you mean weight?",
            "m:13: scenarios[0].expect: \"size=1KB\" is no size: write 1024, 64KiB, 1MiB or 1GiB"
                .replace("\"size=1KB\"", "\"1KB\"")
                .as_str(),
            "m:10: scenarios[0].get: \"a\" must start with /",
            "m:11: scenarios[0].headers.B: at character 1: unknown name \"idd\": did you mean id?",
            "m:17: scenarios[1].put: is given beside `get`: a request has one method",
            "m:18: scenarios[1].think: belongs to a step: write it in a `flow`",
            "m:19: scenarios[2]: has no name: write `name: NAME`",
            "m:19: scenarios[2].weight: expected a number, found the text \"x\"",
            "m:21: scenarios[2].flow[0]: has no name: write `name: NAME`",
            "m:23: scenarios[2].flow[0].body_file: is given beside `body`: a request has one of the two",
            "m:24: scenarios[2].flow[0].think: expected text, found the number 5: put it in quotes",
            "m:25: scenarios[2].flow[1]: has no path: write `get: /path`, or `method` and `path`",
            "m:27: scenarios[2].flow[1].keep.uuid: has a meaning of its own: choose another name",
            "m:27: scenarios[2].flow[1].keep.x: \"jsn:/a\" is no capture: known are json:/pointer, header:Name, cookie:Name, body~REGEX",
            "m:28: scenarios[2].path: is given beside `flow`: it belongs to one of its steps",
            "m:30: scenarios[3].name: is given twice, first in line 29",
            "m:14: scenarios[1].name: \"a\" is the name of scenarios[0] already",
            "m:14: scenarios[1].weight: must be above 0 and at most 1000000, not 0",
            "m:29: scenarios[3].flow: 1 to 32 steps are possible, not 0",
        ],
    );
}

#[test]
fn what_is_no_mix_is_told_as_that() {
    let nothing = "m:1: expected a mapping of keys, found nothing";
    let none = "m:1: has no scenarios: write `scenarios: [{ name: NAME, get: /path }]`";
    check("", &[nothing, none]);
    check("{}", &[none]);
    check(
        "scenarios: []",
        &["m:1: scenarios: 1 to 1000 are possible, not 0"],
    );
    check(
        "scenarios:",
        &[
            "m:1: scenarios: has no value: give it one, or leave the key out",
            none,
        ],
    );
    check(
        "scenarios: {}",
        &["m:1: scenarios: expected a list, found a mapping"],
    );
    check("[]", &["m:1: expected a mapping of keys, found a list", none]);
    for text in ["a: [", "a: *b", "a: b: c", "--- {}\n--- {}", &"[".repeat(1_000)] {
        let errors = parse(text, &common()).expect_err(text);
        assert!(errors[0].contains("is not valid YAML"), "{text}: {errors:?}");
    }
}

#[test]
fn a_variable_is_known_after_the_step_that_keeps_it() {
    let flow = |first: &str, second: &str, tokens: &str| {
        format!(
            "{tokens}\nscenarios:\n- name: f\n  flow:\n  - {{ name: a, get: '{first}', keep: {{ token: json:/t }} }}\n  - {{ name: b, get: '{second}' }}"
        )
    };
    assert!(parse(&flow("/", "/{{token}}", ""), &common()).is_ok());
    check(
        &flow("/{{token}}", "/", ""),
        &[
            "m:5: scenarios[0].flow[0].get: at character 2: token: there is no file of tokens, and no earlier step keeps one",
        ],
    );
    check(
        &flow("/", "/{{token}}", "tokens: tokens.txt"),
        &["m:5: scenarios[0].flow[0].keep.token: has a meaning of its own: choose another name"],
    );
}

#[test]
fn flows_are_bounded() {
    let steps = "  - { name: s, get: / }\n".repeat(33);
    check(
        &format!("scenarios:\n- name: f\n  flow:\n{steps}"),
        &["m:2: scenarios[0].flow: 1 to 32 steps are possible, not 33"],
    );
}

proptest! {
    #[test]
    fn no_text_panics(
        text in "(scenarios:|- name: a|  get: /|  flow:|    - |keep: |weight: |expect: |headers: |\\{\\{|\\[|\\]|&a|\\*a|\n|.){0,30}",
    ) {
        let _ = parse(&text, &common());
    }
}
