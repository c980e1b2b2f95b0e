//! How much load, when, and dealt to whom.

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Load")]
pub(in crate::cli) struct LoadArgs {
    /// Arrivals per second over all threads and shards: 2000, or 50/1s, 3000/1m
    #[arg(short = 'R', long, value_name = "RATE", short_alias = 'q')]
    pub(in crate::cli) rate: Option<String>,
    /// Arrival process: constant, poisson, uniform (each anywhere in its own slot) or trace
    #[arg(long, value_name = "KIND")]
    pub(in crate::cli) arrival: Option<String>,
    /// Rate over time instead of -R: '0s:100, 30s:1000' ramps, 'step 2000x60s' is a plateau
    #[arg(long, value_name = "LIST", conflicts_with = "rate")]
    pub(in crate::cli) schedule: Option<String>,
    /// Arrivals from a file: one time since the start a line, in seconds or with a unit
    #[arg(long, value_name = "FILE", conflicts_with_all = ["rate", "schedule"])]
    pub(in crate::cli) trace: Option<String>,
    /// Closed loop instead of a plan: each connection asks again when it is answered, as fast as it goes
    #[arg(long, conflicts_with_all = ["rate", "schedule", "trace", "arrival"])]
    pub(in crate::cli) closed: bool,
    /// For how long requests are released, warm-up included [default: 10s; with -n, --schedule or --trace as long as
    /// that takes]
    #[arg(short, long, value_name = "TIME", short_alias = 'z')]
    pub(in crate::cli) duration: Option<String>,
    /// Stop after this many requests
    #[arg(short = 'n', long, value_name = "COUNT")]
    pub(in crate::cli) requests: Option<String>,
    /// Requests due in this first part are sent but not measured
    #[arg(long, value_name = "TIME", default_value = "0s")]
    pub(in crate::cli) warmup: String,
    /// How long to wait for outstanding answers at the end
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(in crate::cli) drain: String,
    /// Repeats the arrivals and requests of another run [default: from the system, printed]
    #[arg(long, value_name = "NUMBER")]
    pub(in crate::cli) seed: Option<String>,
    /// Threads, each with its share of the arrivals and of the connections (at most 64, over all shards)
    #[arg(short, long, value_name = "COUNT", default_value = "1")]
    pub(in crate::cli) threads: String,
    /// Pin threads to these cores in turn, as in 1,3
    #[arg(long, value_name = "LIST")]
    pub(in crate::cli) cores: Option<String>,
    /// One shard of a run on several machines: K/N with K from 0, or auto/N for the index that a Kubernetes Indexed Job
    /// or a Slurm array sets; all shards need the same --seed, and `loadgen merge` adds their results up
    #[arg(long, value_name = "K/N", requires = "seed")]
    pub(in crate::cli) shard: Option<String>,
    /// Start at this wall-clock time, the same on all machines: RFC 3339, or seconds since 1970
    #[arg(long, value_name = "TIME")]
    pub(in crate::cli) start_at: Option<String>,
}
