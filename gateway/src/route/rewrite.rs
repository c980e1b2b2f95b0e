//! Another path in place of the request's, for upstreams and for redirects.
//!
//! The result is in normal form whatever was asked for: what is written in the config is checked when it is read, and what
//! is taken over from the request is whole segments of a path in normal form. The query is not touched.

use super::rule::{PathRule, check, check_prefix};
use super::template::{BadPath, Segment, segments};

/// Checked against the rule whose paths it changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rewrite {
    /// This path; variables stand for what the rule's template took.
    Path { text: Box<str>, pieces: Box<[Piece]> },
    /// What the rule's prefix matched is replaced, what is below it stays.
    Prefix {
        with: Box<str>,
        /// Bytes of the rule's prefix without a slash at its end.
        matched: usize,
    },
}

/// A part of the path that is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    Text(Box<str>),
    /// A slash and the request's segment of this number.
    Segment(usize),
    /// A slash and the request's segments from this number on.
    Rest(usize),
}

impl Rewrite {
    pub fn path(text: &str, rule: &PathRule) -> Result<Rewrite, BadPath> {
        let PathRule::Template(template) = rule else {
            return check(text).map(|()| Rewrite::Path {
                text: text.into(),
                pieces: [Piece::Text(text.into())].into(),
            });
        };
        let mut pieces = Vec::new();
        for segment in segments(text)? {
            pieces.push(match &segment {
                Segment::Literal(literal) => Piece::Text(format!("/{literal}").into()),
                Segment::Variable(name) | Segment::Rest(name) => {
                    let place = template.place(name);
                    match (place.map(|place| (place, &template.segments[place])), &segment) {
                        (Some((place, Segment::Variable(_))), Segment::Variable(_)) => Piece::Segment(place),
                        (Some((place, Segment::Rest(_))), Segment::Rest(_)) => Piece::Rest(place),
                        _ => return Err(unknown(text, rule)),
                    }
                }
            });
        }
        Ok(Rewrite::Path {
            text: text.into(),
            pieces: pieces.into(),
        })
    }

    pub fn prefix(with: &str, rule: &PathRule) -> Result<Rewrite, BadPath> {
        let PathRule::Prefix(prefix) = rule else {
            return Err(BadPath(format!(
                "`{with}` cannot take the place of a prefix, because the rule has none: write it as path"
            )));
        };
        check_prefix(with)?;
        Ok(Rewrite::Prefix {
            with: with.into(),
            matched: prefix.trim_end_matches('/').len(),
        })
    }

    /// The new path of a request that the rule took.
    pub fn apply(&self, path: &str) -> String {
        let mut new = String::with_capacity(path.len());
        match self {
            Rewrite::Path { pieces, .. } => {
                for piece in pieces {
                    match *piece {
                        Piece::Text(ref text) => new.push_str(text),
                        Piece::Segment(place) => {
                            new.push('/');
                            new.push_str(path.split('/').nth(place + 1).unwrap_or(""));
                        }
                        Piece::Rest(place) => {
                            new.push('/');
                            new.push_str(path.splitn(place + 2, '/').nth(place + 1).unwrap_or(""));
                        }
                    }
                }
            }
            Rewrite::Prefix { with, matched } => {
                new.push_str(with.trim_end_matches('/'));
                new.push_str(path.get(*matched..).unwrap_or(""));
                if new.is_empty() {
                    new.push('/');
                }
            }
        }
        new
    }
}

fn unknown(text: &str, rule: &PathRule) -> BadPath {
    BadPath(format!(
        "`{text}` has a variable that the rule's `{}` has not, or not in that way",
        rule.text()
    ))
}

#[cfg(test)]
mod tests {
    use super::super::path_is_plain;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn prefixes_are_replaced_by_whole_segments() {
        for (prefix, with, path, expected) in [
            ("/a", "/x/y", "/a/b", "/x/y/b"),
            ("/a", "/x", "/a", "/x"),
            ("/a", "/x", "/a/", "/x/"),
            ("/a", "/", "/a/b", "/b"),
            ("/a", "/", "/a", "/"),
            ("/a", "/", "/a/", "/"),
            ("/", "/x", "/", "/x/"),
            ("/", "/x", "/b/c", "/x/b/c"),
            ("/", "/", "/b", "/b"),
        ] {
            let rule = PathRule::prefix(prefix).unwrap();
            let rewrite = Rewrite::prefix(with, &rule).unwrap();
            assert_eq!(rewrite.apply(path), expected, "{path}: {prefix} by {with}");
        }
    }

    #[test]
    fn variables_stand_for_what_was_taken() {
        for (template, with, path, expected) in [
            (
                "/users/{id}/orders",
                "/orders/{id}",
                "/users/7/orders",
                "/orders/7",
            ),
            ("/{a}/{b}", "/{b}/{a}/{b}", "/1/2", "/2/1/2"),
            ("/f/{rest*}", "/g/{rest*}", "/f/a/b/", "/g/a/b/"),
            ("/f/{rest*}", "/g/{rest*}", "/f/", "/g/"),
            ("/f/{rest*}", "/{rest*}", "/f/", "/"),
            ("/f/{a}/{rest*}", "/{rest*}", "/f/x/y/z", "/y/z"),
            ("/{a}", "/fixed", "/x", "/fixed"),
            ("/{a}/", "/{a}", "/x/", "/x"),
        ] {
            let rule = PathRule::template(template).unwrap();
            let rewrite = Rewrite::path(with, &rule).unwrap();
            assert_eq!(rewrite.apply(path), expected, "{path}: {template} to {with}");
        }
    }

    #[test]
    fn what_is_no_path_or_unknown_is_refused() {
        let template = PathRule::template("/{a}/{rest*}").unwrap();
        for text in [
            "/{b}",
            "/{a*}",
            "/{rest}",
            "/x{a}",
            "x",
            "",
            "/a?b",
            "/a\r\nX: 1",
            "/../{a}",
            "/{rest*}/x",
        ] {
            assert!(Rewrite::path(text, &template).is_err(), "{text}");
        }
        let exact = PathRule::exact("/a").unwrap();
        for text in ["/{a}", "x", "", "/a?b", "/a\r\nX: 1", "/..", "//a", "/%61"] {
            assert!(Rewrite::path(text, &exact).is_err(), "{text}");
        }
        assert!(Rewrite::prefix("/x", &exact).is_err());
        assert!(Rewrite::prefix("/x", &template).is_err());
        assert!(Rewrite::prefix("/x/", &PathRule::any()).is_err());
    }

    proptest! {
        /// Whatever is asked for, what comes out is in normal form.
        #[test]
        fn results_are_in_normal_form(segments in prop::collection::vec("[a-z%2567.~!]{1,6}", 1..5), slash in any::<bool>()) {
            let path = format!("/{}{}", segments.join("/"), if slash { "/" } else { "" });
            let Ok(path) = super::super::normal_path(&path) else { return Ok(()) };
            let template = PathRule::template("/{a}/{rest*}").unwrap();
            for with in ["/{a}", "/{rest*}", "/x/{rest*}", "/{a}/{a}"] {
                if path[1..].contains('/') {
                    let new = Rewrite::path(with, &template).unwrap().apply(&path);
                    prop_assert!(path_is_plain(&new), "{} of {}", new, path);
                }
            }
            for with in ["/", "/x", "/x/y"] {
                let new = Rewrite::prefix(with, &PathRule::any()).unwrap().apply(&path);
                prop_assert!(path_is_plain(&new), "{} of {}", new, path);
            }
        }
    }
}
