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
//! wait for a connection (all busy, or one being dialled) is neither the server's service nor our lag; it is in
//! response time, and [`Phases`] have it apart. When send lag is high, requests were planned and never attempted, or a
//! thread was too busy, the [`Report`] calls itself INVALID (Lancet, ATC'19).
//!
//! From request to picture: a [`Catalogue`] of what is sent and a [`Job`] of how much; a [`Shard`] of it per thread, each
//! of which makes a [`Recording`]; their sum in a [`Document`], of which every output, merge, comparison and picture is made.
//!
//! Units: histograms are in nanoseconds with three significant digits, reports in microseconds, times within a
//! run `Duration`s since its start. Response and service time are of answered requests, whatever their
//! status; failed requests are counted by kind and their times kept in a histogram of their own. A flow of several
//! requests is one arrival: its response time is of the whole, service time is kept per step.
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
//! Not here: WebSocket, gRPC and HTTP/3; redirects and decompression, which are a browser's. In simulated worlds HTTP/1.1
//! alone is spoken. `README.md` beside this crate is the guide for who uses the tool.
//!
//! Ranks (a module imports only lower ones; siblings of one rank are blind to each other):
//!
//! ```text
//! r0  event  null           what happens to a request; a server whose answers are known in advance
//! r1  request  transport    what is sent and expected; TLS, HTTP/2, unix sockets
//! r2  http                  one exchange
//! r3  job                   what was asked, checked
//! r4  pool  record          which request goes over which connection; what was measured
//! r5  shard  report         a share of the job on one thread; figures, verdict, forms of output
//! r6  results               read back, merged, compared, searched with
//! r7  pictures              results drawn
//! r8  cli                   the program's (main.rs): command line, threads, live view, selfcheck
//! ```

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
pub use job::{Job, JobErrors, JobSpec, Offered, Protocol, ShardOf};
pub use record::{Counts, Part, Phases, Recording, Row, Series};
pub use report::{
    Document, FORMAT, Generator, Judged, LagLimit, Latency, Limits, PartReport, PhasesUs, PlanCheck, Report,
    Run, SeriesRow, SeriesTable, Slo, Verdict, Witness, hgrm, hlog, openmetrics, series_csv, text,
};
pub use request::{
    Body, Catalogue, Common, Expect, Fault, Origin, ReadFile, ScenarioSpec, Step as RequestStep, StepSpec,
    Tokens, Url, parse_mix, parse_targets,
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
pub use workload::{Arrival, Trace};
