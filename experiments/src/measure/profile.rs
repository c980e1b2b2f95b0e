//! A profile in pprof's protobuf, added up by who the time belongs to.
//!
//! A sample belongs to the kernel where its innermost frame is a call into it, and otherwise to the crate and module of the innermost
//! frame whose file is in a crate: names alone say little of functions that were inlined. What comes from the standard library and
//! from C belongs to whoever called it.
//!
//! Of `profile.proto` this reads samples (2), locations (4), functions (5) and strings (6); what it does not know it leaves.

use std::collections::BTreeMap;

/// Names of the functions by which a sample is known to be in the kernel.
const CALLS: [&str; 16] = [
    "accept4",
    "close",
    "connect",
    "epoll_ctl",
    "epoll_wait",
    "getsockopt",
    "read",
    "recv",
    "recvfrom",
    "send",
    "sendto",
    "setsockopt",
    "shutdown",
    "socket",
    "write",
    "writev",
];
/// What the C library does around a call.
const AROUND: [&str; 2] = ["asynccancel", "errno"];

/// Whose a sample is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The kernel, on behalf of this call.
    Kernel(String),
    /// `crate::module`.
    Code(String),
}

/// Samples by owner; `None` if this is no profile.
pub fn owners(profile: &[u8]) -> Option<BTreeMap<Owner, u64>> {
    let (mut samples, mut locations, mut functions, mut strings) =
        (Vec::new(), BTreeMap::new(), BTreeMap::new(), Vec::new());
    for (field, value) in fields(profile)? {
        match (field, value) {
            (2, Value::Bytes(bytes)) => samples.push(fields(bytes)?),
            (4, Value::Bytes(bytes)) => {
                let location = fields(bytes)?;
                let line = location
                    .iter()
                    .find_map(|(field, value)| (*field == 4).then(|| value.bytes())?)?;
                locations.insert(number(&location, 1)?, number(&fields(line)?, 1)?);
            }
            (5, Value::Bytes(bytes)) => {
                let function = fields(bytes)?;
                let at = |field| usize::try_from(number(&function, field).unwrap_or(0)).ok();
                functions.insert(number(&function, 1)?, (at(2)?, at(4)?));
            }
            (6, Value::Bytes(bytes)) => strings.push(String::from_utf8_lossy(bytes).into_owned()),
            _ => {}
        }
    }
    let mut owners = BTreeMap::new();
    for sample in samples {
        let packed = |wanted| {
            let found = sample.iter().find(|(field, _)| *field == wanted);
            found.and_then(|(_, value)| numbers(value.bytes()?))
        };
        let frames: Option<Vec<(&str, &str)>> = packed(1)?
            .iter()
            .map(|location| {
                let (name, file) = *functions.get(locations.get(location)?)?;
                Some((strings.get(name)?.as_str(), strings.get(file)?.as_str()))
            })
            .collect();
        *owners.entry(owner(&frames?)).or_default() += packed(2)?.first()?;
    }
    Some(owners)
}

/// Of a stack of names and files, the innermost frame first.
fn owner(frames: &[(&str, &str)]) -> Owner {
    let around = |name: &str| AROUND.iter().any(|around| name.contains(around));
    let innermost = frames.iter().find(|(name, _)| !around(name));
    if let Some(call) = innermost.and_then(|(name, _)| call(name)) {
        return Owner::Kernel(call.to_owned());
    }
    let code = frames.iter().find_map(|(_, file)| module(file));
    Owner::Code(code.unwrap_or_else(|| "unknown".to_owned()))
}

/// `__GI___writev` and `__libc_recv` are names of the C library for its own calls.
fn call(name: &str) -> Option<&'static str> {
    let mut plain = name.trim_matches('_');
    for before in ["GI", "libc"] {
        plain = plain.strip_prefix(before).unwrap_or(plain).trim_matches('_');
    }
    CALLS.into_iter().find(|call| *call == plain)
}

/// `…/tokio-1.50.0/src/runtime/park.rs` is `tokio::runtime`, `http1/src/io/flow.rs` is `http1::io`.
fn module(file: &str) -> Option<String> {
    let (before, after) = file.rsplit_once("/src/")?;
    if !after.ends_with(".rs") || before.contains("/library/") {
        return None;
    }
    let folder = before.rsplit('/').next()?;
    let name = match folder.rsplit_once('-') {
        Some((name, version)) if version.starts_with(|c: char| c.is_ascii_digit()) => name,
        _ => folder,
    };
    let module = after.split('/').next()?.trim_end_matches(".rs");
    Some(format!("{name}::{module}"))
}

