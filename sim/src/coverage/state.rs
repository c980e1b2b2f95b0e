//! The states of the gateway that matter when a fault strikes, as one table.
//!
//! The first ones say what its requests are doing, the others what has been done to the gateway.

macro_rules! states {
    ($($name:ident $text:literal $about:literal,)*) => {
        /// One of them. Several hold at once. The table in the source is the reference.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum State { $(#[doc = $about] $name,)* }

        impl State {
            /// In order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// What it is, in one line.
            pub fn about(self) -> &'static str {
                match self { $(Self::$name => $about,)* }
            }
        }
    };
}

states! {
    Idle "idle" "it is up and has no request",
    Dialling "dialling" "it has asked a replica for a connection and has not got it",
    Uploading "uploading" "a replica has the head of a request and not yet all of its body",
    Waiting "waiting" "a replica has all of a request, and the gateway no answer",
    Streaming "streaming" "an answer has begun and its client has not got all of it",
    Retrying "retrying" "a second or later attempt of a request is under way",
    Pooled "pooled" "a connection to a replica lies idle in its pool",
    AtBound "at-bound" "within the last 100 ms a request found all slots of its upstream taken",
    Reloaded "reloaded" "another config came into force within the last second",
    TwoConfigs "two-configs" "it has requests of an older config beside those of the newest",
    Draining "draining" "it was told to stop and goes on with what it has",
    Stopped "stopped" "its host stands still, as under SIGSTOP",
    CutOff "cut-off" "a link of its host is cut or held",
    Down "down" "it was killed, or has ended, and was not started again",
}

impl State {
    /// How many of the table's say what its requests are doing.
    pub(super) const OF_REQUESTS: usize = 8;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_their_own_and_the_table_is_parted_where_it_says() {
        for state in State::ALL {
            let same = State::ALL.iter().filter(|other| other.name() == state.name());
            assert_eq!(same.count(), 1, "{}", state.name());
        }
        assert_eq!(State::ALL[State::OF_REQUESTS], State::Reloaded);
    }
}
