//! What holds where a config says nothing, and how far it may go: each with its reason.

use std::time::Duration;

/// Bytes of a config file. 10 000 routes, written generously, are 4 MB; what is larger is another file.
pub const CONFIG_BYTES_MAX: usize = 8 << 20;

/// The longest duration that any key takes. Beyond a day it is a unit that was mistyped; and sums of a few
/// never overflow a clock.
pub const DURATION_MAX: Duration = Duration::from_secs(24 * 60 * 60);

/// The largest count that any `…_max` takes: more than the file descriptors of one process, and safely
/// added up in 32 bits.
pub const COUNT_MAX: u64 = 1 << 24;

/// Upstreams of a plan: their index has to fit the `u16` that events carry.
pub const UPSTREAMS_MAX: usize = 10_000;

/// Ranges of trusted proxies: each request from a new connection is compared with all of them.
pub const TRUSTED_PROXIES_MAX: usize = 256;

/// Bytes of a route's or upstream's name: it becomes a metric label and part of every log line.
pub const NAME_BYTES_MAX: usize = 64;

/// `upstreams.*.sticky`
pub mod sticky {
    use super::Duration;

    /// The usual length of a session on a web server, twice over: half of it may pass before a cookie is renewed.
    pub const TTL: Duration = Duration::from_secs(60 * 60);
}

/// `upstreams.*.pool`
pub mod pool {
    use super::Duration;

    /// Enough to serve some 10 000 requests a second at 5 ms each without dialling.
    pub const IDLE_MAX: usize = 64;
    /// Below the keep-alive time of common servers (nginx 75 s, Apache and Node are shorter and cost a
    /// redial now and then), above the gap between requests of anything busy.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(30);
    /// Four times what is kept idle: room for a burst, short of what makes a small upstream fall over.
    pub const CONNECTIONS_MAX: usize = 256;
    /// Twice the connections: those that have one, those that wait for one, and room to spare, so that by default it is
    /// the queue that overflows and not this.
    pub const IN_FLIGHT_MAX: usize = 512;
    /// Half the connections: who comes last waits for half of what a request takes, which a burst is worth. Where the
    /// queue is longer than that the upstream is too slow for what is asked of it, and saying no at once is kinder.
    pub const PENDING_MAX: usize = 128;
    /// As long as a connection may take to open: a request whose turn does not come knows as soon as one that dialled
    /// in vain.
    pub const PENDING_TIMEOUT: Duration = Duration::from_secs(1);
    /// Inside one site a handshake takes a millisecond or a lost SYN, which is sent again after 1 s; one
    /// that has not come by then is dialled elsewhere.
    pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
}

/// `upstreams.*.resolve`
pub mod resolve {
    use super::Duration;

    /// Below it an answer is asked for again as often as it is used, and the resolver is what falls over.
    pub const VALID_LEAST: Duration = Duration::from_secs(1);
    /// Above it a replica that has moved is missed for longer than anybody waits, whatever its zone's owner wrote.
    pub const VALID_MOST: Duration = Duration::from_secs(60 * 60);
}

/// `upstreams.*.health`
pub mod health {
    use super::Duration;

    /// What HAProxy has; three failures are then seen within 6 s, at half a request per second and replica.
    pub const INTERVAL: Duration = Duration::from_secs(2);
    /// A hundred probes a second from each gateway are load, not health.
    pub const INTERVAL_LEAST: Duration = Duration::from_millis(10);
    /// An answer to a probe that takes a second is no sign of health.
    pub const TIMEOUT: Duration = Duration::from_secs(1);
    /// One lost packet is no outage, and three in a row are.
    pub const UNHEALTHY_AFTER: u32 = 3;
    /// One good answer may be luck.
    pub const HEALTHY_AFTER: u32 = 2;
    /// What a probe that went well is answered with. A redirect leads elsewhere, most often to a login.
    pub const STATUS: [(u16, u16); 1] = [(200, 299)];
    /// Beyond a thousand in a row nothing would ever be noticed.
    pub const IN_A_ROW_LIMIT: u64 = 1_000;
    /// Of a path to probe: more is no path that somebody made for this.
    pub const PATH_BYTES_MAX: usize = 1_024;
    /// The longest name that DNS has, with a port.
    pub const HOST_BYTES_MAX: usize = 255 + 6;
    /// Of the text that is looked for.
    pub const EXPECTED_BYTES_MAX: usize = 256;

