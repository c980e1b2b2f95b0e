//! How one tunnel goes, or one stream of events, which is nearly one: one side alone has something to say.

/// By its number in a trace, and in its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// The client says all it has to say, and hears the rest.
    Ends = 0,
    /// The client goes away in the middle.
    ClientGoes = 1,
    /// And the other side.
    EchoGoes = 2,
    /// Nobody says anything any more.
    FallsSilent = 3,
    /// It is asked for where no tunnel may be.
    Uninvited = 4,
    /// The other side switches to something else than it was asked for.
    Otherwise = 5,
    /// No tunnel, but a stream of events, to its end or until its client has heard enough.
    Streams = 6,
    /// One that stops in the middle.
    Stalls = 7,
}

impl Way {
    /// What is there twice is twice as likely.
    pub const DRAWN: [Self; 8] = [
        Self::Ends,
        Self::Ends,
        Self::Ends,
        Self::ClientGoes,
        Self::EchoGoes,
        Self::FallsSilent,
        Self::Uninvited,
        Self::Otherwise,
    ];

    pub fn from_number(number: u64) -> Option<Self> {
        let streams = [Self::Streams, Self::Stalls];
        let mut all = Self::DRAWN.into_iter().chain(streams);
        all.find(|way| *way as u64 == number)
    }

    /// Whether its client is to be answered 101.
    pub fn is_tunnel(self) -> bool {
        self.status() == 101
    }

    pub fn is_stream(self) -> bool {
        matches!(self, Self::Streams | Self::Stalls)
    }

    /// What its client is to be answered.
    pub fn status(self) -> u64 {
        match self {
            Self::Ends | Self::ClientGoes | Self::EchoGoes | Self::FallsSilent => 101,
            Self::Uninvited | Self::Streams | Self::Stalls => 200,
            Self::Otherwise => 502,
        }
    }
}
