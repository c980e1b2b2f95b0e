//! `sim narrate`: a trace file told as the timeline of an incident.

use super::common::{Failure, failed, usage};
use sim::narrate::{Options, narrate as tell};
use sim::story::Source;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

#[derive(clap::Args)]
pub(super) struct Args {
    file: PathBuf,
    /// Tell the whole story of this request instead, hop by hop; may be given several times
    #[arg(long, value_name = "ID")]
    request: Vec<u64>,
    /// Only from this time of the run on, as in 1s500ms
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    from: Option<Duration>,
    /// Only what is before this time
    #[arg(long, value_name = "TIME", value_parser = humantime::parse_duration)]
    to: Option<Duration>,
}

pub(super) fn narrate(args: &Args) -> Result<u8, Failure> {
    let us = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    let options = Options {
        from_us: args.from.map_or(0, us),
        to_us: args.to.map_or(u64::MAX, us),
        requests: args.request.clone(),
    };
    if options.from_us >= options.to_us {
        return Err(usage("--from must be before --to".into()));
    }
    told(&Source::File(args.file.clone()), &options)?;
    Ok(0)
}

/// Prints the story of a trace.
pub(super) fn told(source: &Source, options: &Options) -> Result<(), Failure> {
    let mut out = BufWriter::new(io::stdout().lock());
    tell(source, options, &mut out).map_err(failed)?;
    out.flush().map_err(|error| failed(format!("print: {error}")))
}
