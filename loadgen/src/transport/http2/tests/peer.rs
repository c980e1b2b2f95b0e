//! The other end: a whole server of h2's, or one that writes frames by hand.

use super::super::Http2;
use bytes::Bytes;
use h2::RecvStream;
use h2::server::{Builder, SendResponse};
use http::Request;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio::runtime::{LocalOptions, RngSeed};

const PIPE_BYTES: usize = 64 * 1024;
/// Of the virtual clock: what hangs fails at once.
const HUNG: Duration = Duration::from_secs(3_600);
const PREFACE_BYTES: usize = 24;

/// Runs on a virtual clock; what never ends is a failure.
pub(super) fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .rng_seed(RngSeed::from_bytes(b"transport"))
        .build_local(LocalOptions::default());
    let test = async { tokio::time::timeout(HUNG, test).await.expect("it hangs") };
    runtime.expect("a runtime").block_on(test);
}

/// A connection to a server that handles each request with `handle`, one task each.
pub(super) async fn connected<F: Future<Output = ()> + 'static>(
    builder: &Builder,
    handle: impl Fn(Request<RecvStream>, SendResponse<Bytes>) -> F + 'static,
) -> Rc<Http2> {
    let (near, far) = duplex(PIPE_BYTES);
    let handshake = builder.handshake::<_, Bytes>(far);
    tokio::task::spawn_local(async move {
        let mut server = handshake.await.expect("a client");
        while let Some(Ok((request, respond))) = server.accept().await {
            tokio::task::spawn_local(handle(request, respond));
        }
    });
    Rc::new(Http2::connect(near).await.expect("a server"))
}

/// A connection to a server of frames, which begins with `settings`.
pub(super) async fn scripted<F: Future<Output = ()> + 'static>(
    settings: &[u8],
    script: impl FnOnce(Frames) -> F,
) -> Http2 {
    let (near, far) = duplex(PIPE_BYTES);
    let mut frames = Frames(far);
    frames.write(SETTINGS, 0, 0, settings).await;
    tokio::task::spawn_local(script(frames));
    Http2::connect(near).await.expect("a server")
}

pub(super) const DATA: u8 = 0;
pub(super) const HEADERS: u8 = 1;
pub(super) const RST_STREAM: u8 = 3;
pub(super) const SETTINGS: u8 = 4;
pub(super) const GOAWAY: u8 = 7;
pub(super) const WINDOW_UPDATE: u8 = 8;
pub(super) const END_STREAM: u8 = 1;
pub(super) const END_HEADERS: u8 = 4;
/// `:status: 200`, from HPACK's static table.
pub(super) const OK: &[u8] = &[0x88];

#[derive(Debug)]
pub(super) struct Frame {
    pub(super) kind: u8,
    pub(super) stream: u32,
    pub(super) payload: Vec<u8>,
}

/// Reads and writes frames (RFC 9113 §4.1).
pub(super) struct Frames(pub(super) DuplexStream);

impl Frames {
    /// A client that is gone is its own affair.
    pub(super) async fn write(&mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
        let len = u32::try_from(payload.len()).expect("a frame").to_be_bytes();
        let mut bytes = vec![len[1], len[2], len[3], kind, flags];
        bytes.extend(stream.to_be_bytes());
        bytes.extend(payload);
        let _ = self.0.write_all(&bytes).await;
    }

    /// Reads past what a client says before its first frame.
    pub(super) async fn preface(&mut self) {
        let mut preface = [0; PREFACE_BYTES];
        self.0.read_exact(&mut preface).await.expect("a preface");
        assert!(preface.starts_with(b"PRI * HTTP/2.0"));
    }

    pub(super) async fn read(&mut self) -> Option<Frame> {
        let mut head = [0; 9];
        self.0.read_exact(&mut head).await.ok()?;
        let len = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        let mut payload = vec![0; len as usize];
        self.0.read_exact(&mut payload).await.ok()?;
        Some(Frame {
            kind: head[3],
            stream: u32::from_be_bytes([head[5], head[6], head[7], head[8]]),
            payload,
        })
    }

    /// The next frame of this kind; nothing when the client is gone.
    pub(super) async fn next(&mut self, kind: u8) -> Option<Frame> {
        loop {
            let frame = self.read().await?;
            if frame.kind == kind {
                return Some(frame);
            }
        }
    }

    /// Reads to the end of the connection.
    pub(super) async fn drain(&mut self) {
        while self.read().await.is_some() {}
    }
}

/// `:status: CODE` as a literal (RFC 7541 §6.2.2).
pub(super) fn status(code: u16) -> Vec<u8> {
    [&[0x08, 3], code.to_string().as_bytes()].concat()
}

/// A field as a literal with a new name.
pub(super) fn field(name: &str, value: &str) -> Vec<u8> {
    let mut out = vec![0];
    for text in [name, value] {
        out.push(
            u8::try_from(text.len())
                .ok()
                .filter(|len| *len < 127)
                .expect("a short text"),
        );
        out.extend(text.as_bytes());
    }
    out
}
