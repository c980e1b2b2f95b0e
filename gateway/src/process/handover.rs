//! The sockets that a process listens on go to its successor, so that nobody is turned away between the two.
//!
//! ```text
//! successor   connects to the Unix socket
//! this        says where it listens, and passes every socket of it (SCM_RIGHTS); goes on accepting
//! successor   accepts from the same sockets, and says that it is ready
//! this        accepts no more, and stops as ever; the queues are the successor's
//! ```
//!
//! Sockets are duplicates of one another: what one process closes stays open in the other, and nobody calls `shutdown` on one.
//! If the successor dies before it is ready, nothing has happened; if the predecessor does, the successor goes on with what it has
//! got, and listens itself on the rest. The file belongs to whoever bound it last, and to his user
//! alone: who can open it can take over the port.

use super::sockets::wanted;
use crate::config::Listen;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage,
    SendFlags, recvmsg, sendmsg,
};
use serde::{Deserialize, Serialize};
use socket2::SockRef;
use std::fs::{Permissions, metadata, remove_file, rename, set_permissions};
use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, Interest};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;
use world::ListenAddr;
use world::real::{Listening, Sockets};

/// Of what is said; a version that knows another one asks for a stop and a start instead.
const FORMAT: u32 = 1;

/// The predecessor answers at once, unless it is not one.
const ANSWER_MOST: Duration = Duration::from_secs(10);

/// A process that is killed has closed what it held in far less.
const DYING_MOST: Duration = Duration::from_millis(500);

/// A successor reads its config, looks names up and starts its workers in less.
const READY_MOST: Duration = Duration::from_secs(60);

/// Who waits at the door is seen within this time.
const LOOK: Duration = Duration::from_millis(5);

/// Bytes of what is said before the sockets: two addresses are some 200.
const SAID_MAX: usize = 4_096;

/// Sockets that are taken over: as many as there can be workers, and the admin listener's.
const SOCKETS_MAX: usize = 2 * 1_024;

const READY: u8 = b'r';

/// One for each socket, so that the sockets are told apart from what was said.
const SOCKET: u8 = b's';

#[derive(Serialize, Deserialize)]
struct Said {
    format: u32,
    listening: Vec<SaidListening>,
}

#[derive(Serialize, Deserialize)]
struct SaidListening {
    wanted: SocketAddr,
    shared: bool,
    sockets: usize,
}

/// Where a successor may come.
pub(super) struct Offer {
    listener: UnixListener,
    at: PathBuf,
    inode: u64,
    is_left: bool,
}

impl Offer {
    /// Takes the place of whoever was there. Must be called inside a runtime.
    pub(super) fn new(at: &Path) -> io::Result<Self> {
        // under another name until it is only ours
        let mut name = at.as_os_str().to_owned();
        name.push(format!(".{}", std::process::id()));
        let made = PathBuf::from(name);
        // whoever was called so before is no more
        let _ = remove_file(&made);
        let listener = UnixListener::bind(&made)?;
        set_permissions(&made, Permissions::from_mode(0o600))?;
        let inode = metadata(&made)?.ino();
        rename(&made, at)?;
        Ok(Self {
            listener,
            at: at.to_owned(),
            inode,
            is_left: false,
        })
    }

    /// Leaves the file to a successor, who puts his own in its place just now: whoever looked whose it is and then removed it could
    /// remove his.
    pub(super) fn leave(mut self) {
        self.is_left = true;
    }

    pub(super) async fn accept(&self) -> io::Result<Successor> {
        let (stream, _) = self.listener.accept().await?;
        Ok(Successor(stream))
    }

    /// One who has come already.
    pub(super) async fn accept_waiting(&self) -> Option<Successor> {
        timeout(LOOK, self.accept()).await.ok()?.ok()
    }
}

impl Drop for Offer {
    /// Unless it is another's.
    fn drop(&mut self) {
        if !self.is_left && metadata(&self.at).is_ok_and(|found| found.ino() == self.inode) {
            // a file that nobody listens on is in nobody's way
            let _ = remove_file(&self.at);
        }
    }
}

/// Who is about to take over.
pub(super) struct Successor(UnixStream);

impl Successor {
    /// Passes the sockets, and waits until he accepts from them.
    pub(super) async fn hand_over(mut self, sockets: &Sockets) -> io::Result<()> {
        let given = sockets.duplicates()?;
        let listening = given.iter().map(|listening| SaidListening {
            wanted: listening.wanted.addr,
            shared: listening.wanted.shared,
            sockets: listening.sockets.len(),
        });
        let said = Said {
            format: FORMAT,
            listening: listening.collect(),
        };
        let handed = async {
            self.0
                .write_all(format!("{}\n", serde_json::to_string(&said)?).as_bytes())
                .await?;
            for socket in given.iter().flat_map(|listening| &listening.sockets) {
                self.0
                    .async_io(Interest::WRITABLE, || send(&self.0, socket))
                    .await?;
            }
            match self.0.read_u8().await? {
                READY => Ok(()),
                _ => Err(io::Error::other("the successor speaks another language")),
            }
        };
        let late = |_| io::Error::other("the successor is not ready in time");
        timeout(READY_MOST, handed).await.map_err(late)?
    }
}

fn send(stream: &UnixStream, socket: &TcpListener) -> io::Result<()> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    let sockets = [socket.as_fd()];
    control.push(SendAncillaryMessage::ScmRights(&sockets));
    sendmsg(
        stream,
        &[IoSlice::new(&[SOCKET])],
        &mut control,
        SendFlags::NOSIGNAL,
    )?;
    Ok(())
}

