//! `tracestate` (§3.3): what other tracers have to say of the trace. It is theirs, so it is passed on in its order and not added to.
//!
//! All or nothing: where one member is wrong nobody can say what the others are worth, and the list is dropped (§3.3.1.1).

/// Of all fields together.
const MEMBERS_MAX: usize = 32;
const VALUE_BYTES_MAX: usize = 256;
const KEY_BYTES_MAX: usize = 256;
/// Of a key with an `@`, what is before it and what is behind.
const TENANT_BYTES_MAX: usize = 241;
const SYSTEM_BYTES_MAX: usize = 14;

/// Appends the list that these fields make together, without blanks around its members and without empty ones; nothing, if any
/// member is no member.
pub(crate) fn combine<'a>(fields: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) {
    let start = out.len();
    if append(fields, out).is_none() {
        out.truncate(start);
    }
}

fn append<'a>(fields: impl Iterator<Item = &'a [u8]>, out: &mut Vec<u8>) -> Option<()> {
    let mut keys: [&[u8]; MEMBERS_MAX] = [&[]; MEMBERS_MAX];
    let members = fields.flat_map(|field| field.split(|byte| *byte == b','));
    let members = members.map(trim).filter(|member| !member.is_empty());
    for (count, member) in members.enumerate() {
        let mark = member.iter().position(|byte| *byte == b'=')?;
        let (key, value) = (&member[..mark], &member[mark + 1..]);
        let before = keys.get(..count)?;
        if !is_key(key) || !is_value(value) || before.contains(&key) {
            return None;
        }
        *keys.get_mut(count)? = key;
        if count > 0 {
            out.push(b',');
        }
        out.extend_from_slice(member);
    }
    Some(())
}

/// Blanks and tabs only: nothing else is optional white space (RFC 9110 §5.6.3).
fn trim(mut text: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = text {
        text = rest;
    }
    text
}

fn is_key(key: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_lowercase();
    let rest = |byte: &u8| letter(byte) || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/');
    match key.iter().position(|byte| *byte == b'@') {
        None => key.len() <= KEY_BYTES_MAX && key.first().is_some_and(letter) && key.iter().all(rest),
        Some(mark) => {
            let (tenant, system) = (&key[..mark], &key[mark + 1..]);
            let begins = |byte: &u8| letter(byte) || byte.is_ascii_digit();
            tenant.len() <= TENANT_BYTES_MAX
                && system.len() <= SYSTEM_BYTES_MAX
                && tenant.first().is_some_and(begins)
                && system.first().is_some_and(letter)
                && tenant.iter().chain(system).all(rest)
        }
    }
}

/// It does not end with a blank, because those were trimmed.
fn is_value(value: &[u8]) -> bool {
    let legal = |byte: &u8| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'=');
    (1..=VALUE_BYTES_MAX).contains(&value.len()) && value.iter().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn combined(fields: &[&[u8]]) -> Vec<u8> {
        let mut out = b"before".to_vec();
        combine(fields.iter().copied(), &mut out);
        assert!(out.starts_with(b"before"));
        out.split_off(6)
    }

    fn members(count: usize) -> String {
        let members: Vec<_> = (0..count).map(|n| format!("k{n}={n}")).collect();
        members.join(",")
    }

    #[test]
    fn lists_are_taken_whole_or_not_at_all() {
        let most = members(32);
        let (long, longer) = (format!("a={}", "v".repeat(256)), format!("a={}", "v".repeat(257)));
        for (text, expected) in [
            ("", ""),
            (" \t ", ""),
            (",,", ""),
            ("a=1", "a=1"),
            (" a=1 \t,, b=2", "a=1,b=2"),
            ("a= b c", "a= b c"),
            ("a*_-/0=!~", "a*_-/0=!~"),
            ("0t@s=1", "0t@s=1"),
            (&most, &most),
            (&long, &long),
            (&longer, ""),
            (&members(33), ""),
            ("a=1,a=1", ""),
            ("a=1,b", ""),
            ("a=1,=2", ""),
            ("a=", ""),
            ("a=1=2", ""),
            ("0a=1", ""),
            ("a@=1", ""),
            ("@a=1", ""),
            ("a@0=1", ""),
            ("a@b@c=1", ""),
            ("a=\u{1}", ""),
            ("a=\u{e9}", ""),
        ] {
            assert_eq!(combined(&[text.as_bytes()]), expected.as_bytes(), "{text}");
        }
        assert_eq!(combined(&[b"a=1", b"", b"b=2,c=3"]), b"a=1,b=2,c=3");
        assert_eq!(combined(&[b"a=1", b"a=2"]), b"");
    }

    proptest! {
        /// What is passed on is valid, and passing it on again changes nothing.
        #[test]
        fn what_is_passed_on_is_a_fixed_point(fields in prop::collection::vec("[a-c@=, \\t1]{0,12}", 0..4)) {
            let texts: Vec<&[u8]> = fields.iter().map(|field| field.as_bytes()).collect();
            let once = combined(&texts);
            prop_assert_eq!(combined(&[&once]), once);
        }
    }
}
