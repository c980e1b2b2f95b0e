//! What is printed and written.

use clap::ValueEnum;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Output")]
pub(in crate::cli) struct OutputArgs {
    /// What to print; json holds everything, and is what the other commands read
    #[arg(long, value_enum, default_value = "text")]
    pub(in crate::cli) format: Format,
    /// Print to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub(in crate::cli) output: Option<PathBuf>,
    /// Write the histograms as an HdrHistogram V2 interval log
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) hlog: Option<PathBuf>,
    /// Write response time by percentile in HdrHistogram's text form
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) hgrm: Option<PathBuf>,
    /// Write the time series as CSV
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) series: Option<PathBuf>,
    /// Write a line of CSV for every request: when it was meant to be sent, when it was, when it ended and how
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) log: Option<PathBuf>,
    /// Write a report with pictures, one self-contained HTML file
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) html: Option<PathBuf>,
    /// Length of the intervals of the time series
    #[arg(long, value_name = "TIME", default_value = "1s")]
    pub(in crate::cli) interval: String,
    /// No live view; on a terminal one line an interval instead
    #[arg(long)]
    pub(in crate::cli) no_tui: bool,
    /// Nothing on standard error but errors
    #[arg(long)]
    pub(in crate::cli) quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    Text,
    Json,
    Csv,
    Openmetrics,
}
