//! The command line of `loadgen compare` as typed.

use clap::ValueEnum;
use std::path::PathBuf;

pub(in crate::cli) const HELP: &str = "\
Two results are compared by blocks of time within each run. Two URLs, or two command lines in quotes, are run
interleaved in rounds (A B, B A, …), which is what tells a difference between the targets from one between the hours:
prefer it. What follows -- goes to the runs of both. The intervals are at 95 %, by the bootstrap.

Examples:
  Was today's build slower than yesterday's?
    loadgen compare yesterday.json today.json
  Two servers, 12 rounds, the same load on both, the same arrivals within a round:
    loadgen compare http://a/ http://b/ --rounds 12 -- -R 1000 -d 10s --warmup 2s
  With a header and without:
    loadgen compare \"http://h/\" \"http://h/ -H 'Accept-Encoding: gzip'\" -- -R 500 -d 10s
  A gate: fails when B is shown to be slower at p99
    loadgen compare http://a/ http://b/ --fail-on-difference=p99 -- -R 1000 -d 10s

Exit codes:
  0    compared
  1    could not run or read
  2    wrong usage
  3    with --fail-on-difference: B is shown to be worse
  4    A or B is INVALID: nothing was shown (see --allow-invalid)
  130  interrupted by a signal; the rounds finished until then are compared";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// A result, a URL, or a command line in quotes
    pub(super) a: String,
    /// The same for what it is compared with
    pub(super) b: String,
    /// Latency that is compared: response (from the intended time) or service (from the send)
    #[arg(long, value_name = "WHICH", default_value = "response")]
    pub(super) of: String,
    /// Pairs of runs, where A and B are run
    #[arg(long, value_name = "COUNT", default_value = "10")]
    pub(super) rounds: String,
    /// A difference that does not matter, as a share of A (5%) or a time (0.5ms); says where the whole interval is within
    #[arg(long, value_name = "BAND")]
    pub(super) equivalent: Option<String>,
    /// Exit 3 when B is shown to be worse in this figure: p50, p90, p95, p99, p99.9, mean, errors or rate
    #[arg(long, value_name = "FIGURE", num_args = 0..=1, require_equals = true, default_missing_value = "p99")]
    pub(super) fail_on_difference: Option<String>,
    /// Do not exit 4 although A or B is INVALID
    #[arg(long)]
    pub(super) allow_invalid: bool,
    /// Keep the result of every run in this directory
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
    /// Of arrivals and resamples: repeats the comparison [default: from the system, printed]
    #[arg(long, value_name = "NUMBER")]
    pub(super) seed: Option<String>,
    /// Of the values of another tool's logs: ns, us or ms [default: ns]
    #[arg(long, value_name = "UNIT")]
    pub(super) unit: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
    /// Print to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Flags of loadgen run, for both
    #[arg(last = true, value_name = "FLAGS")]
    pub(super) shared: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    Text,
    Json,
}