    /// As Envoy: five in a row happen to a good replica by chance only where it fails often.
    pub const ERRORS: u32 = 5;
    /// A SYN may be lost; two in a row are nobody there.
    pub const CONNECT_FAILURES: u32 = 2;
    /// Over this the ratio is taken.
    pub const WINDOW: Duration = Duration::from_secs(10);
    /// Tenths of it are told apart, and the books are entered ten times a second.
    pub const WINDOW_LEAST: Duration = Duration::from_secs(1);
    /// Fewer than this are no statistics: half of 20 by chance is one in a thousand where one in five fails.
    pub const MIN_REQUESTS: u64 = 20;
    /// What proxies and overloaded servers say of themselves, the same that retries look at. Not 500: that is as a rule the
    /// one request's own bug, and replicas would be ejected one by one for what any of them would answer.
    pub const ERROR_STATUSES: [(u16, u16); 1] = [(502, 504)];
    /// nginx's `fail_timeout`: long enough to be felt as relief, short enough to be no outage.
    pub const COOLDOWN: Duration = Duration::from_secs(10);
    /// Envoy's `max_ejection_time`: somebody who repairs a replica does not wait longer for its traffic.
    pub const COOLDOWN_MAX: Duration = Duration::from_secs(300);
}

/// `upstreams.*.breaker`
pub mod breaker {
    use super::Duration;

    /// Fewer than this are no statistics: half of 20 by chance is one in a thousand where one in five fails.
    pub const MIN_REQUESTS: u64 = 20;
    /// Over this the ratios are taken: long enough for 20 requests of a quiet upstream, short enough to be about now.
    pub const WINDOW: Duration = Duration::from_secs(10);
    /// Tenths of it are told apart.
    pub const WINDOW_LEAST: Duration = Duration::from_millis(100);
    /// Long enough for a queue to drain or a process to start, short enough that nobody has to go and close it by hand.
    pub const OPEN_FOR: Duration = Duration::from_secs(5);
    /// Somebody who repairs an upstream does not wait for its traffic longer than he waits for a build.
    pub const OPEN_FOR_MAX: Duration = Duration::from_secs(60);
    /// One good answer may be luck, and a crowd is no probe.
    pub const PROBES: u32 = 3;
    /// Above it a round of probes is the load that the breaker was to take off.
    pub const PROBES_LIMIT: u64 = 1_000;
    /// All that a server says is wrong with itself. 500 too, other than with health: it is the whole upstream that is looked at, and when
    /// half of all it says is 500 it does not matter whose bug that is.
    pub const ERROR_STATUSES: [(u16, u16); 1] = [(500, 599)];
}

/// `upstreams.*.concurrency`
pub mod concurrency {
    /// What any server works at, one of a single thread too; below it one slow answer is a quarter of all that is known.
    pub const MIN: u32 = 4;
    /// Above it a limit is no protection, and `in_flight_max` holds.
    pub const MAX: u32 = 1_000;
    /// As Netflix's has it: more than most services need at first, and less than breaks one.
    pub const START: u32 = 20;
    /// A queue of a quarter of the work, so that no server waits for requests; as in Envoy's filter with its buffer of 25 %.
    pub const TOLERANCE_PERCENT: u32 = 125;
    /// Within a hundredth every answer would be slow by chance; ten times as slow is no limit.
    pub const TOLERANCE_PERCENT_RANGE: (u32, u32) = (101, 1_000);
    /// Of each bound: far above what one upstream is ever sent.
    pub const LIMIT: u64 = 1 << 20;
}

/// `routes[*]`
pub mod route {
    use super::Duration;
    use crate::transform::Forwarded;

    /// Longer than any page that somebody still waits for.
    pub const TIMEOUT: Duration = Duration::from_secs(30);
    /// Streams that send a comment line or a ping do so every 15 to 30 s; twice that is silence.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
    /// Without an id nothing in two logs can be put together.
    pub const REQUEST_ID: bool = true;
    /// Without it an upstream knows no client. What most of them read; `Forwarded` only where it is asked for.
    pub const FORWARDED: Forwarded = Forwarded::XForwarded;
    /// Few upstreams send any or read any, and some take what is in them for fields of the head: a second way in, for who does not
    /// know it.
    pub const TRAILERS: bool = false;
    /// Says nothing that `X-Forwarded-For` does not.
    pub const REAL_IP: bool = false;
    /// Header edits of one route and direction, and names of an allow- or deny-list: what no person writes more of.
    pub const EDITS_MAX: usize = 64;
    /// Bytes that they add to a head: common servers take 8 KiB in all.
    pub const EDITS_BYTES_MAX: usize = 4 << 10;
    /// Of a redirect: the one that nobody remembers, so that a mistake can be taken back.
    pub const REDIRECT_STATUS: u16 = 302;
    /// Of a fixed answer's body: nothing in it runs, whatever it says.
    pub const CONTENT_TYPE: &str = "text/plain; charset=utf-8";
}

/// `routes[*].retries`
pub mod retries {
    /// Of a body that is kept, and each request may have one.
    pub const BODY_LIMIT: u64 = 1 << 20;
}

/// `routes[*].mirror`
pub mod mirror {
    use super::Duration;
    use crate::health::Share;

