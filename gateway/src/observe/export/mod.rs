//! Recorded spans on their way to an OpenTelemetry collector: OTLP over HTTP, as JSON, from a thread of its own.
//!
//! JSON and not protobuf: both are required of every receiver of OTLP/HTTP, it needs no code generator, and what it costs is not
//! on a request's path. Blocking sockets with deadlines and not the workers' runtime: a collector that hangs holds up this thread
//! and nothing else.

mod collector;
mod otlp;
mod thread;

pub(crate) use collector::Collector;
pub(crate) use thread::Exporter;
