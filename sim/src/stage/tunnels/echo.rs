//! The host that tunnels lead to.

use super::side::{Hears, Says};
use crate::stage::StageError;
use crate::trace::Kind;
use crate::world::{Driver, SimStream, SimWorld};
use scenarios::{ECHO, PROTOCOL, REPLICA_PORT, Way};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use world::{ListenAddr, Listener, World};

/// Lines of a tunnel that this side goes away from.
const LINES_MAX: usize = 3;

pub(in super::super) fn add_echo(driver: &mut Driver) -> Result<IpAddr, StageError> {
    Ok(driver.host(ECHO, |world: SimWorld| async move {
        let at = ListenAddr::alone(SocketAddr::from(([0, 0, 0, 0], REPLICA_PORT)));
        let listener = world.listen(&at).await?;
        loop {
            let (stream, _) = listener.accept().await?;
            tokio::task::spawn_local(serve(world.clone(), stream));
        }
    })?)
}

/// One request, and the tunnel behind it.
async fn serve(world: SimWorld, stream: SimStream) {
    let tap = world.tap();
    let (reads, writes) = tokio::io::split(stream);
    let mut hears = Hears::new(reads);
    let Some(head) = hears.head().await else {
        return;
    };
    let Some((id, way, asks)) = asked(&head) else {
        return;
    };
    let mut says = Says::new(writes, &tap, id);
    if way.is_stream() {
        tap.emit(Kind::TunnelOpened, &[id, 200]);
        hears.open(&tap, id);
        tokio::select! {
            biased;
            // nothing is said there: this is the end
            _ = hears.line() => {}
            () = events(&mut says, &head, way) => {}
        }
        tap.emit(Kind::TunnelLeft, &[id]);
        return;
    }
    if !asks {
        tap.emit(Kind::TunnelOpened, &[id, 200]);
        let plain = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
        // whoever is gone does not hear this
        let _ = says.begin(plain.to_owned(), b"").await;
        return;
    }
    tap.emit(Kind::TunnelOpened, &[id, 101]);
    let protocol = if way == Way::Otherwise { "other" } else { PROTOCOL };
    let head =
        format!("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n\r\n");
    hears.open(&tap, id);
    let mut is_heard = says.begin(head, format!("hello {id}\n").as_bytes()).await.is_ok();
    let mut lines = 0;
    while let Some(line) = hears.line().await {
        lines += 1;
        if way == Way::EchoGoes && lines > LINES_MAX {
            break;
        }
        is_heard = is_heard && says.line(&line).await.is_ok();
    }
    if way == Way::Ends && is_heard && says.line(b"bye\n").await.is_ok() {
        says.end().await;
    }
    tap.emit(Kind::TunnelLeft, &[id]);
}

/// As many events, as far apart, as the request's path says behind its way.
async fn events(says: &mut Says, head: &str, way: Way) {
    const HEAD: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n";
    let path = head.split(' ').nth(1).unwrap_or_default();
    let numbers = path.split('/').skip(4).map(|part| part.parse().unwrap_or(0));
    let [count, gap_ms] = [0, 1].map(|place| numbers.clone().nth(place).unwrap_or(0));
    let mut is_heard = says.begin(HEAD.to_owned(), b"").await.is_ok();
    for event in 0..count {
        tokio::time::sleep(Duration::from_millis(gap_ms)).await;
        is_heard = is_heard
            && says
                .event(&format!("id: {event}\ndata: of {count}\n\n"))
                .await
                .is_ok();
    }
    if !is_heard || way == Way::Stalls {
        std::future::pending().await
    }
    says.end_stream().await;
}

/// Number and way of the request's path, and whether it asks to be switched.
fn asked(head: &str) -> Option<(u64, Way, bool)> {
    let mut parts = head.split(' ').nth(1)?.split('/').skip(2);
    let id = parts.next()?.parse().ok()?;
    let way = Way::from_number(parts.next()?.parse().ok()?)?;
    Some((id, way, head.contains("\r\nupgrade: ")))
}
