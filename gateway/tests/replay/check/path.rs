//! A path in normal form has one reading, however often whoever stands behind the gateway decodes it.
//!
//! The judge decodes by itself, again and again until nothing changes, and looks at what becomes of the segments.

use gateway::route::{Conditions, Head, PathRule, Rewrite, Rule, Table, normal_path, path_is_plain};

/// Decoders in a row; after so many nothing is left that could change.
const DECODERS_MAX: usize = 8;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(normal) = normal_path(text) else {
        let tame =
            |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let harmless = text
            .strip_prefix('/')
            .is_some_and(|inner| inner.split('/').all(tame));
        assert!(!harmless, "{text} was refused");
        return;
    };
    assert!(path_is_plain(&normal), "{text} became {normal}");
    assert_eq!(
        decoded(text.as_bytes()),
        decoded(normal.as_bytes()),
        "{text} became {normal}"
    );
    let mut read = normal.as_bytes().to_vec();
    for _ in 0..DECODERS_MAX {
        judge(&read, &normal);
        read = decoded(&read);
    }
    assert_eq!(read, decoded(&read), "{normal} never comes to rest");
    routes(&normal, &read);
}

/// No reading has other segments than the path itself.
fn judge(read: &[u8], normal: &str) {
    let segments: Vec<&[u8]> = read.split(|byte| *byte == b'/').collect();
    assert_eq!(
        segments.len(),
        normal.split('/').count(),
        "{normal} has hidden slashes"
    );
    let (last, inner) = segments.split_last().expect("one at least");
    let (first, inner) = inner.split_first().expect("it begins with a slash");
    assert!(first.is_empty(), "{normal} does not begin with a slash");
    assert!(
        inner.iter().all(|segment| !segment.is_empty()),
        "{normal} has empty segments"
    );
    // some strip what stands behind these, or take it for something else than the path
    let stripped = |segment: &[u8]| segment.iter().position(|byte| b" #;?".contains(byte));
    let dots = |segment: &&[u8]| {
        let end = stripped(segment).unwrap_or(segment.len());
        matches!(&segment[..end], b"." | b"..")
    };
    assert!(!inner.iter().chain([last]).any(dots), "{normal} has dot segments");
    assert!(
        !read.iter().any(|byte| byte.is_ascii_control() || *byte == b'\\'),
        "{normal} hides a control character or a backslash"
    );
}

/// The gateway goes by what everybody reads, and stays in normal form when it changes a path.
fn routes(normal: &str, read: &[u8]) {
    let rule = |path| Rule {
        host: None,
        path,
        conditions: Conditions::default(),
    };
    let template = PathRule::template("/admin/{rest*}").expect("a template");
    let rules = [
        rule(PathRule::any()),
        rule(PathRule::prefix("/admin").expect("a path")),
        rule(template.clone()),
    ];
    let found = Table::try_new(&rules)
        .expect("they differ")
        .find(&Head::get("a", normal));
    let found = found.expect("`/` takes all").index();
    let mut segments = read.split(|byte| *byte == b'/').skip(1);
    let below = segments.next() == Some(b"admin");
    let expected = usize::from(below) * (1 + usize::from(segments.next().is_some()));
    assert_eq!(found, expected, "{normal}");
    let rewrites = match found {
        0 => vec![Rewrite::prefix("/x", &rules[0].path)],
        1 => vec![Rewrite::prefix("/", &rules[1].path)],
        _ => vec![
            Rewrite::prefix("/", &rules[1].path),
            Rewrite::path("/{rest*}", &template),
        ],
    };
    for rewrite in rewrites {
        let new = rewrite.expect("a path").apply(normal);
        assert!(path_is_plain(&new), "{normal} became {new}");
    }
}

fn decoded(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let digits = bytes
            .get(at + 1..at + 3)
            .and_then(|digits| std::str::from_utf8(digits).ok());
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) if bytes[at] == b'%' => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}
