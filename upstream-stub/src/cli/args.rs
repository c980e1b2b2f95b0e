//! What the user typed. Words of behaviours are only checked later, so that all mistakes are told at once.

use clap::{CommandFactory, FromArgMatches, Parser};
use std::net::SocketAddr;
use std::time::Duration;
use upstream_stub::behaviour::words::WORDS;

/// Seeded upstream servers that misbehave on request.
///
/// When all replicas listen, one line of JSON goes to stdout:
/// {"ready":true,"replicas":[{"name":"r0","addr":"127.0.0.1:40001"}],"control":"127.0.0.1:40002","seed":1}
#[derive(Debug, Parser)]
#[command(name = "upstream-stub", version, max_term_width = 110)]
pub(super) struct Args {
    /// How many replicas run in this process; they are named r0, r1, …
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub replicas: u32,

    /// Address of the first replica; each further one takes the next port. Port 0 picks free ports
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,

    /// Address of the control port: GET /ledger, GET /healthz, POST /reset
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub control: SocketAddr,

    /// How all replicas answer; the words are listed below
    #[arg(
        long,
        value_name = "WORDS",
        default_value = "normal",
        allow_hyphen_values = true
    )]
    pub behaviour: String,

    /// Words that one replica has in place of the common ones, by index; may be repeated
    #[arg(long, value_name = "INDEX:WORDS", allow_hyphen_values = true)]
    pub replica_behaviour: Vec<String>,

    /// How that changes over time: phases, each with its time since the start
    #[arg(
        long,
        value_name = "PHASES",
        default_value = "",
        allow_hyphen_values = true,
        hide_default_value = true
    )]
    pub script: String,

    /// A script for one replica in place of the common one, by index; may be repeated
    #[arg(long, value_name = "INDEX:PHASES", allow_hyphen_values = true)]
    pub replica_script: Vec<String>,

    /// Threads; each listens for every replica, and the kernel spreads connections over them
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub threads: u16,

    /// Seed of all chance; without it a fresh one is taken and printed
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,

    /// How long before a deadline a thread stops sleeping and polls: more is more precise and costs CPU
    #[arg(long, value_name = "TIME", default_value = "20us", value_parser = spin)]
    pub spin: Duration,
}

impl Args {
    /// Reads the process's arguments; prints help, version or usage errors itself and ends the process.
    pub(super) fn read() -> Self {
        let matches = Self::command().after_long_help(after_help()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|e| e.exit())
    }
}

/// A longer spin is a mistake: it would be one thread's whole time.
const SPIN_MAX: Duration = Duration::from_millis(10);

fn spin(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|e| format!("{e}; write it like 20us"))?;
    if time > SPIN_MAX {
        return Err("more than 10ms is one thread's whole time".to_owned());
    }
    Ok(time)
}

fn after_help() -> String {
    let mut text =
        String::from("Words of a behaviour, separated by spaces; what is not named is as in normal:\n");
    text += &format!("  {:<20} an empty 200 at once\n", "normal");
    for word in WORDS {
        let mut column = format!("  {:<20}", word.example);
        for part in wrapped(word.meaning, 84) {
            text += &format!("{column} {part}\n");
            column = " ".repeat(22);
        }
    }
    text + REST
}

/// Lines of at most `width` characters, broken at spaces.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if line.is_empty() => line.push_str(word),
            Some(line) if line.len() + word.len() < width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

const REST: &str = r#"
A script is phases separated by semicolons, each a time and words that replace those of the behaviour:
  0s normal; 10s latency=200ms error=0.3; 20s down; 30s normal

A request may ask for words of its own (all but servers, down and up):
  by header   X-Stub: latency=1s status=404
  by path     /bytes/1GiB  /delay/200ms  /status/503  /stream/8x10ms  /sse/5x100ms  /pace/64KiB  /reset/1
              /truncate/1

Answers carry X-Replica, X-Request-Number (from 0) and X-Arrived-At (µs since the start), and, when the
request had a body, X-Body-Bytes and X-Body-Crc32. Latency, errors and faults of a request are a function of
the seed, the replica and the request's number.

Examples:
  upstream-stub --replicas 3 --behaviour "latency=exp:5ms body=1KiB" --seed 1
  upstream-stub --replicas 3 --replica-behaviour "1:latency=200ms error=0.3"
  upstream-stub --behaviour "latency=exp:1ms servers=4" --script "10s latency=exp:5ms; 20s normal"

Exit codes:
  0    ended by SIGTERM or SIGINT
  1    could not run, for example because a port is taken
  2    bad arguments or words"#;
