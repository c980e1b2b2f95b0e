//! The whole story of one request, hop by hop, with what was done from outside meanwhile.

use super::hops::hop;
use crate::story::words::moment;
use crate::story::{Request, Scene};
use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// The most lines of a tale: a request that is retried without end would fill the screen.
pub(super) const LINES_MAX: usize = 60;

/// Faults told of that lie on something when it begins.
const LYING_MAX: usize = 12;

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
    /// Findings beyond the bound of lines: they are why it is told.
    marks: Vec<String>,
    left_out: u64,
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
            marks: Vec::new(),
            left_out: 0,
            deliveries: 0,
            begun: false,
            ended: false,
        }
    }

    /// `id` and `request` are what the record is about, `lying` the faults that have begun and not ended.
    pub(super) fn see(
        &mut self,
        scene: &Scene,
        (id, request): (Option<u64>, Option<Request>),
        lying: &BTreeMap<u64, String>,
        record: &Record,
    ) {
        let its_own = id == Some(self.id);
        if its_own {
            if !self.begun {
                for text in lying.values().take(LYING_MAX) {
                    self.line(record.at_us, &format!("—— {text}"));
                }
            }
            self.begun = true;
            if record.kind == Kind::StubRequest {
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
        let shown = self.findings.iter();
        for finding in shown.filter(|finding| finding.sequence == record.sequence) {
            let to = match self.lines.len() < LINES_MAX {
                true => &mut self.lines,
                false => &mut self.marks,
            };
            let text = format!("▲ {}: {}", finding.oracle, finding.what);
            to.push(line(record.at_us, &text));
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
        out.extend(self.marks.iter().cloned());
        if self.begun && !self.ended {
            out.push("    and there its story ends: its client was never told of an outcome".into());
        }
        out
    }

    fn line(&mut self, at_us: u64, text: &str) {
        if self.lines.len() < LINES_MAX {
            self.lines.push(line(at_us, text));
        } else {
            self.left_out += 1;
        }
    }
}

fn line(at_us: u64, text: &str) -> String {
    format!("    {:>10}  {text}", moment(at_us))
}
