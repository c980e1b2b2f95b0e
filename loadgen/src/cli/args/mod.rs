//! The command line of a run as typed. Values stay text here, so that [`super::plan`] can report all that is wrong at
//! once.

mod connections;
mod examples;
mod load;
mod output;
mod requests;
mod validity;

pub(super) use connections::ConnectionArgs;
pub(super) use examples::EXAMPLES;
pub(super) use load::LoadArgs;
pub(super) use output::{Format, OutputArgs};
pub(super) use requests::RequestArgs;
pub(super) use validity::{Pacer, ValidityArgs};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Where to: http[s]://host[:port]/path?query, which may be templated; may be left out with --targets
    pub(super) url: Option<String>,
    #[command(flatten)]
    pub(super) load: LoadArgs,
    #[command(flatten)]
    pub(super) connections: ConnectionArgs,
    #[command(flatten)]
    pub(super) request: RequestArgs,
    #[command(flatten)]
    pub(super) validity: ValidityArgs,
    #[command(flatten)]
    pub(super) output: OutputArgs,
}
