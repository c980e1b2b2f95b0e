//! WebSockets (RFC 6455) through the gateway, judged by another implementation of both ends.

use crate::harness::{Gateway, field, run, status, yaml};
use crate::upgrades::{read_head, until};
use futures_util::{SinkExt, StreamExt};
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{CloseCode, Data, OpCode};
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};
use tokio_tungstenite::{WebSocketStream, accept_async, client_async_with_config};

const OPEN: &str = "tollgate_tunnels_open{route=\"all\"}";

/// Says back what it hears, but for two commands: `close` and `vanish`.
async fn echo() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let addr = listener.local_addr().expect("bound");
    tokio::task::spawn_local(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::task::spawn_local(async move {
                let mut socket = accept_async(stream).await.expect("a handshake");
                while let Some(Ok(message)) = socket.next().await {
                    match &message {
                        Message::Text(text) if text.as_str() == "close" => {
                            let frame = CloseFrame {
                                code: CloseCode::Library(4001),
                                reason: "enough".into(),
                            };
                            socket.close(Some(frame)).await.expect("closed");
                        }
                        Message::Text(text) if text.as_str() == "vanish" => return,
                        Message::Text(_) | Message::Binary(_) => {
                            socket.send(message).await.expect("sent");
                        }
                        // pings and goodbyes are answered by the library
                        _ => {}
                    }
                }
            });
        }
    });
    addr
}

async fn behind() -> Gateway {
    Gateway::from_yaml(&yaml(&[echo().await], ", upgrade: [websocket]", "")).await
}

async fn connect(gateway: &Gateway) -> WebSocketStream<TcpStream> {
    let stream = TcpStream::connect(gateway.http)
        .await
        .expect("the gateway accepts");
    let config = WebSocketConfig::default();
    let opened = client_async_with_config("ws://a/chat", stream, Some(config)).await;
    opened.expect("a handshake").0
}

/// What comes back for this.
async fn say(socket: &mut WebSocketStream<TcpStream>, message: Message) -> Message {
    socket.send(message).await.expect("sent");
    socket.next().await.expect("open").expect("a message")
}

#[test]
fn the_handshake_of_the_rfc() {
    run(async {
        let gateway = behind().await;
        let mut client = gateway.connect().await;
        // RFC 6455 §1.3
        client
            .send(
                "GET /chat HTTP/1.1\r\nHost: server.example.com\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nOrigin: http://example.com\r\n\
                 Sec-WebSocket-Version: 13\r\n\r\n",
            )
            .await;
        let head = read_head(&mut client.0).await;
        assert_eq!(status(&head), "101");
        assert_eq!(
            field(&head, "sec-websocket-accept").as_deref(),
            Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        );
        assert_eq!(field(&head, "connection").as_deref(), Some("upgrade"));
        // §5.7: a masked "Hello", and the same unmasked
        client
            .0
            .write_all(&[0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58])
            .await
            .expect("written");
        let mut frame = [0; 7];
        client.0.read_exact(&mut frame).await.expect("a frame");
        assert_eq!(frame, [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f]);
    });
}

#[test]
fn messages_of_every_kind_and_length() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        // on both sides of each form of a frame's length
        for len in [0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20] {
            let text = Message::text("é".repeat(len / 2));
            assert_eq!(say(&mut socket, text.clone()).await, text, "{len}");
            let bytes: Vec<u8> = (0..len).map(|place| (place % 251) as u8).collect();
            let binary = Message::binary(bytes);
            assert!(say(&mut socket, binary.clone()).await == binary, "{len}");
        }
        let pong = say(&mut socket, Message::Ping(Bytes::from_static(b"are you there"))).await;
        assert_eq!(pong, Message::Pong(Bytes::from_static(b"are you there")));
    });
}

#[test]
fn a_message_in_fragments_with_a_ping_between_them() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        let frame = |text: &'static str, code, last| {
            Message::Frame(Frame::message(
                Bytes::from_static(text.as_bytes()),
                OpCode::Data(code),
                last,
            ))
        };
        socket.send(frame("one ", Data::Text, false)).await.expect("sent");
        socket
            .send(frame("two ", Data::Continue, false))
            .await
            .expect("sent");
        let pong = say(&mut socket, Message::Ping(Bytes::new())).await;
        assert_eq!(pong, Message::Pong(Bytes::new()));
        let whole = say(&mut socket, frame("three", Data::Continue, true)).await;
        assert_eq!(whole, Message::text("one two three"));
    });
}

