//! Lists of targets as vegeta takes them, and what is said about wrong ones.

use crate::request::{Body, Catalogue, Common, Draw, Expect, Scratch, Session, parse_targets};
use bytes::Bytes;
use proptest::prelude::*;
use std::sync::Arc;
use world::Seed;

fn parse(text: &str, common: &Common) -> Result<Catalogue, Vec<String>> {
    parse_targets(text, "t", common, &mut |name| match name {
        "b.json" => Ok(Bytes::from_static(b"{}")),
        _ => Err("no such file".into()),
    })
}

/// What the first arrivals send, one text each.
fn sent(catalogue: &Catalogue, arrivals: u64) -> Vec<String> {
    let mut scratch = Scratch::default();
    let mut texts = Vec::new();
    for id in 0..arrivals {
        let scenario = &catalogue.scenarios()[catalogue.pick(Seed(1), id)];
        let mut draw = Draw::new(Seed(1), id);
        let message = scenario.steps()[0].render(&mut draw, &Session::default(), &mut scratch);
        let message = message.expect("can be sent");
        let fields: Vec<String> = message
            .fields()
            .map(|(name, value)| format!("{name}={}", String::from_utf8_lossy(value)))
            .collect();
        texts.push(format!(
            "{} {} {} [{}] {}",
            message.method(),
            message.authority(),
            message.path(),
            fields.join(","),
            String::from_utf8_lossy(message.body())
        ));
    }
    texts
}

#[test]
fn both_formats_are_read() {
    let check = |text: &str, wanted: &[&str]| {
        let catalogue = parse(text, &Common::default()).expect(text);
        assert_eq!(catalogue.scenarios().len(), wanted.len(), "{text}");
        assert_eq!(sent(&catalogue, wanted.len() as u64), wanted, "{text}");
    };
    check("GET http://h:80/a", &["GET h:80 /a [] "]);
    check(
        "# all\n\nGET http://h/a\nHEAD  http://h\n\n\nPOST http://h/b\nX-A: 1\n# of it\nx-a:  2:3 \n@b.json\nPUT http://h/c\n@ b.json",
        &[
            "GET h /a [] ",
            "HEAD h / [] ",
            "POST h /b [X-A=1,x-a=2:3] {}",
            "PUT h /c [] {}",
        ],
    );
    check(
        "GET http://h/{{seq}}\r\nHost: other\r\n\r\nGET http://h/{{rand 7 7}}\r\n",
        &["GET other /0 [] ", "GET h /7 [] "],
    );
    check(
        "PUT http://h/\nA: b\nGET http://h/",
        &["PUT h / [A=b] ", "GET h / [] "],
    );
    check(
        r#"
        {"method": "POST", "url": "http://h/a", "body": "UHVuY2gh", "header": {"B": ["1", "2"], "A": ["3"]}}

        {"url":"http://h/b","method":"GET","body":null}"#,
        &["POST h /a [B=1,B=2,A=3] Punch!", "GET h /b [] "],
    );
}

#[test]
fn what_is_given_for_all_gives_way_to_a_targets_own() {
    let common = Common {
        headers: vec![("a".into(), "all".into()), ("b".into(), "all".into())],
        body: Body::Text("all".into()),
        expect: Arc::new(Expect::parse("status=201").expect("valid")),
        ..Common::default()
    };
    let catalogue = parse("PUT http://h/\nA: own\n@b.json\nPUT http://h/", &common).expect("valid");
    let wanted = ["PUT h / [b=all,A=own] {}", "PUT h / [a=all,b=all] all"];
    assert_eq!(sent(&catalogue, 2), wanted);
    let step = &catalogue.scenarios()[0].steps()[0];
    assert!(step.expect().judge(200, std::iter::empty(), b"", 0).is_err());
    assert_eq!(catalogue.names(), ["PUT /"]);
}

#[test]
fn a_body_file_is_read_once() {
    let mut reads = 0;
    let text = "POST http://h/\n@f\n".repeat(100);
    let catalogue = parse_targets(&text, "t", &Common::default(), &mut |_| {
        reads += 1;
        Ok(Bytes::from_static(b"x"))
    });
    assert_eq!(catalogue.expect("valid").scenarios().len(), 100);
    assert_eq!(reads, 1);
}

#[test]
fn a_run_goes_to_one_origin() {
    let origin = |text| {
        let catalogue = parse(text, &Common::default()).expect(text);
        catalogue.origin().map(|origin| origin.map(ToString::to_string))
    };
    let one = origin("GET http://H/a\nGET HTTP://h:80/b");
    assert_eq!(one, Ok(Some("http://h:80".into())));
    let two = origin("GET http://h/a\nGET https://h/b").expect_err("two");
    assert!(
        two.starts_with("\"GET /a\" goes to http://h:80 and \"GET /b\" to https://h:443"),
        "{two}"
    );
    assert!(two.ends_with("--connect-to"), "{two}");
}

#[test]
fn every_error_has_its_line() {
    let check = |text: &str, wanted: &[&str]| {
        assert_eq!(parse(text, &Common::default()).expect_err(text), wanted, "{text}");
    };
    let none = "t: holds no target: write `GET http://host/path`, one a line";
    check("", &[none]);
    check("# nothing\n\n", &[none]);
    check(
        "get http://h/\nA: b\n\nGET /a\n\nGET ftp://h/\nPOST http://h/\n@gone\nGET http://h/\nno header\nskipped\nGET http://h/a b\nVia: {{x}}\n",
        &[
            "t:1: \"get http://h/\" begins no target: write a method in capitals and a URL, as in `GET http://host/path`",
            "t:4: \"/a\" is no whole URL: write http://host/a",
            "t:6: \"ftp://\" is neither http:// nor https://",
            "t:7: body @gone: no such file",
            "t:10: \"no header\" is no header: write `Name: value`, `@FILE`, or the next target",
            "t:12: path: \"/a b\" is no path: ' ' must be percent-encoded; headers.Via: at character 1: unknown name \"x\": known \
             are seq, id, uuid, rand, zipf, token",
        ],
    );
    check(
        "GET http://h/\nContent-Length: 3\n\nGET http://h/\n@b.json\nA: b\n",
        &[
            "t:1: headers.Content-Length: is written by the generator itself",
            "t:6: \"A: b\" begins no target: write a method in capitals and a URL, as in `GET http://host/path`",
        ],
    );
    let write = "write one object a line, as in {\"method\": \"GET\", \"url\": \"http://host/path\"}";
    check(
        "{\"method\": \"GET\"}\n{\"method\":\"GET\",\"url\":\"http://h/\",\"headers\":{}}\n{\"method\":\"GET\",\"url\":\"http://h/\",\"body\":\"?\"}\n[\n",
        &[
            &format!("t:1: missing field `url`, at character 17; {write}"),
            &format!(
                "t:2: unknown field `headers`, expected one of `method`, `url`, `body`, `header`, at character 43; {write}"
            ),
            "t:3: body is not base64: Invalid symbol 63, offset 0.",
            &format!("t:4: EOF while parsing a list, at character 1; {write}"),
        ],
    );
}

proptest! {
    #[test]
    fn no_text_panics(text in "(GET |POST |http://h/|@b.json|A: b|#|\\{\"method\": |\"url\": |\\{\\{|\n|.){0,30}") {
        let _ = parse(&text, &Common::default());
    }
}
