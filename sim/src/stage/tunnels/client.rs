//! The host that opens tunnels, so many at once, one after the other in each place.

use super::side::{Hears, Says};
use crate::stage::StageError;
use crate::trace::Kind;
use crate::world::{Driver, SimWorld};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use scenarios::{PATHS, PROTOCOL, Scenario, TUNNELS, Way};
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;
use tokio::time::sleep;
use world::{Seed, World};

/// Lines of one tunnel, and the time before each: lives from a blink to longer than most faults.
const LINES: RangeInclusive<u64> = 2..=40;
const GAP_MS: RangeInclusive<u64> = 20..=250;

/// How many of them are streams of events, and the time between two: longer than an event may be on its way, and shorter than
/// any idle timeout.
const STREAMS: f64 = 0.3;
const EVENTS: RangeInclusive<u64> = 2..=16;
const EVENT_GAP_MS: RangeInclusive<u64> = 300..=500;

/// A line's length: within a segment as a rule, and now and then more than what is on its way at once.
const LINE_BYTES: RangeInclusive<usize> = 1..=400;
const LONG_LINE_BYTES: usize = 40_000;

/// Before the next one is opened.
const PAUSE_MS: RangeInclusive<u64> = 5..=150;

/// For the answer's head.
const PATIENCE: Duration = Duration::from_secs(5);

pub(in super::super) fn add_tunnels(
    driver: &mut Driver,
    scenario: &Scenario,
    gateway: SocketAddr,
    seed: Seed,
) -> Result<(), StageError> {
    let count = scenario.tunnels.as_ref().map_or(0, |tunnels| tunnels.count) as u64;
    let (end, host) = (scenario.end(), scenario.load.host.clone());
    driver.host(TUNNELS, move |world: SimWorld| {
        let (seed, host) = (seed.child(TUNNELS), host.clone());
        async move {
            for place in 0..count {
                let (world, host) = (world.clone(), host.clone());
                tokio::task::spawn_local(async move {
                    let mut id = place;
                    while world.elapsed() < end {
                        let mut rng = seed.nth(id).rng();
                        sleep(ms(&mut rng, PAUSE_MS)).await;
                        match streams(seed, id) {
                            Some(way) => follow(&world, gateway, &host, id, way, rng).await,
                            None => open(&world, gateway, &host, id, rng).await,
                        }
                        id += count;
                    }
                });
            }
            std::future::pending().await
        }
    })?;
    Ok(())
}

/// Whether it is a stream instead, by a chance of its own: tunnels are as they would be without streams.
fn streams(seed: Seed, id: u64) -> Option<Way> {
    let mut rng = seed.child("streams").nth(id).rng();
    let ways = [Way::Streams, Way::Streams, Way::Streams, Way::Stalls];
    rng.random_bool(STREAMS)
        .then(|| ways[rng.random_range(0..ways.len())])
}

/// One stream of events, from asking for it to its end, or until its client has heard enough.
async fn follow(world: &SimWorld, gateway: SocketAddr, host: &str, id: u64, way: Way, mut rng: ChaCha8Rng) {
    let tap = world.tap();
    let Ok(stream) = world.connect(gateway).await else {
        return sleep(ms(&mut rng, PAUSE_MS)).await;
    };
    let (reads, writes) = tokio::io::split(stream);
    let (mut hears, mut says) = (Hears::new(reads), Says::new(writes, &tap, id));
    tap.emit(Kind::TunnelAsked, &[id, way as u64]);
    let events = rng.random_range(EVENTS);
    let gap = ms(&mut rng, EVENT_GAP_MS).as_millis();
    let enough = if rng.random_bool(0.25) {
        events / 2
    } else {
        u64::MAX
    };
    let [_, _, path] = PATHS;
    let head = format!(
        "GET {path}/{id}/{}/{events}/{gap} HTTP/1.1\r\nHost: {host}\r\nAccept: text/event-stream\r\n\r\n",
        way as u64
    );
    let answer = async {
        says.begin(head, b"").await.ok()?;
        hears.head().await
    };
    let answer = tokio::time::timeout(PATIENCE, answer).await.ok().flatten();
    let status = answer.and_then(|head| head.split(' ').nth(1)?.parse::<u64>().ok());
    tap.emit(Kind::TunnelOpened, &[id, status.unwrap_or(0)]);
    if status == Some(200) {
        hears.open_stream(&tap, id);
        let mut heard = 0;
        while heard < enough && hears.line().await.is_some() {
            heard += 1;
        }
    }
    tap.emit(Kind::TunnelLeft, &[id]);
}

