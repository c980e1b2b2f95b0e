//! One request of a scenario: what is sent and what is expected of the answer, checked once.
//!
//! What can be wrong before the run is said by [`StepSpec::build`], all of it; what only a drawn or kept value can make wrong
//! (a space in a path, a line break in a header) is said by [`Step::render`] for that arrival, and never sent.
//!
//! A step for which [`Step::is_fixed`] holds renders to the same message for every arrival: the caller renders it once.
//! Of the others only the parts that vary are written, into buffers that come back.

mod check;
mod message;

#[cfg(test)]
pub(super) mod tests;

pub(super) use check::check_name;
pub(crate) use message::{Message, Scratch};

use super::capture::Keep;
use super::draw::Draw;
use super::expect::Expect;
use super::session::Session;
use super::template::Template;
use super::tokens::Tokens;
use super::url::Origin;
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// A request as typed.
#[derive(Debug, Clone, Default)]
pub struct StepSpec {
    /// For reports and errors.
    pub name: String,
    pub method: String,
    /// Where connections go, if the request says so itself.
    pub origin: Option<Origin>,
    /// Value of the `Host` header; a `Host` among the headers replaces it.
    pub authority: String,
    /// Path and query, a template.
    pub path: String,
    /// Names, and templates of their values, in the order they are sent in.
    pub headers: Vec<(String, String)>,
    pub body: Body,
    pub expect: Arc<Expect>,
    /// Names of variables, and the captures that fill them.
    pub keep: Vec<(String, String)>,
    /// Pause before the request, within a flow.
    pub think: Duration,
    /// Whoever makes it comes again: the cookies that one arrival was given are sent by the next of the same name.
    pub visits: bool,
}

/// A body as typed.
#[derive(Debug, Clone)]
pub enum Body {
    /// A template.
    Text(String),
    /// Sent as it is.
    Bytes(Bytes),
}

impl Default for Body {
    fn default() -> Self {
        Self::Bytes(Bytes::new())
    }
}

/// What is wrong with one part of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As in the mix file: `path`, `headers.Accept`, `keep.token`.
    pub field: String,
    pub what: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.what)
    }
}

impl StepSpec {
    /// Its templates may refer to `tokens` and to the variables that earlier steps of the flow have `kept`, to which its
    /// own are added, whether it is valid or not. Every error at once.
    pub fn build(self, tokens: Option<&Arc<Tokens>>, kept: &mut Vec<String>) -> Result<Step, Vec<Fault>> {
        check::build(self, tokens, kept)
    }
}

/// A checked request.
#[derive(Debug, Clone)]
pub struct Step {
    name: String,
    method: String,
    origin: Option<Origin>,
    authority: String,
    path: Template,
    headers: Vec<(String, Template)>,
    closes: bool,
    content: Content,
    expect: Arc<Expect>,
    keeps: Vec<Keep>,
    think: Duration,
    /// Other steps come before or after it in one session.
    in_flow: bool,
    visits: bool,
}

#[derive(Debug, Clone)]
enum Content {
    Fixed(Bytes),
    Template(Template),
}

impl Step {
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn method(&self) -> &str {
        &self.method
    }

    /// Where connections go; `None` leaves it to the run.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_ref()
    }

    /// Pause before it is sent.
    pub fn think(&self) -> Duration {
        self.think
    }

    pub fn expect(&self) -> &Expect {
        &self.expect
    }

    /// Whether its session outlives the arrival.
    pub fn visits(&self) -> bool {
        self.visits
    }

    /// Whether no other request may follow on its connection (`Connection: close`).
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// Whether it is the same for every arrival, and its answers are not needed for another one.
    pub fn is_fixed(&self) -> bool {
        let content = matches!(self.content, Content::Fixed(_));
        let mut texts = self.headers.iter().map(|(_, value)| value).chain([&self.path]);
        content && !self.in_flow && self.keeps.is_empty() && texts.all(|text| text.fixed().is_some())
    }

    /// Whether the beginning of an answer's content has to be kept.
    pub fn wants_body(&self) -> bool {
        self.expect.wants_body() || self.keeps.iter().any(|keep| keep.capture.wants_body())
    }

    /// Whether an answer's headers have to be kept.
    pub fn wants_headers(&self) -> bool {
        self.in_flow || self.expect.wants_headers() || !self.keeps.is_empty()
    }

    /// The message of one arrival, in `scratch`, or why it cannot be sent.
    pub fn render<'a>(
        &'a self,
        draw: &mut Draw,
        session: &Session,
        scratch: &'a mut Scratch,
    ) -> Result<Message<'a>, String> {
        message::render(self, draw, session, scratch)
    }

    /// Takes into the session what an answer sets and what is to be kept of it.
    pub fn take<'a>(
        &self,
        session: &mut Session,
        headers: impl Iterator<Item = (&'a [u8], &'a [u8])> + Clone,
        body: &[u8],
    ) -> Result<(), String> {
        session.take(&self.keeps, headers, body)
    }

    pub(super) fn put_in_flow(&mut self) {
        self.in_flow = true;
    }
}
