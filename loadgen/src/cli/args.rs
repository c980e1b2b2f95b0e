//! The command line as typed. Values stay text here, so that [`super::plan`] can report all that is wrong at once.

use clap::ValueEnum;
use std::path::PathBuf;

pub(super) const EXAMPLES: &str = "\
Examples:
  1 000 requests/s for 30 s, arriving as independent users would, 5 s of warm-up before:
    loadgen http://127.0.0.1:8080/api -R 1000 -d 35s --warmup 5s
  JSON and an HdrHistogram log, to be compared later; the seed repeats the same arrivals:
    loadgen http://host/ -R 500 -d 1m --seed 7 --format json -o run.json --hlog run.hlog
  As fast as it goes: ask for more than is possible, and read what was answered:
    loadgen http://127.0.0.1:8080/ -R 1000000 -n 500000 --arrival constant --timeout 1m --allow-invalid
  A POST with a body from a file:
    loadgen http://host/orders -R 50 -d 10s -m POST -H 'Content-Type: application/json' -b @order.json

Exit codes:
  0    measured, and the generator did what it planned
  1    could not run: name not found, file not writable, no runtime
  2    wrong usage; all that is wrong is listed
  4    INVALID: measured, but the generator did not do what it planned (see --allow-invalid)
  130  interrupted by a signal; what was measured until then is printed";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to: http://host[:port]/path?query
    pub(super) url: String,
    /// Requests per second, over all threads
    #[arg(short = 'R', long, value_name = "RATE", required_unless_present = "closed", conflicts_with = "closed")]
    pub(super) rate: Option<String>,
    /// Closed loop instead: each connection asks again when it is answered, as fast as it goes
    #[arg(long)]
    pub(super) closed: bool,
    /// For how long requests are released, warm-up included [default: 10s; with -n as long as that takes]
    #[arg(short, long, value_name = "TIME")]
    pub(super) duration: Option<String>,
    /// Stop after this many requests
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub(super) requests: Option<String>,
    /// Most connections at once, over all threads
    #[arg(short, long, value_name = "COUNT", default_value = "64")]
    pub(super) connections: String,
    /// Threads, each with its share of the arrivals and of the connections (at most 64)
    #[arg(short, long, value_name = "COUNT", default_value = "1")]
    pub(super) threads: String,
    /// Arrival process: constant or poisson
    #[arg(long, value_name = "KIND", default_value = "poisson")]
    pub(super) arrival: String,
    /// Requests due in this first part are sent but not measured
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub(super) warmup: String,
    /// For the complete answer, from the intended time
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(super) timeout: String,
    /// How long to wait for outstanding answers at the end
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(super) drain: String,
    /// Repeats the arrivals of another run [default: from the system, printed]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<String>,
    /// How intended times are met: hybrid spins 50 µs before each (precise), timerfd sleeps (spares the CPU)
    #[arg(long, value_enum, default_value = "hybrid")]
    pub(super) pacer: Pacer,
    /// Request method [default: GET; POST with a body]
    #[arg(short, long, value_name = "METHOD")]
    pub(super) method: Option<String>,
    /// Request header, repeatable; Host replaces the URL's; 'Connection: close' is not sent, but makes every request dial
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(super) headers: Vec<String>,
    /// Request body; @FILE reads it from a file
    #[arg(short, long, value_name = "TEXT")]
    pub(super) body: Option<String>,
    /// Open all connections before the start, not on demand
    #[arg(long)]
    pub(super) preconnect: bool,
    /// Most requests waiting for a connection; beyond it they fail as overflow
    #[arg(long, value_name = "COUNT", default_value = "1000000")]
    pub(super) backlog: String,
    /// INVALID above this p99 of send lag. The default is a tenth of the tightest latency goal in common use, 10 ms
    #[arg(long, value_name = "TIME", default_value = "1ms")]
    pub(super) max_send_lag: String,
    /// Exit 0 although the run is INVALID
    #[arg(long)]
    pub(super) allow_invalid: bool,
    /// Do not add an X-Load-Id header with each request's number
    #[arg(long)]
    pub(super) no_load_id: bool,
    /// Pin threads to these cores in turn, as in 1,3
    #[arg(long, value_name = "LIST")]
    pub(super) cores: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Print to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Write the histograms as an HdrHistogram V2 interval log
    #[arg(long, value_name = "FILE")]
    pub(super) hlog: Option<PathBuf>,
    /// Write the time series as CSV
    #[arg(long, value_name = "FILE")]
    pub(super) series: Option<PathBuf>,
    /// Length of the intervals of the time series
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(super) interval: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Pacer {
    Hybrid,
    Timerfd,
    Spin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    Text,
    Json,
}
