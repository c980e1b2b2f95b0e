//! Open-model HTTP load generator that is honest about itself.
//!
//! **Open model.** Arrivals come from a [`workload::Schedule`]: every request has an *intended time*, fixed
//! before the run starts, and is released at that time whatever became of the requests before it. Real users
//! do not wait for each other; a generator whose next request waits for the last answer (a closed model)
//! stops asking exactly while the server is slow (Schroeder et al., NSDI'06).
//!
//! **Coordinated omission** (Gil Tene) is what a closed model, or a clock started at the actual send, does to
//! latency: a server that stands still for a second delays everyone who would have come in that second,
//! but only one request per connection notices. So three things are recorded, side by side:
//!
//! | histogram | from | to |
//! |---|---|---|
//! | response time | the intended time | the last byte of the answer |
//! | service time | the moment the request is handed to a live connection | the last byte of the answer |
//! | send lag | the intended time | that same moment, minus the wait for a connection |
//!
//! Response time is what a user sees. Send lag is the part of it that is this generator's own fault; the
//! wait for a connection (all busy, or one being dialled) is neither the server's service nor our lag and is
//! seen in response time alone. When send lag is high, or requests were planned and never attempted, the
//! [`Report`] calls itself INVALID (Lancet, ATC'19).
//!
//! Units: histograms are in nanoseconds with three significant digits, reports in microseconds, times within a
//! run `Duration`s since its start. Response and service time are of answered requests, whatever their
//! status; failed requests are counted by kind and their times kept in a histogram of their own.
//!
//! Invariants
//! - Conservation: every planned request has exactly one outcome, an answer or one [`Failure`].
//! - Nothing that is due is skipped or re-timed: behind schedule, requests go out late under their own time.
//! - The plan (ids, intended times) depends on the job and the world's seed, not on threads or replies.
//! - Merging recordings adds them up: shards on threads or machines give the recording of the whole.
//! - Every queue is bounded: connections and backlog by the [`Job`]; what does not fit is an error that is counted.
//! - Nothing here knows a real clock or socket: [`run_shard`] runs in any [`world::World`]; no `Drop` reads a
//!   clock or emits an event.
//!
//! Not here yet: HTTP/2, TLS, request mixes, ramps.

mod event;
mod http;
mod job;
pub mod null;
pub mod pictures;
mod pool;
mod record;
mod report;
mod request;
mod results;
mod shard;
mod transport;

pub use event::{Event, Failure, Unexpected};
pub use job::{Job, JobErrors, JobSpec, Offered, Protocol};
pub use record::{Counts, Part, Phases, Recording, Row, Series};
pub use report::{
    Document, FORMAT, Generator, Judged, LagLimit, Latency, Limits, PartReport, PhasesUs, PlanCheck, Report,
    Run, SeriesRow, SeriesTable, Slo, Verdict, Witness, hgrm, hlog, openmetrics, series_csv, text,
};
pub use request::{
    Body, Catalogue, Common, Expect, Fault, Origin, ReadFile, StepSpec, Tokens, Url, parse_mix, parse_targets,
};
pub use results::{
    Asked, Band, Bars, Basis, Compared, Comparison, Figure, Figures, Finding, Interval, LOAD_BYTES_MAX,
    Level, Limit, Loaded, Log, LogRow, Merged, Of, Outcome, Question, Search, SearchResult, SearchRun,
    SearchSpec, Source, Step, Unit, compare_text, load, log_text, merge_documents, merge_logs, paired,
    parse_document, search_text, two_results, unloaded_slos,
};
pub use shard::{Finished, Shard, Tick, run_shard, run_shard_until};
pub use transport::connect_to::ConnectTo;
pub use transport::net::Net;
pub use transport::tls::{Tls, TlsSpec};
pub use workload::Arrival;
