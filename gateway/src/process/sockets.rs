//! Where a config wants to listen.

use crate::config::{ConfigError, ConfigErrors, Listen};
use std::io;
use std::net::SocketAddr;
use world::ListenAddr;
use world::real::Sockets;

/// Each address with its key, and as it is listened on.
pub(super) fn wanted(listen: &Listen) -> Vec<(&'static str, ListenAddr)> {
    let http = ("listen.http", ListenAddr::shared(listen.http));
    let admin = listen.admin.map(|addr| ("listen.admin", ListenAddr::alone(addr)));
    [http].into_iter().chain(admin).collect()
}

/// Listens wherever this says and nobody does yet. On an error some of it may be listened on all the same.
pub(super) fn listen(sockets: &Sockets, listen: &Listen, workers: usize) -> Result<(), ConfigErrors> {
    let errors: Vec<_> = wanted(listen)
        .into_iter()
        .filter_map(|(path, at)| {
            let error = sockets.listen(&at, workers).err()?;
            Some(ConfigError {
                path: path.to_owned(),
                message: cannot_listen(at.addr, &error),
                at: None,
            })
        })
        .collect();
    if errors.is_empty() {
        Ok(())
    } else {
        Err(errors.into())
    }
}

/// Listens there and nowhere else, or as before.
pub(super) fn move_to(
    sockets: &Sockets,
    from: &Listen,
    to: &Listen,
    workers: usize,
) -> Result<(), ConfigErrors> {
    let keep = |listen: &Listen| {
        let wanted: Vec<_> = wanted(listen).into_iter().map(|(_, at)| at).collect();
        sockets.keep(&wanted);
    };
    let moved = listen(sockets, to, workers);
    keep(if moved.is_ok() { to } else { from });
    moved
}

fn cannot_listen(addr: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!("failed to listen on {addr}: another process has this port"),
        io::ErrorKind::PermissionDenied => {
            format!("failed to listen on {addr}: not permitted; ports below 1024 need CAP_NET_BIND_SERVICE")
        }
        _ => format!("failed to listen on {addr}: {error}"),
    }
}