    /// All: who asks for a mirror wants to see what it does, and writes a share where that is too much for it.
    pub const SHARE: Share = Share::ALL;
    /// Longer than most forms and calls, short enough to be kept for each copy.
    pub const BODY_MAX: u64 = 64 << 10;
    /// With `in_flight_max` it is what a mirror may take of memory.
    pub const BODY_LIMIT: u64 = 16 << 20;
    /// A shadow that hangs costs this many connections and bodies, 1 MiB in all; one that is as fast as a primary of 5 ms
    /// still gets some 3 000 copies a second.
    pub const IN_FLIGHT_MAX: usize = 16;
    /// What takes longer has been compared enough.
    pub const TIMEOUT: Duration = Duration::from_secs(1);
}

/// `routes[*].upgrade`
pub mod upgrade {
    use super::Duration;

    /// Pings of WebSockets come every 20 s to a few minutes; many send none, and people come back to a page within
    /// minutes. What has been silent for longer is as a rule a client that has gone without saying so.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(10 * 60);
    /// Protocols of one route: there are a dozen registered ones in all.
    pub const PROTOCOLS_MAX: usize = 16;
    /// Bytes of a protocol's name and version.
    pub const PROTOCOL_BYTES_MAX: usize = 64;
    /// Protocols in which requests would go past the routes and their policies: HTTP, in the clear and within TLS. Whatever
    /// version follows the name.
    pub const NEVER: [&str; 4] = ["h2c", "h2", "http", "tls"];

    /// Whether a protocol is one of these.
    pub fn is_never(protocol: &str) -> bool {
        let name = protocol.split('/').next().unwrap_or_default();
        NEVER.iter().any(|never| never.eq_ignore_ascii_case(name))
    }
}

/// `trace`
pub mod trace {
    use crate::config::Sample;
    use crate::health::Share;

    /// One in a hundred: what is usual is seen, and what it costs is not.
    pub const SAMPLE: Sample = Sample::Share(Share::HUNDREDTH);
    /// Under which a collector finds the gateway.
    pub const SERVICE: &str = "tollgate";
    /// Of a service's name.
    pub const SERVICE_BYTES_MAX: usize = 255;
    /// Where collectors take spans (OTLP/HTTP).
    pub const PATH: &str = "/v1/traces";
    /// Fields of an export: a token, a tenant, and room to spare.
    pub const HEADERS_MAX: usize = 16;
}

/// `server`
pub mod server {
    use super::Duration;

    /// Browsers open connections ahead of need, and open another when one is gone; the rest is an attack by silence.
    pub const FIRST_BYTE_TIMEOUT: Duration = Duration::from_secs(10);
    /// A head is one packet or two; what takes longer is a bad line or an attack by slowness.
    pub const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
    /// Browsers keep connections for a minute or more; each costs us memory, not time.
    pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
    /// A sender that pauses for a minute in the middle of a body has gone away or means harm; nginx's
    /// `client_body_timeout` is the same.
    pub const BODY_TIMEOUT: Duration = Duration::from_secs(60);
    /// Bytes per second. No line that is still in use is slower; Apache's `mod_reqtimeout` has the same.
    pub const BODY_RATE_MIN: u64 = 500;
    /// Above it honest phones on bad days would be cut off.
    pub const BODY_RATE_LIMIT: u64 = 1 << 20;
    /// A reader that takes nothing for a minute has gone away or means harm; nginx's `send_timeout` is the same.
    pub const WRITE_TIMEOUT: Duration = Duration::from_secs(60);
    /// What Apache allows; browsers send about 20.
    pub const HEADERS_MAX: usize = 100;
    /// No deployment needs more fields, and finding one among them is a linear search.
    pub const HEADERS_LIMIT: u64 = 1_000;
    /// What nginx allows in total (four buffers of 8 KiB).
    pub const HEADER_BYTES_MAX: usize = 32 << 10;
    /// A head smaller than this cannot hold a request that a browser makes.
    pub const HEADER_BYTES_LEAST: u64 = 256;
    /// It is buffered per connection, so it has to stay small.
    pub const HEADER_BYTES_LIMIT: u64 = 1 << 20;
    /// Each is a file descriptor and some 3 KB while it is idle: below the usual descriptor limit of a service.
    pub const CONNECTIONS_MAX: usize = 10_000;
    /// None: a carrier's or an office's NAT is one address, and so is a balancer that says nothing of its clients.
    pub const CONNECTIONS_PER_IP_MAX: Option<usize> = None;
}

/// `shutdown`
pub mod shutdown {
    use super::Duration;

    /// None: who has no balancer in front gains nothing by waiting. Who has one writes what it takes to notice.
    pub const LEAD: Duration = Duration::ZERO;
    /// As long as a route's `timeout` by default: what was begun in time is ended in time.
    pub const DEADLINE: Duration = Duration::from_secs(30);
}
