//! The admin listener.

use super::observed::Observed;
use super::pages;
use crate::message::{Answer, Request};
use crate::state::{Bound, Cell64};
use crate::wire::{self, Incoming};
use http::{HeaderMap, HeaderValue, header};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use world::{Listener, World};

/// Operators and scrapers at once; more are closed unanswered.
const CONNECTIONS_MAX: usize = 64;

/// A scraper keeps its connection for at most this long, so that a forgotten one does not count for ever.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(600);

const LIMITS: wire::server::Limits = wire::server::Limits {
    headers_max: 64,
    header_bytes_max: 16 * 1024,
};

/// Serves until dropped.
pub(crate) async fn serve<W: World>(listener: W::Listener, observed: Observed) {
    let connections = Arc::new(Bound::default());
    let requests = Rc::new(Cell64::default());
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(held) = connections.try_hold(CONNECTIONS_MAX) else {
            continue;
        };
        let (observed, requests) = (observed.clone(), Rc::clone(&requests));
        tokio::task::spawn_local(async move {
            let handle = |request: Request<Incoming>| {
                requests.add(1);
                let answer = answer(&request, &observed);
                async { answer }
            };
            // the other side's errors are the other side's
            let _ =
                tokio::time::timeout(CONNECTION_AGE_MAX, wire::server::serve(stream, LIMITS, handle)).await;
            drop(held);
        });
    }
}

fn answer(request: &Request<Incoming>, observed: &Observed) -> Answer<String> {
    let page = pages::page(&request.method, request.uri.path(), observed);
    let mut headers = HeaderMap::with_capacity(2);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(page.content_type));
    if let Some(allow) = page.allow {
        headers.insert(header::ALLOW, HeaderValue::from_static(allow));
    }
    Answer {
        status: page.status,
        headers,
        body: page.text,
    }
}
