//! Replicas out of arguments, with every mistake told at once.

use super::args::Args;
use std::net::SocketAddr;
use upstream_stub::behaviour::Patch;
use upstream_stub::{Behaviour, Script};

/// What each replica is to be, by index.
#[derive(Debug)]
pub(super) struct Fleet {
    pub members: Vec<Member>,
}

#[derive(Debug, Clone)]
pub(super) struct Member {
    pub addr: SocketAddr,
    pub behaviour: Behaviour,
    pub script: Script,
}

impl Fleet {
    pub(super) fn new(args: &Args) -> Result<Self, Vec<String>> {
        let mut errors = Vec::new();
        let behaviour = read(&mut errors, "--behaviour", &args.behaviour);
        let script = read(&mut errors, "--script", &args.script);
        let member = Member {
            addr: args.listen,
            behaviour,
            script,
        };
        let mut members = vec![member; args.replicas as usize];
        if let Err(e) = number_ports(&mut members, args.listen) {
            errors.push(e);
        }
        for text in &args.replica_behaviour {
            let patch = one(&mut errors, "--replica-behaviour", text, &mut members);
            if let Some((member, words)) = patch {
                let patch: Patch = read(&mut errors, &format!("--replica-behaviour {text:?}"), words);
                member.behaviour = patch.over(&member.behaviour);
            }
        }
        for text in &args.replica_script {
            if let Some((member, phases)) = one(&mut errors, "--replica-script", text, &mut members) {
                member.script = read(&mut errors, &format!("--replica-script {text:?}"), phases);
            }
        }
        if errors.is_empty() {
            Ok(Self { members })
        } else {
            Err(errors)
        }
    }
}

/// Reads `text`; in its place after a mistake stands what is harmless, so that reading can go on.
fn read<T: std::str::FromStr<Err = String> + Default>(
    errors: &mut Vec<String>,
    place: &str,
    text: &str,
) -> T {
    text.parse().unwrap_or_else(|found: String| {
        errors.extend(found.lines().map(|line| format!("{place}: {line}")));
        T::default()
    })
}

/// Splits `INDEX:rest` and finds the member.
fn one<'a, 'm>(
    errors: &mut Vec<String>,
    place: &str,
    text: &'a str,
    members: &'m mut [Member],
) -> Option<(&'m mut Member, &'a str)> {
    let count = members.len();
    let found = text
        .split_once(':')
        .ok_or_else(|| format!("{place} {text:?}: no replica is named; write it like \"1:latency=200ms\""))
        .and_then(|(index, rest)| {
            let member = index.trim().parse().ok().and_then(|i: usize| members.get_mut(i));
            let member = member.ok_or_else(|| {
                format!(
                    "{place} {text:?}: there is no replica {index:?}; they are 0 to {}",
                    count - 1
                )
            })?;
            Ok((member, rest))
        });
    found.map_err(|e| errors.push(e)).ok()
}

fn number_ports(members: &mut [Member], first: SocketAddr) -> Result<(), String> {
    if first.port() == 0 {
        return Ok(());
    }
    let count = members.len();
    for (i, member) in members.iter_mut().enumerate() {
        let port = u16::try_from(i).ok().and_then(|i| first.port().checked_add(i));
        let port = port.ok_or_else(|| {
            format!(
                "--listen {first}: {count} replicas need ports up to {}",
                usize::from(first.port()) + count - 1
            )
        })?;
        member.addr.set_port(port);
    }
    Ok(())
}
