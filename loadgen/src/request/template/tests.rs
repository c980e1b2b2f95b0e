//! Templates: what is written, what it depends on, and what is said about wrong ones.

use super::*;
use bytes::Bytes;
use proptest::prelude::*;
use std::collections::BTreeSet;
use world::Seed;

fn tokens() -> Arc<Tokens> {
    Arc::new(Tokens::parse(Bytes::from_static(b"t0\nt1\nt2"), "t").expect("valid"))
}

fn template(text: &str) -> Template {
    let tokens = tokens();
    let names = Names {
        tokens: Some(&tokens),
        kept: &[],
    };
    Template::parse(text, &names).expect(text)
}

fn rendered(template: &Template, seed: u64, id: u64) -> String {
    let mut out = Vec::new();
    template.render(&mut Draw::new(Seed(seed), id), &Session::default(), &mut out);
    String::from_utf8(out).expect("UTF-8")
}

#[test]
fn placeholders_are_written() {
    let check = |text, id, wanted: &str| assert_eq!(rendered(&template(text), 1, id), wanted, "{text}");
    check("", 0, "");
    check("/a?b={c}&d=}}", 0, "/a?b={c}&d=}}");
    check("{{seq}}-{{ id }}", 12, "12-12");
    check("{{{{id}}", 3, "{{id}}");
    check("{{{{{{id}}", 3, "{{3");
    check("{{{id}}}", 3, "{3}");
    check("{\"a\":{\"b\":{{rand 5 5}}}}", 3, "{\"a\":{\"b\":5}}");
    check("{{{{{id}}}", 3, "{{{id}}}");
    check("{{rand -3 -3}}", 0, "-3");
    check("{{zipf 1 1.1}}", 0, "1");
    check("{{token}} {{token}}", 4, "t1 t1");
    check("ä{{id}}ö", 1, "ä1ö");
}

#[test]
fn kept_variables_are_written_by_their_number() {
    let kept = ["token".to_owned(), "order-id".to_owned()];
    let names = Names {
        tokens: None,
        kept: &kept,
    };
    let template = Template::parse("{{order-id}}/{{token}}", &names).expect("known");
    let mut session = Session::default();
    let mut out = Vec::new();
    template.render(&mut Draw::new(Seed(1), 0), &session, &mut out);
    assert_eq!(out, b"/");
    let keeps = crate::request::step::tests::keeps(&[("token", "header:a"), ("order-id", "header:b")]);
    let headers: [(&[u8], &[u8]); 2] = [(b"a", b"T"), (b"b", b"7")];
    session
        .take(&keeps, headers.into_iter(), b"")
        .expect("both are there");
    out.clear();
    template.render(&mut Draw::new(Seed(1), 0), &session, &mut out);
    assert_eq!(out, b"7/T");
}

#[test]
fn only_what_never_varies_is_fixed() {
    for text in ["", "/a", "{{{{", "{"] {
        assert_eq!(template(text).fixed(), Some(text.replace("{{{{", "{{").as_str()));
    }
    for text in ["{{id}}", "a{{uuid}}", "{{token}}", "{{rand 1 1}}"] {
        assert_eq!(template(text).fixed(), None, "{text}");
    }
}

#[test]
fn draws_depend_on_seed_and_id_only() {
    let template = template("{{uuid}} {{rand 0 1000000}} {{zipf 1000000 0.5}} {{uuid}}");
    let all: BTreeSet<String> = (0..500)
        .flat_map(|id| [1, 2].map(|seed| rendered(&template, seed, id)))
        .collect();
    assert_eq!(all.len(), 1_000);
    // backwards, with other things drawn in between
    for id in (0..500).rev() {
        let once = rendered(&template, 1, id);
        rendered(&template, 3, id + 1);
        assert_eq!(rendered(&template, 1, id), once);
        assert!(all.contains(&once));
        assert_ne!(once[..36], once[once.len() - 36..], "two UUIDs of one request");
    }
}

#[test]
fn errors_name_the_place_and_the_fix() {
    let check = |text: &str, wanted: &[&str]| {
        let errors = Template::parse(text, &Names::default()).expect_err(text);
        assert_eq!(errors, wanted, "{text}");
    };
    check(
        "/ä/{{uid}}/{{rnd 1 2}}",
        &[
            "at character 4: unknown name \"uid\": did you mean id?",
            "at character 12: unknown name \"rnd\": did you mean rand?",
        ],
    );
    check(
        "{{user}}",
        &["at character 1: unknown name \"user\": known are seq, id, uuid, rand, zipf, token"],
    );
    check(
        "{{token}}",
        &["at character 1: token: there is no file of tokens, and no earlier step keeps one"],
    );
    check(
        "{{rand 1}}",
        &["at character 1: rand takes two whole numbers, as in {{rand 1 100}}"],
    );
    check(
        "{{rand 9 1}}",
        &["at character 1: rand 9 1 is empty: write {{rand 1 9}}"],
    );
    check("{{rand a 1}}", &["at character 1: \"a\" is not a whole number"]);
    check("{{uuid 4}}", &["at character 1: \"uuid\" takes no argument"]);
    check(
        "{{zipf 10}}",
        &["at character 1: zipf takes ranks and exponent, as in {{zipf 1000 1.1}}"],
    );
    check(
        "{{zipf 0 1}}",
        &["at character 1: zipf has 1 to 1125899906842624 ranks, not 0"],
    );
    check(
        "{{zipf 10 nan}}",
        &["at character 1: the exponent of zipf is above 0 and at most 10, not NaN"],
    );
    check(
        "a{{ }}",
        &["at character 2: {{}} names nothing: write {{{{ for two braces"],
    );
    check(
        "a{{id",
        &["at character 2: \"{{id\" is not closed: write }} behind it, or {{{{ for two braces"],
    );
}

#[test]
fn parts_are_bounded() {
    let text = "{{id}} ".repeat(10_000);
    let errors = Template::parse(&text, &Names::default()).expect_err("too many");
    assert_eq!(errors, ["more than 10000 parts in one template"]);
}

proptest! {
    #[test]
    fn any_text_comes_back_once_its_braces_are_doubled(text in "[{}a ä\\n]{0,40}") {
        let escaped = text.replace("{{", "{{{{");
        let template = Template::parse(&escaped, &Names::default()).expect("escaped");
        prop_assert_eq!(template.fixed(), Some(text.as_str()));
        prop_assert_eq!(rendered(&template, 1, 1), text);
    }

    #[test]
    fn no_text_panics(text in "(\\{\\{|\\}\\}|rand|zipf|uuid|id|token| |-?[0-9]{1,20}|.){0,30}", id: u64) {
        let tokens = tokens();
        let names = Names { tokens: Some(&tokens), kept: &[] };
        if let Ok(template) = Template::parse(&text, &names) {
            rendered(&template, 1, id);
        }
    }
}