/// One tunnel, from asking for it to its end.
async fn open(world: &SimWorld, gateway: SocketAddr, host: &str, id: u64, mut rng: ChaCha8Rng) {
    let tap = world.tap();
    let way = Way::DRAWN[rng.random_range(0..Way::DRAWN.len())];
    let Ok(stream) = world.connect(gateway).await else {
        return sleep(ms(&mut rng, PAUSE_MS)).await;
    };
    let (reads, writes) = tokio::io::split(stream);
    let (mut hears, mut says) = (Hears::new(reads), Says::new(writes, &tap, id));
    tap.emit(Kind::TunnelAsked, &[id, way as u64]);
    let path = PATHS[usize::from(way == Way::Uninvited)];
    let head = format!(
        "GET {path}/{id}/{} HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: {PROTOCOL}\r\n\r\n",
        way as u64
    );
    // who is sure of his tunnel does not wait for the answer
    let early = match way.is_tunnel() && rng.random_bool(0.5) {
        true => line(&mut rng),
        false => Vec::new(),
    };
    let answer = async {
        says.begin(head, &early).await.ok()?;
        hears.head().await
    };
    let answer = tokio::time::timeout(PATIENCE, answer).await.ok().flatten();
    let status = answer.and_then(|head| head.split(' ').nth(1)?.parse::<u64>().ok());
    tap.emit(Kind::TunnelOpened, &[id, status.unwrap_or(0)]);
    if status == Some(101) {
        hears.open(&tap, id);
        hold(hears, says, way, rng).await;
    }
    tap.emit(Kind::TunnelLeft, &[id]);
}

async fn hold(mut hears: Hears, mut says: Says, way: Way, mut rng: ChaCha8Rng) {
    let lines = rng.random_range(LINES);
    let gap = ms(&mut rng, GAP_MS);
    let talks = async {
        for _ in 0..lines {
            sleep(gap).await;
            if says.line(&line(&mut rng)).await.is_err() {
                return;
            }
        }
        if way == Way::Ends {
            says.end().await;
        }
    };
    let listens = async { while hears.line().await.is_some() {} };
    match way {
        Way::ClientGoes => {
            tokio::select! { biased; () = listens => {} () = talks => {} }
        }
        _ => {
            let heard = async {
                // the end of what is heard is the end of the tunnel
                let mut talks = std::pin::pin!(talks);
                let mut listens = std::pin::pin!(listens);
                tokio::select! { biased; () = &mut listens => return, () = &mut talks => {} }
                listens.await;
            };
            heard.await;
        }
    }
}

fn line(rng: &mut ChaCha8Rng) -> Vec<u8> {
    let length = match rng.random_bool(0.05) {
        true => LONG_LINE_BYTES,
        false => rng.random_range(LINE_BYTES),
    };
    let first = rng.random_range(b'a'..=b'z');
    let mut line: Vec<u8> = (b'a'..=b'z')
        .cycle()
        .skip(usize::from(first - b'a'))
        .take(length)
        .collect();
    line.push(b'\n');
    line
}

fn ms(rng: &mut ChaCha8Rng, range: RangeInclusive<u64>) -> Duration {
    Duration::from_millis(rng.random_range(range))
}
