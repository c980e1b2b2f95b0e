//! What a run found about a claim, as a badge: always a word and a sign, never colour alone.

/// The outcomes of a claim, or of a goal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Holds,
    Refuted,
    /// A goal that is not reached: aimed at, never claimed.
    Missed,
    /// This kind of run does not judge it: too short, or too noisy by design.
    NotJudged,
    /// The instruments were not good enough to tell.
    Invalid,
}

impl Verdict {
    /// In words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Refuted => "refuted",
            Self::Missed => "goal missed",
            Self::NotJudged => "not judged",
            Self::Invalid => "invalid",
        }
    }

    /// As a badge of the page's style.
    pub(crate) fn html(self) -> String {
        format!(
            "<span class=\"c-badge {}\"><span aria-hidden=\"true\">{}</span> {}</span>",
            self.class(),
            self.sign(),
            self.words()
        )
    }

    pub(crate) fn markdown(self) -> String {
        let (sign, words) = (self.sign(), self.words());
        match self {
            Self::Refuted | Self::Missed => format!("{sign} **{words}**"),
            _ => format!("{sign} {words}"),
        }
    }

    /// The class that colours what bears it.
    pub(crate) fn class(self) -> String {
        format!("c-{}", self.words().replace(' ', "-"))
    }

    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Holds => "✓",
            Self::Refuted | Self::Missed => "✗",
            Self::NotJudged => "○",
            Self::Invalid => "!",
        }
    }
}
