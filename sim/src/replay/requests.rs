//! Which requests are open, and what each of them waits for.

use crate::trace::{Kind, Record};
use std::collections::BTreeMap;

/// How far a request has come, as seen from outside of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Its client has no connection for it.
    Planned,
    /// On its way to the gateway.
    Sent,
    /// The gateway has read its head; nothing of it is at a replica.
    AtGateway,
    /// An attempt is on its way: its number, and the replica's place in its upstream.
    Attempt {
        number: u64,
        upstream: u64,
        replica: u64,
    },
    /// An attempt has ended, without an answer to go with; what comes next is the gateway's to decide.
    Between { attempts: u64 },
    /// The replica on this host has it.
    AtReplica { host: u64 },
    /// The head of an answer with this status is on its way to the client.
    Answered { status: u64 },
}

/// One that has no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenRequest {
    pub id: u64,
    /// Its host's number.
    pub client: u64,
    pub intended_us: u64,
    /// Its place among the requests of the load.
    pub ask: usize,
    pub stage: Stage,
    /// Since when it is at this stage.
    pub since_us: u64,
}

#[derive(Default)]
pub(super) struct Requests {
    open: BTreeMap<u64, OpenRequest>,
    /// From the gateway's numbers to the client's, of those that are open.
    at_gateway: BTreeMap<u64, u64>,
}

impl Requests {
    pub(super) fn see(&mut self, record: &Record) {
        let [id, second, third, fourth, ..] = record.args();
        let gateways = self.at_gateway.get(&id).copied();
        match record.kind {
            Kind::ClientPlanned => {
                let open = OpenRequest {
                    id,
                    client: record.host,
                    intended_us: second,
                    ask: usize::try_from(third).unwrap_or(usize::MAX),
                    stage: Stage::Planned,
                    since_us: record.at_us,
                };
                self.open.insert(id, open);
            }
            Kind::ClientSent | Kind::ClientResent => self.stage(Some(id), record, Stage::Sent),
            Kind::ClientDone | Kind::ClientFailed => {
                self.open.remove(&id);
                self.at_gateway.retain(|_, client| *client != id);
            }
            Kind::GatewayRequest => {
                let client = second
                    .checked_sub(1)
                    .filter(|client| self.open.contains_key(client));
                if let Some(client) = client {
                    self.at_gateway.insert(id, client);
                }
                self.stage(client, record, Stage::AtGateway);
            }
            Kind::GatewayAttempt => {
                let stage = Stage::Attempt {
                    number: second,
                    upstream: third,
                    replica: fourth,
                };
                self.stage(gateways, record, stage);
            }
            // one that was answered goes on to the head of the answer at once
            Kind::GatewayAttemptDone => self.stage(gateways, record, Stage::Between { attempts: second }),
            Kind::GatewayAnswered => self.stage(gateways, record, Stage::Answered { status: second }),
            Kind::StubRequest => {
                let stage = Stage::AtReplica { host: record.host };
                self.stage(fourth.checked_sub(1), record, stage);
            }
            _ => {}
        }
    }

    /// The oldest first.
    pub(super) fn open(&self) -> Vec<OpenRequest> {
        let mut open: Vec<OpenRequest> = self.open.values().copied().collect();
        open.sort_by_key(|request| (request.intended_us, request.id));
        open
    }

    fn stage(&mut self, id: Option<u64>, record: &Record, stage: Stage) {
        if let Some(open) = id.and_then(|id| self.open.get_mut(&id)) {
            open.stage = stage;
            open.since_us = record.at_us;
        }
    }
}
