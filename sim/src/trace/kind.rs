//! The kinds of events a trace can hold, as one static table.
//!
//! A kind's code and the order of its fields are fixed for ever: an old trace must decode. A new kind takes
//! a fresh code; nothing is renumbered. Hosts are numbered from 1 in order of registration; host 0 is the
//! driver, which stands outside the simulated network. Fields named `…_us` are microseconds.

use std::fmt;
use std::time::Duration;

/// The most fields any kind has.
pub const FIELDS_MAX: usize = 7;

/// The outcome of a [`Kind::GatewayAttemptDone`] that is no connection.
pub const NOT_CONNECTED: u64 = 1;

/// The outcome of one that was given up, because another attempt at the same request had a good answer.
pub const CANCELLED: u64 = 5;

/// What wall clocks say at time 0 unless they are off: 2024-01-01 00:00:00 UTC.
pub const EPOCH: Duration = Duration::from_secs(1_704_067_200);

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal [$($field:literal),*];)*) => {
        /// What happened. The table in the source is the reference of the fields.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Kind { $($(#[$doc])* $name = $code,)* }

        impl Kind {
            /// Every kind, in order of code.
            pub const ALL: &'static [Kind] = &[$(Kind::$name,)*];

            /// The kind with this code.
            pub fn from_code(code: u64) -> Option<Kind> {
                match code { $($code => Some(Kind::$name),)* _ => None }
            }

            /// Names of the fields, in order of encoding.
            pub fn fields(self) -> &'static [&'static str] {
                match self { $(Kind::$name => &[$($field),*],)* }
            }

            fn text(self) -> &'static str {
                match self { $(Kind::$name => $text,)* }
            }
        }
    };
}

