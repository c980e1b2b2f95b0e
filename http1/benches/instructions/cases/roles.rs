//! A message after the other through the state machines of both roles, as their loops drive them.

use super::{input, repeat};
use http1::connection::{Answered, Client, Plan, Server, ServerEvent};
use http1::framing::Piece;
use http1::head::{Limits, Method, Slot};
use std::hint::black_box;

/// Head, content, end, the plan for the answer, and the next request. `content` is what follows the head.
pub(super) fn server(message: &[u8], content: usize, rounds: u32) {
    let (mut server, mut slots) = (Server::new(Limits::default()), Vec::new());
    let served = served(&mut server, message, &mut slots);
    assert!(matches!(served, Some((n, plan)) if n == content && plan.body));
    repeat(rounds, || {
        self::served(&mut server, black_box(message), &mut slots)
    });
    assert_eq!(server.close(), None);
}

/// Bytes of content, and the plan.
fn served(server: &mut Server, message: &[u8], slots: &mut Vec<Slot>) -> Option<(usize, Plan)> {
    let (mut at, mut content) = (0, 0);
    loop {
        match server.receive(&message[at..], slots).ok()? {
            ServerEvent::More { .. } => return None,
            ServerEvent::Head { skip, line } => {
                black_box(line.head(&message[at + skip..], slots).target);
                at += skip + line.len;
            }
            ServerEvent::Data { skip, len } => {
                server.consume(len);
                at += skip + len;
                content += len;
            }
            ServerEvent::Trailers { skip, len } => at += skip + len,
            ServerEvent::End { .. } => break,
        }
    }
    let plan = server.answer(200, Some(12), None, false);
    server.restart();
    Some((content, plan))
}

/// Request out, head, content, end.
pub(super) fn client(message: &[u8], content: usize, rounds: u32) {
    let (mut client, mut slots) = (Client::new(Limits::default()), Vec::new());
    assert_eq!(answered(&mut client, message, &mut slots), Some(content));
    repeat(rounds, || answered(&mut client, black_box(message), &mut slots));
    assert_eq!(client.close(), None);
}

/// Bytes of content.
fn answered(client: &mut Client, message: &[u8], slots: &mut Vec<Slot>) -> Option<usize> {
    client.begin(Method::Get, false);
    let Answered::Final(line) = client.receive(message, slots).ok()?? else {
        return None;
    };
    let (mut at, mut content) = (line.len, 0);
    loop {
        match client.body().next(&message[at..]).ok()? {
            Piece::More { .. } => return None,
            Piece::Data { skip, len } => {
                client.body().consume(len);
                at += skip + len;
                content += len;
            }
            Piece::Trailers { skip, len } => at += skip + len,
            Piece::End { .. } => return client.is_done().then_some(content),
        }
    }
}

/// A head whose bytes come one by one: the work has to stay linear in its length.
pub(super) fn server_bytewise(rounds: u32) {
    let head = input::two_kib("GET / HTTP/1.1\r\nHost: www.example.org\r\n");
    let (mut server, mut slots) = (Server::new(Limits::default()), Vec::new());
    let mut feed = |head: &[u8]| {
        let heads = (1..=head.len())
            .filter(|len| {
                matches!(
                    server.receive(&head[..*len], &mut slots),
                    Ok(ServerEvent::Head { .. })
                )
            })
            .count();
        server.restart();
        heads
    };
    assert_eq!(feed(&head), 1);
    repeat(rounds, || feed(black_box(&head)));
}

/// The same for an answer.
pub(super) fn client_bytewise(rounds: u32) {
    let head = input::two_kib("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n");
    let (mut client, mut slots) = (Client::new(Limits::default()), Vec::new());
    let mut feed = |head: &[u8]| {
        client.begin(Method::Get, false);
        (1..=head.len())
            .filter(|len| {
                matches!(
                    client.receive(&head[..*len], &mut slots),
                    Ok(Some(Answered::Final(_)))
                )
            })
            .count()
    };
    assert_eq!(feed(&head), 1);
    repeat(rounds, || feed(black_box(&head)));
}
