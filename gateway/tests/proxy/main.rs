//! The gateway on real sockets, between a raw client and a raw upstream, byte by byte.
//!
//! Neither side uses an HTTP library, so that a misreading that the gateway's engine shares with them would show.
//! Nothing is judged by how long it took, but for deadlines that must not be early.

mod admin;
mod again;
mod answers;
mod balancing;
mod beside;
mod breaker;
mod cancellation;
mod caps;
mod causes;
mod chunks;
mod collector;
mod corpus;
mod fallbacks;
mod framing;
mod harness;
mod headers;
mod health;
mod hedging;
mod hops;
mod interims;
mod lifecycle;
mod mirror;
mod names;
mod overload;
mod paths;
mod pipelining;
#[cfg(feature = "planted")]
mod planted;
#[cfg(feature = "planted")]
mod planted_balance;
#[cfg(feature = "planted")]
mod planted_breaker;
#[cfg(feature = "planted")]
mod planted_health;
#[cfg(feature = "planted")]
mod planted_hedge;
#[cfg(feature = "planted")]
mod planted_overload;
#[cfg(feature = "planted")]
mod planted_pool;
#[cfg(feature = "planted")]
mod planted_reload;
#[cfg(feature = "planted")]
mod planted_retries;
#[cfg(feature = "planted")]
mod planted_routes;
#[cfg(feature = "planted")]
mod planted_trace;
#[cfg(feature = "planted")]
mod planted_upgrade;
mod poisoning;
mod pooling;
mod proxy_header;
mod recorder;
mod refusals;
mod retries;
mod routing;
mod slow;
mod streaming;
mod times;
mod trace;
mod trace_context;
mod tunnels;
mod unread;
mod upgrades;
mod upstreams;
mod websocket;