fn is_socket(at: &Path) -> bool {
    metadata(at).is_ok_and(|found| found.file_type().is_socket())
}

/// Whose sockets are to be ours.
pub(super) struct Predecessor {
    stream: net::UnixStream,
    at: PathBuf,
}

impl Predecessor {
    /// `None` where there is nobody.
    pub(super) fn find(at: &Path) -> Result<Option<Self>, String> {
        match net::UnixStream::connect(at) {
            Ok(stream) => Ok(Some(Self {
                stream,
                at: at.to_owned(),
            })),
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound => Ok(None),
                // nobody listens there any more; another file than a socket is not ours to replace
                io::ErrorKind::ConnectionRefused if is_socket(at) => Ok(None),
                io::ErrorKind::ConnectionRefused => {
                    Err(format!("{} is no socket: choose another path", at.display()))
                }
                _ => Err(format!("failed to take over from {}: {error}", at.display())),
            },
        }
    }

    /// Takes its sockets, and keeps those that are wanted. `None` if it has died over that.
    pub(super) fn inherit(mut self, sockets: &Sockets, listen: &Listen) -> Result<Option<Self>, String> {
        let given = match self.take() {
            Ok(given) => given,
            Err(error) if self.is_there() => return Err(format!("failed to take over: {error}")),
            Err(_) => return Ok(None),
        };
        let wanted: Vec<_> = wanted(listen).into_iter().map(|(_, at)| at).collect();
        for mut listening in given {
            // by what both were told, or else by where it is: it may have picked its port
            let is_it = |at: &&ListenAddr| {
                at.shared == listening.wanted.shared
                    && [listening.wanted.addr, listening.addr].contains(&at.addr)
            };
            if let Some(at) = wanted.iter().find(is_it) {
                listening.wanted = at.clone();
                sockets.inherit(listening);
            }
        }
        Ok(Some(self))
    }

    /// We accept from them now.
    pub(super) fn succeed(mut self) -> Result<(), String> {
        match self.stream.write_all(&[READY]) {
            Err(error) if self.is_there() => {
                Err(format!("failed to take over: the predecessor goes on: {error}"))
            }
            // one that has died needs not be told
            _ => Ok(()),
        }
    }

    /// Whether it is still there for a successor, if not for us. One that is dying resets what waits in its queue.
    fn is_there(&self) -> bool {
        let asked = net::UnixStream::connect(&self.at).and_then(|mut stream| {
            stream.set_read_timeout(Some(DYING_MOST))?;
            stream.read(&mut [0])
        });
        match asked {
            Ok(said) => said > 0,
            // it says nothing, to us or at all
            Err(error) => error.kind() == io::ErrorKind::WouldBlock,
        }
    }

    fn take(&mut self) -> io::Result<Vec<Listening>> {
        self.stream.set_read_timeout(Some(ANSWER_MOST))?;
        let said: Said = serde_json::from_slice(&self.line()?)?;
        let counts = said.listening.iter().map(|listening| listening.sockets);
        let count = counts.fold(0, usize::saturating_add);
        if said.format != FORMAT || count > SOCKETS_MAX {
            return Err(io::Error::other(
                "the predecessor is of another version: stop it, then start this one",
            ));
        }
        let take = |said: &SaidListening| {
            let sockets = (0..said.sockets)
                .map(|_| self.receive())
                .collect::<io::Result<Vec<_>>>()?;
            let first = sockets
                .first()
                .ok_or_else(|| io::Error::other("an address without a socket"))?;
            Ok(Listening {
                wanted: ListenAddr {
                    addr: said.wanted,
                    shared: said.shared,
                },
                addr: first.local_addr()?,
                sockets,
            })
        };
        said.listening.iter().map(take).collect()
    }

    /// Byte by byte: what is read together with a socket is lost with it.
    fn line(&mut self) -> io::Result<Vec<u8>> {
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            self.stream.read_exact(&mut byte)?;
            match byte {
                [b'\n'] => return Ok(line),
                _ if line.len() == SAID_MAX => return Err(io::Error::other("it says too much")),
                [byte] => line.push(byte),
            }
        }
    }

    fn receive(&self) -> io::Result<TcpListener> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = RecvAncillaryBuffer::new(&mut space);
        let mut byte = [0];
        let received = recvmsg(
            &self.stream,
            &mut [IoSliceMut::new(&mut byte)],
            &mut control,
            RecvFlags::CMSG_CLOEXEC,
        )?;
        if received.bytes == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let passed = control.drain().find_map(|message| match message {
            RecvAncillaryMessage::ScmRights(mut sockets) => sockets.next(),
            _ => None,
        });
        let socket: OwnedFd = passed.ok_or_else(|| io::Error::other("no socket was passed"))?;
        if !SockRef::from(&socket).is_listener()? {
            return Err(io::Error::other("what was passed does not listen"));
        }
        let socket = TcpListener::from(socket);
        socket.set_nonblocking(true)?;
        Ok(socket)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_file_is_removed_by_who_has_no_successor() {
        let directory = tempfile::tempdir().expect("a directory");
        let at = directory.path().join("handover.sock");
        let offer = || Offer::new(&at).expect("binds");
        drop(offer());
        assert!(!at.exists());
        // the successor's comes in place of it whenever he likes
        offer().leave();
        assert!(at.exists());
        let (first, second) = (offer(), offer());
        drop(first);
        assert!(at.exists(), "it is the second one's");
        drop(second);
        assert!(!at.exists());
    }
}
