//! A profile in pprof's protobuf, added up by who the time belongs to.
//!
//! A sample belongs to the kernel where its innermost frame is a call into it, and otherwise to the crate and module of the innermost
//! frame whose file is in a crate: names alone say little of functions that were inlined. What comes from the standard library and
//! from C belongs to whoever called it.
//!
//! Of `profile.proto` this reads samples (2), locations (4), functions (5) and strings (6); what it does not know it leaves.

use std::collections::BTreeMap;

/// Names of the functions by which a sample is known to be in the kernel; `syscall` is whatever has no function of its own.
const CALLS: [&str; 17] = [
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
    "syscall",
    "write",
    "writev",
];
/// The call that waits for a lock, which is made by `syscall`.
const FUTEX: &str = "futex";
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

/// A stack, the innermost frame first: the function's name and its file.
type Stack<'a> = Vec<(&'a str, &'a str)>;

/// Samples by owner; `None` if this is no profile.
pub fn owners(profile: &[u8]) -> Option<BTreeMap<Owner, u64>> {
    let mut owners = BTreeMap::new();
    each_stack(profile, |stack, samples| {
        *owners.entry(owner(&stack)).or_default() += samples;
    })?;
    Some(owners)
}

/// Samples by stack, the outermost frame first, of frames that are in a crate's file or a call into the kernel: `http1::io serve`, and
/// `kernel send` innermost. Closures are part of what they are in, and of crates that are not ours a module is one frame. `None` if
/// this is no profile.
pub fn stacks(profile: &[u8]) -> Option<BTreeMap<Vec<String>, u64>> {
    let mut stacks = BTreeMap::new();
    each_stack(profile, |stack, samples| {
        *stacks.entry(frames(&stack)).or_default() += samples;
    })?;
    Some(stacks)
}

fn frames(stack: &Stack<'_>) -> Vec<String> {
    let mut frames: Vec<String> = Vec::new();
    for (name, file) in stack.iter().rev() {
        let Some(module) = module(file) else { continue };
        let name = plain(name);
        let is_nameless = name.is_empty() || name.starts_with('{') || is_foreign(file);
        let frame = match is_nameless {
            true => module.clone(),
            false => format!("{module} {name}"),
        };
        let within = |last: &String| *last == frame || is_nameless && last.starts_with(&frame);
        if !frames.last().is_some_and(within) {
            frames.push(frame);
        }
    }
    if let Owner::Kernel(call) = owner(stack) {
        frames.push(format!("kernel {call}"));
    }
    frames
}

/// Of `<a::B<T> as c::D>::run<U>` it is `run`.
fn plain(name: &str) -> String {
    let (mut depth, mut kept, mut before) = (0_u32, String::new(), ' ');
    for c in name.chars() {
        match c {
            '<' => depth += 1,
            // the arrow of a function's type closes nothing
            '>' if before != '-' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
        before = c;
    }
    kept.rsplit("::")
        .next()
        .unwrap_or_default()
        .replace([';', ' '], "_")
}

/// Tells of each stack and its samples; `None` if this is no profile.
fn each_stack(profile: &[u8], mut tell: impl FnMut(Stack<'_>, u64)) -> Option<()> {
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
            (6, Value::Bytes(bytes)) => strings.push(String::from_utf8_lossy(bytes)),
            _ => {}
        }
    }
    for sample in samples {
        let packed = |wanted| {
            let found = sample.iter().find(|(field, _)| *field == wanted);
            found.and_then(|(_, value)| numbers(value.bytes()?))
        };
        let frames: Option<Vec<(&str, &str)>> = packed(1)?
            .iter()
            .map(|location| {
                let (name, file) = *functions.get(locations.get(location)?)?;
                Some((strings.get(name)?.as_ref(), strings.get(file)?.as_ref()))
            })
            .collect();
        tell(frames?, *packed(2)?.first()?);
    }
    Some(())
}

/// Of a stack of names and files, the innermost frame first.
fn owner(frames: &[(&str, &str)]) -> Owner {
    let around = |name: &str| AROUND.iter().any(|around| name.contains(around));
    let innermost = frames.iter().find(|(name, _)| !around(name));
    if let Some(call) = innermost.and_then(|(name, _)| call(name)) {
        let waits = call == "syscall" && frames.iter().any(|(name, _)| name.contains(FUTEX));
        return Owner::Kernel(if waits { FUTEX } else { call }.to_owned());
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
    let name = versioned(folder).unwrap_or(folder);
    let module = after.split('/').next()?.trim_end_matches(".rs");
    Some(format!("{name}::{module}"))
}

/// The name of a crate from a registry, whose folder says the version too.
fn versioned(folder: &str) -> Option<&str> {
    let (name, version) = folder.rsplit_once('-')?;
    version.starts_with(|c: char| c.is_ascii_digit()).then_some(name)
}

fn is_foreign(file: &str) -> bool {
    let folder = file
        .rsplit_once("/src/")
        .and_then(|(before, _)| before.rsplit('/').next());
    folder.and_then(versioned).is_some()
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
    fn a_stack_is_told_from_outside_in_without_closures_and_the_library() {
        let profile = profile(&[
            (
                &[
                    ("syscall", "syscall.S"),
                    ("futex_wait", "/rustc/1/library/std/src/sys/futex.rs"),
                    ("lock<T>", "/rustc/1/library/std/src/mutex.rs"),
                    ("{closure#0}<fn(u8) -> u8>", "gateway/src/pool/lease.rs"),
                    ("<Pool<T> as Lease>::take<T>", "gateway/src/pool/lease.rs"),
                    ("{async_fn#0}", "http1/src/io/server.rs"),
                    ("park", "/r/tokio-1.50.0/src/runtime/park.rs"),
                    ("run", "/r/tokio-1.50.0/src/runtime/mod.rs"),
                ],
                7,
            ),
            (&[("clone3", "clone3.S")], 5),
        ]);
        let stacks = stacks(&profile).expect("a profile");
        let told: Vec<_> = stacks
            .iter()
            .map(|(frames, samples)| (frames.join(";"), *samples))
            .collect();
        let whole = "tokio::runtime;http1::io;gateway::pool take;kernel futex".to_owned();
        assert_eq!(told, [(String::new(), 133), (whole, 135)]);
    }

    #[test]
    fn what_is_no_profile_is_none() {
        assert_eq!(owners(b"{\"error\":\"profile_failed\"}"), None);
        let whole = profile(&[(&[("a", "b/src/c.rs")], 1)]);
        assert_eq!(owners(&whole[..whole.len() - 3]), None);
        assert_eq!(owners(b"").map(|owners| owners.len()), Some(0));
    }
}
