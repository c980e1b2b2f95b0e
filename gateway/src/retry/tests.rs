//! The whole decision table, against the rules said in another way; and the rows one reads first.

use proptest::prelude::*;

use super::{Decision, Outcome, Params};
use Decision::{Again, Stop};
use Outcome::{ConnectFailed, Reset, Status, Timeout};

const OUTCOMES: [Outcome; 8] = [
    ConnectFailed,
    Reset,
    Timeout,
    Status(200),
    Status(500),
    Status(502),
    Status(503),
    Status(504),
];

/// What is known of a request.
#[derive(Debug, Clone, Copy)]
struct Request {
    idempotent: bool,
    keyed: bool,
    replayable: bool,
}

const GET: Request = Request {
    idempotent: true,
    keyed: false,
    replayable: true,
};
const POST: Request = Request {
    idempotent: false,
    keyed: false,
    replayable: true,
};
const POST_KEYED: Request = Request { keyed: true, ..POST };
const POST_STREAMED: Request = Request {
    replayable: false,
    ..POST
};
const PUT_STREAMED: Request = Request {
    replayable: false,
    ..GET
};

/// The decisions after the first attempt, one per row of `OUTCOMES`, with one retry allowed.
fn check(only_idempotent: bool, request: Request, expected: [Decision; 8]) {
    let params = Params::try_new(1, only_idempotent).unwrap();
    let Request {
        idempotent,
        keyed,
        replayable,
    } = request;
    for (outcome, expected) in OUTCOMES.into_iter().zip(expected) {
        let decision = params.decide(1, idempotent, keyed, outcome, replayable);
        assert_eq!(
            decision, expected,
            "{request:?} {outcome:?}, only_idempotent: {only_idempotent}"
        );
    }
}

#[test]
fn first_attempts() {
    //                          connect reset  timeout  200   500   502    503    504
    let careful = [Again, Stop, Stop, Stop, Stop, Stop, Stop, Stop];
    let repeatable = [Again, Again, Again, Stop, Stop, Again, Again, Again];
    check(true, GET, repeatable);
    check(true, POST, careful);
    check(true, POST_KEYED, repeatable);
    check(true, POST_STREAMED, [Stop; 8]);
    check(true, PUT_STREAMED, [Stop; 8]);
    // the naive policy repeats everything that it still has
    check(false, GET, repeatable);
    check(false, POST, repeatable);
    check(false, POST_KEYED, repeatable);
    check(false, POST_STREAMED, [Stop; 8]);
}

#[test]
fn without_retries_nothing_is_sent_again() {
    let none = Params::default();
    for outcome in OUTCOMES {
        assert_eq!(none.decide(1, true, true, outcome, true), Stop, "{outcome:?}");
    }
}

#[test]
fn attempts_end_after_the_last_retry() {
    let params = Params::try_new(3, true).unwrap();
    let decisions =
        |outcome| [1, 2, 3, 4, 5].map(|attempt| params.decide(attempt, true, false, outcome, true));
    assert_eq!(decisions(ConnectFailed), [Again, Again, Again, Stop, Stop]);
    assert_eq!(decisions(Status(503)), [Again, Again, Again, Stop, Stop]);
}

#[test]
fn statuses_are_what_the_route_says() {
    let mut params = Params::try_new(1, true).unwrap();
    params.statuses = super::Statuses::try_new(&[(429, 429), (500, 500)]).unwrap();
    let decisions = [429, 500, 502, 503].map(|status| params.decide(1, true, false, Status(status), true));
    assert_eq!(decisions, [Again, Again, Stop, Stop]);
    // whatever its status says, it may have been done
    assert_eq!(params.decide(1, false, false, Status(429), true), Stop);
}

proptest! {
    /// Every cell: what is sent again was harmless or repeatable, is still there, and is within bounds.
    /// And each of these is needed: with one more permission nothing that was sent again is not.
    #[test]
    fn every_cell(
        max in 0u64..=10,
        only_idempotent: bool,
        attempt in 1u8..,
        idempotent: bool,
        keyed: bool,
        replayable: bool,
        outcome in prop_oneof![
            Just(ConnectFailed), Just(Reset), Just(Timeout), (100u16..600).prop_map(Status)
        ],
    ) {
        let params = Params::try_new(max, only_idempotent).unwrap();
        let again = params.decide(attempt, idempotent, keyed, outcome, replayable) == Again;
        let untouched = outcome == ConnectFailed;
        let failed = matches!(outcome, Reset | Timeout | Status(502..=504));
        let allowed = max;
        let harmless = untouched || (failed && (idempotent || keyed || !only_idempotent));
        prop_assert_eq!(again, replayable && harmless && u64::from(attempt) <= allowed);
        if again {
            let naive = Params::try_new(max, false).unwrap();
            prop_assert_eq!(params.decide(attempt, true, keyed, outcome, true), Again);
            prop_assert_eq!(params.decide(attempt, idempotent, true, outcome, true), Again);
            prop_assert_eq!(naive.decide(attempt, idempotent, keyed, outcome, true), Again);
            prop_assert_eq!(params.decide(attempt - 1, idempotent, keyed, outcome, true), Again);
        }
    }
}
