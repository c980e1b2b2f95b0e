//! `loadgen search URL`: the highest rate that is valid and within the service levels.

use super::child::{Children, Ended, has, reserved};
use super::compare::{Format, seed};
use super::exit::{BROKEN, INTERRUPTED, INVALID, Refusal};
use super::form;
use super::report::levels;
use loadgen::{
    Asked, Limit, Search, SearchResult, SearchRun, SearchSpec, Slo, Step, search_text, unloaded_slos,
};
use std::ffi::OsString;
use std::path::PathBuf;
use tokio::runtime::{Builder, LocalOptions};
use world::Seed;

pub(super) const HELP: &str = "\
Doubles the rate from --from until a service level breaks or this generator is no longer valid, then bisects. A rate
fails by the majority of its repeats, and so does the one that is reported hold. Each run is a process of its own.

Examples:
  What the server carries with p99 below 50 ms and hardly an error:
    loadgen search http://127.0.0.1:8080/ --slo 'p99<50ms' --slo 'errors<0.1%'
  Longer runs, more connections, JSON for the picture:
    loadgen search http://host/ --slo 'p99<50ms' --format json -o search.json -- -d 30s --warmup 5s -c 256 -t 2

Without --slo the levels are errors<1% and ten times p99 of the first rate: in a plain queue (M/M/1) latency is
1/(1 - load) times what it is unloaded, so that is nine tenths of what the target can do.

Exit codes:
  0    found
  1    could not run
  2    wrong usage
  3    even the first rate breaks the levels
  4    even the first rate is INVALID
  130  interrupted by a signal; what was found until then is printed";

/// Of each run, unless the flags say otherwise: long enough for 1 000 requests at the first rate, the warm-up left out.
const DURATION: &str = "12s";
const WARMUP: &str = "2s";

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to: http://host[:port]/path?query
    url: String,
    /// A level to keep to, repeatable: 'p99<50ms', 'errors<0.1%' [default: errors<1% and ten times the first p99]
    #[arg(long, value_name = "LEVEL")]
    slo: Vec<String>,
    /// The first rate
    #[arg(long, value_name = "RATE", default_value = "100")]
    from: String,
    /// The highest rate to try
    #[arg(long, value_name = "RATE", default_value = "1000000")]
    max_rate: String,
    /// How close the rate that fails is to the one that holds
    #[arg(long, value_name = "SHARE", default_value = "5%")]
    precision: String,
    /// Runs that decide about a rate, by majority
    #[arg(long, value_name = "COUNT", default_value = "3")]
    repeats: String,
    /// Keep the result of every run in this directory
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// Of all arrivals: repeats the search [default: from the system, printed]
    #[arg(long, value_name = "NUMBER")]
    seed: Option<String>,
    /// What to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Print to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Flags of loadgen run, such as -d, --warmup, -c, -H
    #[arg(last = true, value_name = "FLAGS")]
    flags: Vec<String>,
}

/// The command line, checked.
struct Plan {
    search: Search,
    slos: Vec<Slo>,
    seed: Seed,
    /// Of every run.
    words: Vec<String>,
}

/// `typed` is the command line without the program's and the command's name.
pub(super) fn run(args: &Args, typed: &[OsString]) -> Result<u8, Refusal> {
    let plan = plan(args)?;
    let asked = asked(args, &plan, typed)?;
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| Refusal::failed("build a runtime", e))?;
    let result = runtime.block_on(search(args, plan, asked))?;
    let bytes = match args.format {
        Format::Text => search_text::render(&result).into_bytes(),
        Format::Json => form::json(&result)?,
    };
    form::emit(args.output.as_deref(), &bytes)?;
    Ok(match (result.interrupted, result.highest, result.limit) {
        (true, ..) => INTERRUPTED,
        (false, None, Some(Limit::Generator)) => INVALID,
        (false, None, _) => BROKEN,
        (false, Some(_), _) => 0,
    })
}

