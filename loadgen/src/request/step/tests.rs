//! Steps: what is sent for an arrival, what never is, and what is said about requests that cannot be.

use super::*;
use crate::request::capture::Capture;
use proptest::prelude::*;
use world::Seed;

/// A request without header, body or expectation.
pub(in crate::request) fn step(method: &str, path: &str) -> Step {
    let name = format!("{method} {path}");
    build(StepSpec {
        name,
        ..spec(method, path)
    })
}

pub(in crate::request) fn keeps(typed: &[(&str, &str)]) -> Vec<Keep> {
    let keep = |(index, (name, capture)): (usize, &(&str, &str))| Keep {
        name: (*name).into(),
        index,
        capture: Capture::parse(capture).expect(capture),
    };
    typed.iter().enumerate().map(keep).collect()
}

fn spec(method: &str, path: &str) -> StepSpec {
    StepSpec {
        name: "n".into(),
        method: method.into(),
        authority: "h".into(),
        path: path.into(),
        ..StepSpec::default()
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    pairs.iter().map(owned).collect()
}

fn build(spec: StepSpec) -> Step {
    spec.build(None, &mut Vec::new()).expect("valid")
}

/// A message as text.
fn written(step: &Step, id: u64, session: &Session, scratch: &mut Scratch) -> Result<String, String> {
    let message = step.render(&mut Draw::new(Seed(1), id), session, scratch)?;
    let mut text = format!(
        "{} {} @{}\n",
        message.method(),
        message.path(),
        message.authority()
    );
    for (name, value) in message.fields() {
        text += &format!("{name}: {}\n", std::str::from_utf8(value).expect("ASCII"));
    }
    Ok(text + std::str::from_utf8(message.body()).expect("UTF-8"))
}

#[test]
fn requests_are_written_as_typed() {
    let step = build(StepSpec {
        headers: pairs(&[
            ("A", "1"),
            ("host", "other"),
            ("B", " {{seq}} "),
            ("Connection", "Close"),
            ("C", "3"),
        ]),
        body: Body::Text("n={{id}}".into()),
        ..spec("POST", "/p/{{seq}}?{{{seq}}}")
    });
    assert!(!step.is_fixed() && step.closes());
    let mut scratch = Scratch::default();
    for id in [7, 123_456, 0] {
        let wanted = format!("POST /p/{id}?{{{id}}} @other\nA: 1\nB:  {id} \nC: 3\nn={id}");
        assert_eq!(written(&step, id, &Session::default(), &mut scratch), Ok(wanted));
    }
}

#[test]
fn fixed_requests_are_the_same_for_every_arrival() {
    let step = build(StepSpec {
        headers: pairs(&[("A", "{{{{")]),
        body: Body::Text("{{{{id}}".into()),
        ..spec("PUT", "/")
    });
    assert!(step.is_fixed() && !step.closes() && !step.wants_body() && !step.wants_headers());
    let mut scratch = Scratch::default();
    for id in 0..3 {
        let text = written(&step, id, &Session::default(), &mut scratch);
        assert_eq!(text, Ok("PUT / @h\nA: {{\n{{id}}".into()));
    }
    for varying in [
        spec("GET", "/{{id}}"),
        StepSpec {
            headers: pairs(&[("A", "{{id}}")]),
            ..spec("GET", "/")
        },
        StepSpec {
            body: Body::Text("{{id}}".into()),
            ..spec("GET", "/")
        },
        StepSpec {
            keep: pairs(&[("a", "header:a")]),
            ..spec("GET", "/")
        },
    ] {
        assert!(!build(varying).is_fixed());
    }
}

#[test]
fn a_flow_carries_cookies_and_variables() {
    let mut kept = Vec::new();
    let login = StepSpec {
        keep: pairs(&[("token", "json:/t"), ("csrf", "cookie:c")]),
        ..spec("POST", "/login")
    };
    let mut login = login.build(None, &mut kept).expect("valid");
    assert_eq!(kept, ["token", "csrf"]);
    assert!(login.wants_body() && login.wants_headers());
    let call = StepSpec {
        headers: pairs(&[
            ("Authorization", "Bearer {{token}}"),
            ("cookie", "own=1"),
            ("X-CSRF", "{{csrf}}"),
        ]),
        keep: pairs(&[("token", "header:next")]),
        ..spec("GET", "/a?{{token}}")
    };
    let mut call = call.build(None, &mut kept).expect("valid");
    assert_eq!(kept, ["token", "csrf"]);
    login.put_in_flow();
    call.put_in_flow();

    let (mut session, mut scratch) = (Session::default(), Scratch::default());
    let first = written(&login, 0, &session, &mut scratch);
    assert_eq!(first, Ok("POST /login @h\n".into()));
    let headers: [(&[u8], &[u8]); 2] = [(b"set-cookie", b"c=x"), (b"Set-Cookie", b"d=y; Path=/b")];
    login
        .take(&mut session, headers.into_iter(), br#"{"t": "T"}"#)
        .expect("all there");
    let wanted = "GET /a?T @h\nAuthorization: Bearer T\nX-CSRF: x\ncookie: own=1; c=x\n";
    assert_eq!(written(&call, 0, &session, &mut scratch), Ok(wanted.into()));
    let next: [(&[u8], &[u8]); 1] = [(b"Next", b"U")];
    call.take(&mut session, next.into_iter(), b"").expect("there");
    let again = written(&call, 0, &session, &mut scratch).expect("valid");
    assert!(again.contains("Bearer U"), "{again}");
    // without cookies of the session the step's own is sent as it is
    let alone = written(&call, 0, &Session::default(), &mut scratch).expect("valid");
    assert!(alone.contains("cookie: own=1\n"), "{alone}");
}

#[test]
fn what_cannot_be_sent_is_an_error_of_the_arrival() {
    let mut kept = vec!["v".to_owned()];
    let mut check = |value: &'static str, in_path: bool, in_header: bool| {
        let mut session = Session::default();
        let header: [(&[u8], &[u8]); 1] = [(b"v", value.as_bytes())];
        session
            .take(&keeps(&[("v", "header:v")]), header.into_iter(), b"")
            .expect("there");
        let mut sends = |step: StepSpec| {
            let step = step.build(None, &mut kept).expect("valid");
            written(&step, 0, &session, &mut Scratch::default()).is_ok()
        };
        assert_eq!(sends(spec("GET", "/{{v}}")), in_path, "{value:?}");
        let header = StepSpec {
            headers: pairs(&[("A", "{{v}}")]),
            ..spec("GET", "/")
        };
        assert_eq!(sends(header), in_header, "{value:?}");
        let body = StepSpec {
            body: Body::Text("{{v}}".into()),
            ..spec("GET", "/")
        };
        assert!(sends(body), "{value:?}");
    };
    check("", true, true);
    check("a/b?c=%20", true, true);
    check("a b\tc", false, true);
    check("a#b", false, true);
    check("a\r\nX-Evil: 1", false, false);
    check("a\0", false, false);
    check("ä", false, false);
}

#[test]
fn every_fault_is_told_with_its_field() {
    let check = |spec: StepSpec, wanted: &[&str]| {
        let faults = spec.build(None, &mut vec!["old".into()]).expect_err("wrong");
        let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
        assert_eq!(lines, wanted);
    };
    let wrong = StepSpec {
        name: String::new(),
        authority: " ".into(),
        headers: pairs(&[
            ("Content-Length", "3"),
            ("connection", "keep-alive"),
            ("a b", "x"),
            ("A", "a\nb"),
            ("B", "{{od}}"),
        ]),
        body: Body::Text("{{".into()),
        keep: pairs(&[("uuid", "header:a"), ("1st", "header:a"), ("x", "jason:/a")]),
        ..spec("CONNECT", "a b")
    };
    check(
        wrong,
        &[
            "name: is empty: a name is needed",
            "method: \"CONNECT\" is no method that can be measured",
            "path: \"a b\" must start with /",
            "headers.Content-Length: is written by the generator itself",
            "headers.connection: is written by the generator itself: \"keep-alive\" can only be close",
            "headers: \"a b\" is no name of a header",
            "headers.A: \"a\\nb\" is no value of a header: printable ASCII only",
            "headers.B: at character 1: unknown name \"od\": did you mean id?",
            "headers.host: \" \" cannot be a Host header",
            "body: at character 1: \"{{\" is not closed: write }} behind it, or {{{{ for two braces",
            "keep.uuid: has a meaning of its own: choose another name",
            "keep.1st: is no name: letters, digits, - and _, a letter first",
            "keep.x: \"jason:/a\" is no capture: known are json:/pointer, header:Name, cookie:Name, body~REGEX",
        ],
    );
    for (path, hint) in [
        ("", "path: \"\" must start with /"),
        (
            "/a b{{id}}",
            "path: \"/a b0\" is no path: ' ' must be percent-encoded",
        ),
        ("/ä", "path: \"/ä\" is no path: 'ä' must be percent-encoded"),
        (
            "/a\n",
            "path: \"/a\\n\" is no path: '\\n' must be percent-encoded",
        ),
        (
            "/a#b",
            "path: \"/a#b\" has a fragment, which is never sent: leave out what follows #, or write it as %23",
        ),
    ] {
        check(spec("GET", path), &[hint]);
    }
}

proptest! {
    #[test]
    fn no_request_panics_and_none_is_sent_that_the_engine_refuses(
        method in "[A-Z]{0,5}|.{0,3}", path in "/?(\\{\\{id\\}\\}|.){0,20}", name in "[A-Za-z-]{1,10}|.{0,5}",
        value in "(\\{\\{uuid\\}\\}|.){0,20}", host in "[a-z]{1,5}|.{0,5}", id: u64,
    ) {
        let spec = StepSpec {
            authority: host,
            headers: vec![(name, value.clone())],
            body: Body::Text(value),
            ..spec(&method, &path)
        };
        if let Ok(step) = spec.build(None, &mut Vec::new()) {
            let mut scratch = Scratch::default();
            let message = step.render(&mut Draw::new(Seed(1), id), &Session::default(), &mut scratch);
            if let Ok(message) = message {
                use http1::head::{FieldName, FieldValue};
                use http1::write::RequestHead;
                prop_assert!(RequestHead::new(Vec::new(), message.method(), message.path()).is_some());
                prop_assert!(FieldValue::new(message.authority().as_bytes()).is_some());
                for (name, value) in message.fields() {
                    prop_assert!(FieldName::new(name.as_bytes()).is_some() && FieldValue::new(value).is_some());
                }
            }
        }
    }
}
