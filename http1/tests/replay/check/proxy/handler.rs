//! The proxy between the engine's two loops: it decides like the gateway does, and notes what it has authorised.

use super::bodies::{Idle, Noted, Relayed};
use super::streams::{self, Downstream, Manners, Upstream, Wire};
use super::{Authorised, LIMITS};
use http1::head::{Fields, Method, Name, Request, Version};
use http1::io::{Answer, Body, Buffers, Connection, Cut, Incoming};
use http1::write::{FramedRequest, RequestHead, ResponseHead};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// One proxy, for one client.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) answer: streams::Answer,
    pub(crate) manners: Manners,
    /// Every second request is answered here, with its body unread.
    pub(crate) refuses: bool,
    pub(crate) buffers: Buffers,
    /// What each connection to the upstream carried.
    pub(crate) wires: Rc<RefCell<Vec<Rc<RefCell<Wire>>>>>,
    pub(crate) idle: Idle,
    pub(crate) authorised: Rc<RefCell<Vec<Rc<Authorised>>>>,
    /// The methods of all requests that were heard, in order.
    pub(crate) heard: Rc<RefCell<Vec<String>>>,
}

impl Proxy {
    pub(crate) fn new(answer: streams::Answer, manners: Manners, refuses: bool) -> Self {
        Self {
            answer,
            manners,
            refuses,
            buffers: Buffers::default(),
            wires: Rc::default(),
            idle: Rc::default(),
            authorised: Rc::default(),
            heard: Rc::default(),
        }
    }

    pub(crate) fn status(&self, status: u16) -> Answer<Relayed> {
        Answer {
            head: ResponseHead::new(self.buffers.send(), status),
            body: Relayed::own(),
        }
    }

    /// What a request becomes, or the status that it is refused with.
    fn outgoing(&self, head: &Request<'_>, length: Option<u64>) -> Result<(FramedRequest, Authorised), u16> {
        self.heard.borrow_mut().push(head.method_text.to_owned());
        if self.refuses && self.heard.borrow().len().is_multiple_of(2) {
            return Err(403);
        }
        // the other forms are not for an upstream, and what is no URI would never get as far as this
        if !head.target.starts_with('/') || head.target.parse::<http::Uri>().is_err() {
            return Err(400);
        }
        let mut out = RequestHead::new(self.buffers.send(), head.method_text, head.target).ok_or(400_u16)?;
        let mut authorised = Authorised {
            start: vec![head.method_text.into(), head.target.into()],
            fields: Vec::new(),
            head: Vec::new(),
            connection: Cell::default(),
            body: RefCell::default(),
            complete: Cell::new(length == Some(0)),
        };
        let nominated = |name: &[u8]| {
            head.fields
                .list(Name::Connection)
                .any(|one| one.eq_ignore_ascii_case(name))
        };
        for field in head.fields.iter() {
            if !field.name.id().is_hop_by_hop() && !nominated(field.name.text()) {
                out.put(field);
                authorised
                    .fields
                    .push((field.name.text().into(), field.value.bytes().into()));
            }
        }
        let protocol = head.fields.get(Name::Upgrade);
        if let Some(protocol) = protocol.filter(|_| nominated(b"upgrade") && head.version == Version::Http11)
        {
            out.upgrade(protocol);
            authorised
                .fields
                .push((b"upgrade".to_vec(), protocol.bytes().into()));
            authorised
                .fields
                .push((b"connection".to_vec(), b"upgrade".to_vec()));
        }
        match length {
            None => authorised
                .fields
                .push((b"transfer-encoding".to_vec(), b"chunked".to_vec())),
            Some(0) if !matches!(head.method, Method::Post | Method::Put | Method::Patch) => {}
            Some(length) => {
                let length = length.to_string().into_bytes();
                authorised.fields.push((b"content-length".to_vec(), length));
            }
        }
        let framed = out.finish(length);
        authorised.head = framed.bytes().to_vec();
        Ok((framed, authorised))
    }

    fn connection(&self) -> (usize, Connection<Upstream>) {
        if let Some((number, mut connection)) = self.idle.borrow_mut().take()
            && !connection.has_ended()
        {
            return (number, connection);
        }
        let wire = Rc::new(RefCell::new(Wire::new(self.answer.clone(), self.manners)));
        let stream = Upstream(Rc::clone(&wire));
        self.wires.borrow_mut().push(wire);
        let number = self.wires.borrow().len() - 1;
        (number, Connection::new(stream, LIMITS, self.buffers.clone()))
    }

    /// Handles one request.
    pub(crate) fn handle(
        &self,
        head: Request<'_>,
        body: Incoming<Downstream>,
    ) -> impl Future<Output = Result<Answer<Relayed>, Cut>> + use<> {
        let outgoing = self.outgoing(&head, body.length());
        let proxy = self.clone();
        async move {
            let (framed, authorised) = match outgoing {
                Ok(outgoing) => outgoing,
                Err(status) => return Ok(proxy.status(status)),
            };
            let (number, connection) = proxy.connection();
            authorised.connection.set(number);
            let entry = Rc::new(authorised);
            proxy.authorised.borrow_mut().push(Rc::clone(&entry));
            let mut upload = Some(Noted { body, entry });
            let Ok(receiving) = connection.send(&framed, &mut upload, || {}).await else {
                return Ok(proxy.status(502));
            };
            if receiving.status() == 101 {
                return Err(Cut);
            }
            let mut answer = proxy.status(receiving.status());
            if let Some(head) = receiving.head() {
                pass_on(&mut answer.head, head.fields);
            }
            answer.body = Relayed::Upstream {
                receiving,
                number,
                idle: Rc::clone(&proxy.idle),
            };
            if answer.body.is_done() {
                answer.body.end();
            }
            Ok(answer)
        }
    }
}

fn pass_on(out: &mut ResponseHead, fields: Fields<'_>) {
    for field in fields.iter().filter(|field| !field.name.id().is_hop_by_hop()) {
        out.put(field);
    }
}
