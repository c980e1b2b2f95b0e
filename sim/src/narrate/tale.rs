//! The whole story of one request, hop by hop, with what was done from outside meanwhile.

use super::hops::hop;
use crate::story::words::moment;
use crate::story::{Request, Scene};
use crate::trace::{Kind, Record};

/// The most lines of a tale: a request that is retried without end would fill the screen.
pub(super) const LINES_MAX: usize = 60;

/// A finding that a tale explains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) oracle: &'static str,
    pub(super) sequence: u64,
    pub(super) at_us: u64,
    pub(super) what: String,
    /// A loss of liveness, where nothing wrong was done.
    pub(super) liveness: bool,
}

/// One request's.
#[derive(Debug)]
pub(super) struct Tale {
    pub(super) id: u64,
    pub(super) findings: Vec<Finding>,
    lines: Vec<String>,
    left_out: u64,
    /// Where replicas have it, by host and their own number of it.
    at_replicas: Vec<(u64, u64)>,
    deliveries: u64,
    begun: bool,
    ended: bool,
}

impl Tale {
    pub(super) fn of(id: u64, findings: Vec<Finding>) -> Self {
        Self {
            id,
            findings,
            lines: Vec::new(),
            left_out: 0,
            at_replicas: Vec::new(),
            deliveries: 0,
            begun: false,
            ended: false,
        }
    }

    pub(super) fn see(&mut self, scene: &Scene, request: Option<Request>, record: &Record) {
        let [_, second, third, ..] = record.args();
        let its_own = match record.kind {
            Kind::StubBody
            | Kind::StubAnswer
            | Kind::StubFinished
            | Kind::StubInjected
            | Kind::StubAborted => self.at_replicas.contains(&(record.host, second)),
            _ => scene.request_of(record) == Some(self.id),
        };
        if its_own {
            self.begun = true;
            if record.kind == Kind::StubRequest {
                self.at_replicas.push((record.host, third));
                self.at_replicas.truncate(LINES_MAX);
                self.deliveries += 1;
            }
            if let Some(mut line) = hop(scene, request, record) {
                if record.kind == Kind::StubRequest && self.deliveries > 1 {
                    line.push_str(&format!(
                        " — it has reached a replica {} times now",
                        self.deliveries
                    ));
                }
                self.line(record.at_us, &line);
            }
            self.ended |= matches!(record.kind, Kind::ClientDone | Kind::ClientFailed);
        }
        let shown: Vec<String> = self
            .findings
            .iter()
            .filter(|finding| finding.sequence == record.sequence)
            .map(|finding| format!("▲ {}: {}", finding.oracle, finding.what))
            .collect();
        for line in shown {
            self.line(record.at_us, &line);
        }
    }

    /// Something is done from outside.
    pub(super) fn heading(&mut self, at_us: u64, text: &str) {
        if self.begun && !self.ended {
            self.line(at_us, &format!("—— {text}"));
        }
    }

    pub(super) fn lines(&self) -> Vec<String> {
        let mut out = vec![format!("  request {}", self.id)];
        for finding in &self.findings {
            let at = moment(finding.at_us);
            let verb = if finding.liveness {
                "is not met"
            } else {
                "is violated"
            };
            out.push(format!("    {} {verb} at {at}: {}", finding.oracle, finding.what));
        }
        if self.lines.is_empty() {
            out.push("    nothing in this simulation is about it".into());
        }
        out.extend(self.lines.iter().cloned());
        if self.left_out > 0 {
            out.push(format!("    … and {} lines more", self.left_out));
        }
        if self.begun && !self.ended {
            out.push("    and there its story ends: its client was never told of an outcome".into());
        }
        out
    }

    fn line(&mut self, at_us: u64, text: &str) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(format!("    {:>10}  {text}", moment(at_us)));
        } else {
            self.left_out += 1;
        }
    }
}
