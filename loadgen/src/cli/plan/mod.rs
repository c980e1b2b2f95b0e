//! The command line checked: every error at once, then a plan that can be run.

mod connections;
mod errors;
mod load;
mod place;
mod requests;
mod start_at;
mod validity;

pub(super) use load::Load;
pub(super) use place::Place;
pub(super) use validity::Validity;

use super::args::{Args, OutputArgs};
use errors::Errors;
use loadgen::JobSpec;
use std::net::{Ipv4Addr, SocketAddr};

/// What was asked, as far as it can be known without asking anybody: the target's address is not looked up yet.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) job: JobSpec,
    pub(super) place: Place,
    pub(super) load: Load,
    pub(super) validity: Validity,
    pub(super) output: OutputArgs,
}

impl Plan {
    pub(super) fn new(args: Args) -> Result<Self, Vec<String>> {
        let mut errors = Errors::default();
        let unknown = SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        let mut job = JobSpec::new(unknown, "nowhere");
        let load = load::apply(&args.load, &mut job, &mut errors);
        connections::apply(&args.connections, &mut job, &mut errors);
        let place = requests::apply(&args, &mut job, &mut errors);
        let validity = validity::apply(&args.validity, &mut errors);
        job.interval = Some(errors.duration("--interval", &args.output.interval, errors::SECOND));
        load.check(&job, &mut errors);
        if let Err(wrong) = job.clone().build() {
            errors.add_all(wrong.0);
        }
        match (errors.into_result(), place) {
            (Ok(()), Some(place)) => Ok(Self {
                job,
                place,
                load,
                validity,
                output: args.output,
            }),
            (Err(errors), _) => Err(errors),
            (Ok(()), None) => Err(vec!["url: say where to send requests".into()]),
        }
    }
}