/// Written a byte at a time, frames arrive as they are.
#[test]
fn frames_in_single_bytes() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        let stream = socket.get_mut();
        stream.set_nodelay(true).expect("a socket");
        for byte in [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58] {
            stream.write_all(&[byte]).await.expect("written");
            tokio::task::yield_now().await;
        }
        assert_eq!(
            socket.next().await.expect("open").expect("a message"),
            Message::text("Hello")
        );
    });
}

#[test]
fn ten_megabytes_both_ways() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        let bytes: Vec<u8> = (0..10_usize << 20)
            .map(|place| (place * 31 % 251) as u8)
            .collect();
        let message = Message::binary(bytes);
        assert!(say(&mut socket, message.clone()).await == message);
    });
}

#[test]
fn goodbyes_arrive_with_their_codes() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        let frame = CloseFrame {
            code: CloseCode::Away,
            reason: "leaving".into(),
        };
        socket.close(Some(frame.clone())).await.expect("sent");
        // the echo of it, which the other side's library makes
        let answer = socket.next().await.expect("an answer").expect("a message");
        assert_eq!(answer, Message::Close(Some(frame)));
        assert!(socket.next().await.is_none());
        drop(socket);
        let mut socket = connect(&gateway).await;
        let Message::Close(Some(frame)) = say(&mut socket, Message::text("close")).await else {
            panic!("no goodbye");
        };
        assert_eq!(
            (frame.code, frame.reason.as_str()),
            (CloseCode::Library(4001), "enough")
        );
        drop(socket);
        until(&gateway, OPEN, 0).await;
    });
}

#[test]
fn who_vanishes_without_a_goodbye_is_noticed() {
    run(async {
        let gateway = behind().await;
        let mut socket = connect(&gateway).await;
        socket.send(Message::text("vanish")).await.expect("sent");
        let heard = socket.next().await.expect("an end");
        assert!(
            matches!(heard, Err(Error::Protocol(_) | Error::Io(_))),
            "{heard:?}"
        );
        drop(socket);
        let socket = connect(&gateway).await;
        until(&gateway, OPEN, 1).await;
        drop(socket);
        until(&gateway, OPEN, 0).await;
    });
}

#[test]
fn sockets_echo_over_a_hundred_reloads() {
    run(async {
        let addr = echo().await;
        let config = |version: usize| {
            let keys = format!(", upgrade: [websocket], timeout: {}ms", 1_000 + version);
            yaml(&[addr], &keys, "")
        };
        let gateway = Gateway::from_yaml(&config(0)).await;
        let mut held = Vec::new();
        for reload in 1..=100 {
            if reload % 10 == 1 {
                held.push(connect(&gateway).await);
            }
            gateway.app.apply(config(reload).as_bytes()).expect("applied");
            for (place, socket) in held.iter_mut().enumerate() {
                let text = Message::text(format!("{place} after {reload}"));
                assert_eq!(say(socket, text.clone()).await, text);
            }
        }
        assert_eq!(gateway.metric(OPEN).await, held.len() as u64);
        assert_eq!(gateway.metric("tollgate_tunnels_total{route=\"all\"}").await, 10);
    });
}

/// A server that wants another version says so, and its answer is one like any other.
#[test]
fn a_handshake_that_fails_is_an_answer() {
    run(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let addr = listener.local_addr().expect("bound");
        let gateway = Gateway::from_yaml(&yaml(&[addr], ", upgrade: [websocket]", "")).await;
        let stream = TcpStream::connect(gateway.http)
            .await
            .expect("the gateway accepts");
        let opening = tokio::task::spawn_local(client_async_with_config("ws://a/", stream, None));
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        read_head(&mut upstream).await;
        let answer =
            "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 12\r\nContent-Length: 0\r\n\r\n";
        upstream.write_all(answer.as_bytes()).await.expect("written");
        let Err(Error::Http(answer)) = opening.await.expect("ran") else {
            panic!("it was taken for a handshake");
        };
        assert_eq!(answer.status().as_u16(), 426);
        assert_eq!(answer.headers()["sec-websocket-version"], "12");
    });
}