kinds! {
    // the driver
    /// A simulation starts; its time counts from 0 again.
    Run = 1 "run" ["variant", "seed"];
    /// The record's host is called this: UTF-8 bytes, eight to a word, little endian.
    Host = 2 "host" ["length", "word0", "word1", "word2", "word3"];
    /// The host's program starts (incarnation 0) or starts again.
    Start = 3 "start" ["incarnation"];
    /// The host's program is killed with so many connections open.
    Crash = 4 "crash" ["connections"];
    /// The link between two hosts changes; per direction 0 open, 1 cut, 2 held.
    Link = 5 "link" ["a", "b", "a_to_b", "b_to_a"];
    /// Latency between two hosts becomes this range.
    Latency = 6 "latency" ["a", "b", "min_us", "max_us"];
    /// A connection that lost bytes, or whose other end is gone, is reset.
    Reset = 7 "reset" ["connection", "side"];
    /// The wall clock of the host is off by this much from here on (two's complement).
    ClockStep = 8 "clock-step" ["offset_us"];
    /// The simulation ends.
    End = 9 "end" [];
    /// The host stands still (1) or goes on (0): nothing leaves it and nothing reaches it.
    Stop = 10 "stop" ["stopped"];
    /// Reads and writes are cut at random places (1), or no longer (0).
    Fragment = 11 "fragment" ["on"];
    /// A fault of the plan begins: its place in the plan, the number of its kind, the hosts it lies on (0 for none).
    FaultBegan = 12 "fault-began" ["index", "fault", "a", "b"];
    /// And ends.
    FaultEnded = 13 "fault-ended" ["index", "fault", "a", "b"];
    /// All faults have ended and none will come: from here on the system has to recover.
    Heal = 14 "heal" [];
    /// The gateway was given another config, by its place in the scenario; 0 as its version: it refused it.
    Reload = 15 "reload" ["config", "version"];
    // the wire, as the host at the record's end of it sees it
    /// The host starts listening.
    Listen = 16 "listen" ["port"];
    /// The host asks for a connection.
    Connect = 17 "connect" ["dial", "to", "port"];
    /// The connection asked for is there.
    Connected = 18 "connected" ["dial", "connection"];
    /// The connection asked for was refused.
    Refused = 19 "refused" ["dial"];
    /// The host accepted a connection.
    Accept = 20 "accept" ["connection", "from"];
    /// Bytes written to the connection.
    Out = 21 "out" ["connection", "bytes"];
    /// Bytes read from the connection.
    In = 22 "in" ["connection", "bytes"];
    /// The host closed its direction, or let the connection go.
    FinOut = 23 "fin-out" ["connection"];
    /// The host read the end of the other direction.
    FinIn = 24 "fin-in" ["connection"];
    /// The host learnt that the connection was reset.
    RstIn = 25 "rst-in" ["connection"];
    /// The gateway was asked to stop within this time.
    Drain = 26 "drain" ["deadline_us"];
    /// A lookup of an upstream's name, by its number, brought a host for each bit that is set, or (1) what is of no use.
    LookedUp = 27 "looked-up" ["upstream", "trouble", "hosts"];
    // the load generator; `id` is the request's id in its schedule
    /// A request is due at its intended time; `ask` is its place among the requests of the load.
    ClientPlanned = 32 "client-planned" ["id", "intended_us", "ask"];
    /// A request is on its way.
    ClientSent = 33 "client-sent" ["id", "connection"];
    /// A request got a whole answer, with a body of this length and CRC-32.
    ClientDone = 34 "client-done" ["id", "status", "bytes", "crc32"];
    /// A request got none; the failure's number is the load generator's.
    ClientFailed = 35 "client-failed" ["id", "failure"];
    /// What is about to be sent: the number of its method, its target and its body by length and CRC-32.
    ClientAsked = 36 "client-asked" ["id", "method", "target_crc32", "bytes", "crc32"];
    /// The load generator itself sends the request again: its connection ended without a byte of an answer.
    ClientResent = 37 "client-resent" ["id", "connection"];
    /// A visitor is about to send a request with these cookies, by their CRC-32; 0 for none.
    ClientShows = 38 "client-shows" ["id", "crc32"];
    /// An answer has set a visitor's cookies, which are these now.
    ClientGiven = 39 "client-given" ["id", "crc32"];
    /// Where the answer leads that a request has next: the CRC-32 of its `Location`, or of its `Allow`. Only of one that has.
    ClientPointed = 40 "client-pointed" ["id", "crc32"];
    /// Who says that he has served the answer that a request has next: the CRC-32 of its `X-Served-By`. Only of one that has.
    ClientServed = 46 "client-served" ["id", "crc32"];
    // the stub; `number` counts a replica's requests, `connection` its connections
    /// The script took a replica down.
    StubDown = 48 "stub-down" ["replica"];
    /// And up again.
    StubUp = 49 "stub-up" ["replica"];
    /// A replica accepted a connection.
    StubAccepted = 50 "stub-accepted" ["replica", "connection"];
    /// A connection of a replica ended.
    StubClosed = 51 "stub-closed" ["replica", "connection"];
    /// A request arrived at a replica. The client's id plus 1, 0 if it had none; a hash of its idempotency key,
    /// never 0, or 0 for none; the number of its method; the CRC-32 of its target.
    StubRequest = 52 "stub-request" ["replica", "connection", "number", "load_id_plus_1", "key", "method", "target_crc32"];
    /// The request's body was read to its end.
    StubBody = 53 "stub-body" ["replica", "number", "bytes", "crc32"];
    /// The answer's head is on its way.
    StubAnswer = 54 "stub-answer" ["replica", "number", "status"];
    /// And its last byte, after a body of this length and CRC-32.
    StubFinished = 55 "stub-finished" ["replica", "number", "bytes", "crc32"];
    /// The answer was spoilt on purpose: 0 reset, 1 truncated.
    StubInjected = 56 "stub-injected" ["replica", "number", "fault"];
    /// The answer could not be completed, because of 0 the client, 1 the script.
    StubAborted = 57 "stub-aborted" ["replica", "number", "by"];
    /// What the request that arrives next carries; only of one that is marked for it, or a copy. Whether it is a copy; sums of
    /// its marks and of what it says of earlier hops; how many fields it has that belong to another connection.
    StubMarked = 58 "stub-marked" ["replica", "mirrored", "marks", "hops", "strays"];
    /// The answer whose head comes next says when to ask again: in so many seconds, or (1) then, in seconds of Unix time.
    StubLater = 59 "stub-later" ["replica", "number", "seconds", "is_date"];
    /// What the request that arrives next says of how many milliseconds its client still waits, in a field of its own or (1) in
    /// gRPC's; of each that it has.
    StubWaits = 60 "stub-waits" ["replica", "ms", "in_grpc"];
    // the gateway; `id` is its own number of the request
    /// The gateway accepted a connection.
    GatewayAccepted = 64 "gateway-accepted" ["connection"];
    /// A client's connection ended.
    GatewayClosed = 65 "gateway-closed" ["connection"];
    /// A request's head was read. The client's id plus 1, 0 if it had none.
    GatewayRequest = 66 "gateway-request" ["id", "load_id_plus_1"];
    /// An attempt goes to a replica.
    GatewayAttempt = 67 "gateway-attempt" ["id", "number", "upstream", "replica"];
    /// An attempt ended: 0 answered with this status, 1 not connected, 3 broken, 4 given up over the time of one
    /// attempt. 2, not sent, is kept for an outcome that no gateway tells of.
    GatewayAttemptDone = 68 "gateway-attempt-done" ["id", "number", "outcome", "status"];
    /// The head of the answer is on its way to the client.
    GatewayAnswered = 69 "gateway-answered" ["id", "status"];
    /// A config came into force.
    GatewayApplied = 70 "gateway-applied" ["version"];
    /// A replica gets no more requests: because of 0 failures to connect, 1 errors in a row, 2 the share of errors,
    /// 3 probes.
    GatewayEjected = 71 "gateway-ejected" ["upstream", "replica", "cause"];
    /// And gets requests again.
    GatewayReturned = 72 "gateway-returned" ["upstream", "replica"];
    /// In what comes into force next, an upstream by name has this host for a replica; 0 for an unknown one.
    GatewayReplica = 73 "gateway-replica" ["upstream", "replica", "host"];
    /// A probe of a replica starts. `number` is the gateway's own.
    GatewayProbe = 80 "gateway-probe" ["number", "upstream", "replica"];
    /// And has ended: it was 0 good, 1 failed, 2 nothing that says anything of its replica.
    GatewayProbed = 81 "gateway-probed" ["number", "outcome"];
    /// A breaker changed its state, of an upstream (host 0) or of its replica on this host: 0 closed, 1 half-open, 2 open.
    GatewayBreaker = 90 "gateway-breaker" ["upstream", "host", "from", "to"];
    /// A request was refused over an upstream's adaptive limit: 0 critical, 1 high, 2 normal, 3 low.
    GatewayShed = 91 "gateway-shed" ["id", "upstream", "class"];
    /// An upstream's adaptive limit is another one.
    GatewayLimit = 92 "gateway-limit" ["upstream", "limit"];
    /// Something was waited for in vain: 0 a connection, 1 the first byte of an answer, 2 the end of one attempt's time, 3 of the
    /// route's, 5 others to be done with a connection, 6 the end of the client's time.
    GatewayTimedOut = 93 "gateway-timed-out" ["id", "timeout"];
    // both sides of a tunnel; `id` is its number
    /// A client asks for a tunnel that goes in this way.
    TunnelAsked = 110 "tunnel-asked" ["id", "way"];
    /// The status of its answer: given by the side that it leads to, got by the client, 0 for none.
    TunnelOpened = 111 "tunnel-opened" ["id", "status"];
    /// A side is about to say a line: length and CRC-32 of all that it says up to its end.
    TunnelSaid = 112 "tunnel-said" ["id", "bytes", "crc32"];
    /// A side has heard a line: length and CRC-32 of all that it has heard up to its end.
    TunnelHeard = 113 "tunnel-heard" ["id", "bytes", "crc32"];
    /// A side has said all that it has to say.
    TunnelDone = 114 "tunnel-done" ["id"];
    /// A side has heard all: the other's end, or (1) that the connection broke.
    TunnelEnded = 115 "tunnel-ended" ["id", "broken"];
    /// A side lets its connection go.
    TunnelLeft = 116 "tunnel-left" ["id"];
}

impl Kind {
    pub fn code(self) -> u64 {
        self as u64
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_ordered_and_reversible() {
        assert!(Kind::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), Some(*kind));
            assert!(kind.fields().len() <= FIELDS_MAX, "{kind} has too many fields");
        }
        assert_eq!(Kind::from_code(0), None);
    }
}
