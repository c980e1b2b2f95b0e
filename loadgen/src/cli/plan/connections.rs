//! What carries the requests.

use super::errors::{Errors, SECOND};
use crate::cli::args::ConnectionArgs;
use loadgen::JobSpec;

pub(super) fn apply(args: &ConnectionArgs, job: &mut JobSpec, errors: &mut Errors) {
    let count = "a number of connections";
    job.connections = errors.parse("--connections", &args.connections, count, 64);
    job.max_in_flight = args
        .max_in_flight
        .as_deref()
        .map(|most| errors.parse("--max-in-flight", most, "a number of requests", 1));
    job.backlog = errors.parse("--backlog", &args.backlog, "a number of requests", 0);
    job.timeout = errors.duration("--timeout", &args.timeout, SECOND);
    job.preconnect = args.preconnect;
    job.requests_per_connection = match &args.requests_per_conn {
        _ if args.no_keepalive => Some(1),
        Some(most) => Some(errors.parse("--requests-per-conn", most, "a number of requests", 1)),
        None => None,
    };
}