fn plan(args: &Args) -> Result<Plan, Refusal> {
    let mut errors = Vec::new();
    let mut number = |flag: &str, text: &str| {
        text.parse::<f64>().unwrap_or_else(|_| {
            errors.push(format!("{flag}: {text:?} is not a number"));
            1.0
        })
    };
    let (from, max) = (number("--from", &args.from), number("--max-rate", &args.max_rate));
    let (precision, unit) = match args.precision.strip_suffix('%') {
        Some(percent) => (percent, 0.01),
        None => (args.precision.as_str(), 1.0),
    };
    let precision = number("--precision", precision) * unit;
    let repeats = number("--repeats", &args.repeats);
    if repeats.fract() != 0.0 {
        errors.push(format!("--repeats: {} is not a whole number", args.repeats));
    }
    let search = Search::new(SearchSpec {
        from,
        max,
        precision,
        repeats: repeats as usize,
    });
    let slos = levels(&args.slo, &mut errors);
    let seed = seed(args.seed.as_deref(), &mut errors)?;
    reserved(&args.flags, "after --", &mut errors);
    if has(&args.flags, Some('R'), "rate") {
        errors.push("after --: --rate is what is searched for: use --from and --max-rate".into());
    }
    if has(&args.flags, None, "seed") {
        errors.push("after --: every run has a seed of its own: write --seed before --".into());
    }
    let search = match search {
        Ok(search) if errors.is_empty() => search,
        Ok(_) => return Err(Refusal::usage(&errors)),
        Err(more) => {
            errors.extend(more);
            return Err(Refusal::usage(&errors));
        }
    };
    Ok(Plan {
        search,
        slos,
        seed,
        words: words(args),
    })
}

fn words(args: &Args) -> Vec<String> {
    let mut words = vec![args.url.clone()];
    words.extend(args.flags.iter().cloned());
    let bounded = has(&words, Some('d'), "duration") || has(&words, Some('n'), "requests");
    if !bounded {
        words.extend(["--duration", DURATION].map(str::to_owned));
        if !has(&words, None, "warmup") {
            words.extend(["--warmup", WARMUP].map(str::to_owned));
        }
    }
    words
}

fn asked(args: &Args, plan: &Plan, typed: &[OsString]) -> Result<Asked, Refusal> {
    let seed = plan.seed.to_string();
    let typed: Vec<String> = typed
        .iter()
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // before what is typed, because after -- it would be a run's
    let seeded: &[&str] = match args.seed {
        Some(_) => &[],
        None => &["--seed", &seed],
    };
    let all = ["loadgen", "search"].iter().chain(seeded).copied();
    let command = shlex::try_join(all.chain(typed.iter().map(String::as_str)))
        .map_err(|e| Refusal::failed("write the command down", e))?;
    let spec = plan.search.spec();
    Ok(Asked {
        target: plan.words.join(" "),
        command,
        seed: plan.seed.0,
        slos: Vec::new(),
        slos_assumed: plan.slos.is_empty(),
        from: spec.from,
        max_rate: spec.max,
        precision: spec.precision,
        repeats: spec.repeats,
    })
}

async fn search(args: &Args, plan: Plan, mut asked: Asked) -> Result<SearchResult, Refusal> {
    let Plan {
        mut search,
        mut slos,
        seed,
        words,
    } = plan;
    let mut children = Children::new(args.keep.clone())?;
    let mut runs: Vec<SearchRun> = Vec::new();
    let mut interrupted = false;
    while let Step::Measure(rate) = search.next() {
        let seed = seed.child("search").nth(runs.len() as u64);
        let mut words = words.clone();
        words.extend(["--rate".into(), rate.to_string()]);
        words.extend(["--seed".into(), (seed.0 >> 11).to_string()]);
        let name = format!("run-{:03}", runs.len() + 1);
        let Ended::Measured(document) = children.run(&words, &name).await? else {
            interrupted = true;
            break;
        };
        if slos.is_empty() && document.report.valid {
            slos = unloaded_slos(Some(&document.recording));
        }
        let run = match slos.is_empty() {
            true => SearchRun::new(rate, &document, &unloaded_slos(None)),
            false => SearchRun::new(rate, &document, &slos),
        };
        eprintln!(
            "{rate}/s: p99 {:.3} ms, {:.1}/s answered, {:.2} % errors: {:?}",
            run.p99_us / 1e3,
            run.achieved,
            run.errors * 100.0,
            run.outcome,
        );
        search.record(rate, run.outcome);
        runs.push(run);
    }
    asked.slos = slos.iter().map(ToString::to_string).collect();
    Ok(SearchResult::new(asked, &search, runs, interrupted))
}
