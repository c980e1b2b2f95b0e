//! Why a connection carries no further message.

/// One of a few, so that they can be counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Close {
    /// The peer ended it between messages.
    Ended,
    /// The peer asked for it: `Connection: close`, or HTTP/1.0 without `keep-alive`.
    Asked,
    /// We said so in the answer.
    Answered,
    /// The end of the body is the end of the connection.
    Delimited,
    /// The message was refused, so nobody knows where the next one begins.
    Refused,
    /// An answer came before the request's body had been taken, and there is too much left of it to read.
    BodyUnread,
    /// A final answer came instead of `100 Continue`: the body may follow or not.
    Unexpected,
    /// The peer sent what nobody asked for.
    Unsolicited,
    /// The peer went away in the middle of a message.
    Aborted,
    /// The stream failed, or the message could not be completed.
    Failed,
    /// It speaks another protocol now.
    Upgraded,
    /// Its owner wants it to end, and no request was on it.
    Retired,
}

impl Close {
    pub const ALL: [Self; 12] = [
        Self::Ended,
        Self::Asked,
        Self::Answered,
        Self::Delimited,
        Self::Refused,
        Self::BodyUnread,
        Self::Unexpected,
        Self::Unsolicited,
        Self::Aborted,
        Self::Failed,
        Self::Upgraded,
        Self::Retired,
    ];

    /// For a metric's label.
    pub fn label(self) -> &'static str {
        match self {
            Self::Ended => "ended",
            Self::Asked => "asked",
            Self::Answered => "answered",
            Self::Delimited => "delimited",
            Self::Refused => "refused",
            Self::BodyUnread => "body_unread",
            Self::Unexpected => "unexpected",
            Self::Unsolicited => "unsolicited",
            Self::Aborted => "aborted",
            Self::Failed => "failed",
            Self::Upgraded => "upgraded",
            Self::Retired => "retired",
        }
    }
}
