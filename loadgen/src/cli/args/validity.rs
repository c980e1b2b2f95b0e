//! How precisely intended times are met, what the generator is held to, and what the target is.

use clap::ValueEnum;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Pacing, validity and gates")]
pub(in crate::cli) struct ValidityArgs {
    /// How intended times are met: hybrid sleeps, and spins the last 50 µs (precise); timerfd sleeps (spares the CPU);
    /// spin never sleeps
    #[arg(long, value_enum, default_value = "hybrid")]
    pub(in crate::cli) pacer: Pacer,
    /// INVALID above this send lag: p99=200us, several separated by commas; a time alone is for p99. The default is a
    /// tenth of the tightest latency goal in common use, 10 ms
    #[arg(long, value_name = "LIMITS", default_value = "p99=1ms")]
    pub(in crate::cli) max_send_lag: String,
    /// INVALID when a smaller share of the planned requests got a connection
    #[arg(long, value_name = "SHARE", default_value = "0.99")]
    pub(in crate::cli) min_send_ratio: String,
    /// Exit as if the run were valid although it is INVALID
    #[arg(long)]
    pub(in crate::cli) allow_invalid: bool,
    /// What the target must keep to, repeatable: 'p99<50ms', 'errors<0.1%', 'mean<5ms', 'service.p99<20ms', 'rate>=900';
    /// exit 3 when broken
    #[arg(long, value_name = "LEVEL")]
    pub(in crate::cli) slo: Vec<String>,
    /// End the run as soon as a level has been broken for three intervals running
    #[arg(long, requires = "slo")]
    pub(in crate::cli) abort_on_fail: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Pacer {
    Hybrid,
    Timerfd,
    Spin,
}
