//! Witnesses of mixtures: clients that ask one request after the other and look whether all that its answer tells is of one config.
//!
//! A config tells in `X-Served-By` whose an answer is, and a stub in `X-Replica` which one it is. An answer of one config by a replica that it does not have was
//! decided by two.

use super::Scene;
use super::rows::Witnessed;
use crate::failure::Failure;
use scenarios::Scenario;
use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout};

/// Each asks as fast as it is answered: some dozens of requests a second together.
const WITNESSES: usize = 4;
const PATIENCE: Duration = Duration::from_secs(10);
/// An answer of a stub is a few hundred bytes.
const BODY_BYTES_MAX: usize = 64 * 1024;
/// Mixtures that are quoted.
const QUOTED_MAX: usize = 3;

/// Whose answer may come from whom: names of configs, and of replicas as stubs call themselves.
type Possible = BTreeSet<(String, String)>;

/// What they saw, and when they asked, in µs from the start and in order.
pub(super) async fn witness(scene: Scene<'_>) -> Result<(Option<Witnessed>, Vec<u64>), Failure> {
    let Scene { scenario, start, .. } = scene;
    let possible = possible(scenario);
    let Some(ask) = scenario.load.asks.first().filter(|_| !possible.is_empty()) else {
        return Ok((None, Vec::new()));
    };
    tokio::time::sleep_until(start).await;
    let end = start + scene.lasts();
    let request = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nX-Mark-Keep: kept\r\n\r\n",
        ask.path, scenario.load.host
    );
    let mut witnesses = JoinSet::new();
    for _ in 0..WITNESSES {
        let (front, request, possible) = (scene.cast.hosts.front(), request.clone(), possible.clone());
        witnesses.spawn(async move { watch(front, &request, &possible, start, end).await });
    }
    let mut all = Witnessed {
        seed: scene.stage.seed,
        variant: scene.variant.to_owned(),
        ..Witnessed::default()
    };
    let (mut quoted, mut asked) = (Vec::new(), Vec::new());
    while let Some(ended) = witnesses.join_next().await {
        let fail = |e: String| Failure::run(format!("witness configs: {e}"));
        let (times, mixed) = ended
            .map_err(|e| fail(e.to_string()))?
            .map_err(|e| fail(e.to_string()))?;
        all.answers += times.len() as u64;
        asked.extend(times);
        all.mixed += mixed.len() as u64;
        quoted.extend(mixed);
    }
    quoted.truncate(QUOTED_MAX);
    all.quoted = quoted.join("; ");
    asked.sort_unstable();
    Ok((Some(all), asked))
}

/// Of configs that tell.
fn possible(scenario: &Scenario) -> Possible {
    let place = |name: &String| scenario.replicas.iter().position(|of| of.name == *name);
    let telling = scenario.configs.iter().filter(|config| config.tells);
    let pairs = telling.flat_map(|config| {
        let replicas = config.upstreams.iter().flat_map(|upstream| &upstream.replicas);
        let places = replicas.filter_map(place);
        places.map(|place| (config.name.clone(), format!("r{place}")))
    });
    pairs.collect()
}

/// When each question was sent whose answer was looked at, and the answers that could not be.
async fn watch(
    front: SocketAddr,
    request: &str,
    possible: &Possible,
    start: Instant,
    end: Instant,
) -> io::Result<(Vec<u64>, Vec<String>)> {
    let mut stream = BufReader::new(TcpStream::connect(front).await?);
    let (mut asked, mut mixed) = (Vec::new(), Vec::new());
    while Instant::now() < end {
        let at_us = u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX);
        stream.get_mut().write_all(request.as_bytes()).await?;
        let reading = timeout(PATIENCE, answer(&mut stream)).await;
        let told = reading.map_err(|_| io::Error::other("no answer in time"))??;
        asked.push(at_us);
        if !possible.contains(&told) {
            let (config, replica) = told;
            mixed.push(format!("at {} ms {config:?} by {replica:?}", at_us / 1_000));
        }
    }
    Ok((asked, mixed))
}

/// Whose an answer is, and who gave it.
async fn answer(stream: &mut BufReader<TcpStream>) -> io::Result<(String, String)> {
    let (mut config, mut replica, mut length) = (String::new(), String::new(), 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() {
                break;
            }
            continue;
        };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "x-served-by" => value.clone_into(&mut config),
            "x-replica" => value.clone_into(&mut replica),
            "content-length" => length = value.parse().map_err(io::Error::other)?,
            _ => {}
        }
    }
    if length > BODY_BYTES_MAX {
        return Err(io::Error::other(format!("a body of {length} bytes")));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok((config, replica))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_config_has_its_own_replicas() {
        let entry = scenarios::find("reload").expect("there is one");
        let built = entry.build(world::Seed(1), &[]).expect("nothing set");
        let pairs = [("main", "r0"), ("main", "r1"), ("other", "r1"), ("other", "r2")];
        let pairs = pairs.map(|(config, replica)| (config.to_owned(), replica.to_owned()));
        assert_eq!(possible(&built.variants[0].scenario), Possible::from(pairs));
        let entry = scenarios::find("retry-storm").expect("there is one");
        let built = entry.build(world::Seed(1), &[]).expect("nothing set");
        assert!(possible(&built.variants[0].scenario).is_empty());
    }
}