/// What a field of a message holds.
#[derive(Debug, Clone, Copy)]
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn bytes(&self) -> Option<&'a [u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::Number(_) => None,
        }
    }
}

/// The fields of a message in their order; `None` where it is none, or has kinds that pprof does not use.
fn fields(mut rest: &[u8]) -> Option<Vec<(u64, Value<'_>)>> {
    let mut fields = Vec::new();
    while !rest.is_empty() {
        let key = varint(&mut rest)?;
        let value = match key & 7 {
            0 => Value::Number(varint(&mut rest)?),
            2 => {
                let length = usize::try_from(varint(&mut rest)?).ok()?;
                let (bytes, after) = rest.split_at_checked(length)?;
                rest = after;
                Value::Bytes(bytes)
            }
            _ => return None,
        };
        fields.push((key >> 3, value));
    }
    Some(fields)
}

fn number(fields: &[(u64, Value<'_>)], wanted: u64) -> Option<u64> {
    fields.iter().find_map(|(field, value)| match value {
        Value::Number(number) if *field == wanted => Some(*number),
        _ => None,
    })
}

fn numbers(mut packed: &[u8]) -> Option<Vec<u64>> {
    let mut numbers = Vec::new();
    while !packed.is_empty() {
        numbers.push(varint(&mut packed)?);
    }
    Some(numbers)
}

fn varint(rest: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A field of bytes, all shorter than 128.
    fn bytes(field: u8, content: &[u8]) -> Vec<u8> {
        [&[field << 3 | 2, content.len() as u8], content].concat()
    }

    /// Stacks of (name, file), innermost first, with their counts.
    fn profile(stacks: &[(&[(&str, &str)], u8)]) -> Vec<u8> {
        let (mut profile, mut strings, mut id) = (Vec::new(), bytes(6, b""), 0_u8);
        for (frames, count) in stacks {
            let mut locations = Vec::new();
            for (name, file) in *frames {
                id += 1;
                strings.extend([bytes(6, name.as_bytes()), bytes(6, file.as_bytes())].concat());
                let (name, file) = (2 * id - 1, 2 * id);
                let line = bytes(4, &[8, id, 16, 7]);
                profile.extend(bytes(4, &[&[8, id][..], &line].concat()));
                profile.extend(bytes(5, &[8, id, 16, name, 24, name, 32, file]));
                locations.push(id);
            }
            // the count needs two bytes, and the CPU time that stands beside it is not read
            let values = [count | 0x80, 1, 99];
            profile.extend(bytes(2, &[bytes(1, &locations), bytes(2, &values)].concat()));
        }
        profile.extend(strings);
        profile.extend([9 << 3, 5]);
        profile
    }

    #[test]
    fn a_sample_belongs_to_the_innermost_that_says_anything() {
        let serve = ("{async_fn#0}<T>", "http1/src/io/server.rs");
        let profile = profile(&[
            (&[("__GI___writev", "writev.c"), serve], 1),
            (
                &[
                    ("__pthread_disable_asynccancel", "cancellation.c"),
                    ("__send", "send.c"),
                    serve,
                ],
                2,
            ),
            (
                &[
                    ("next", "/rustc/1/library/core/src/iter.rs"),
                    ("park", "/r/tokio-1.50.0/src/runtime/park.rs"),
                    serve,
                ],
                3,
            ),
            (
                &[("__memmove_avx", "memmove.S"), ("first", "gateway/src/ids.rs")],
                4,
            ),
            (&[("clone3", "clone3.S")], 5),
        ]);
        let owners = owners(&profile).expect("a profile");
        let kernel = |name: &str| owners.get(&Owner::Kernel(name.to_owned())).copied();
        let code = |name: &str| owners.get(&Owner::Code(name.to_owned())).copied();
        assert_eq!(["writev", "send"].map(kernel), [Some(129), Some(130)]);
        assert_eq!(
            ["tokio::runtime", "gateway::ids", "unknown"].map(code),
            [Some(131), Some(132), Some(133)]
        );
    }

    #[test]
    fn what_is_no_profile_is_none() {
        assert_eq!(owners(b"{\"error\":\"profile_failed\"}"), None);
        let whole = profile(&[(&[("a", "b/src/c.rs")], 1)]);
        assert_eq!(owners(&whole[..whole.len() - 3]), None);
        assert_eq!(owners(b"").map(|owners| owners.len()), Some(0));
    }
}
