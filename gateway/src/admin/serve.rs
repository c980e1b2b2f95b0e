//! The admin listener.

use super::observed::Observed;
use super::page::{Asked, Page};
use super::pages;
use crate::state::Bound;
use http1::head::{FieldName, FieldValue, Method, Refusal};
use http1::io::{Answer, Buffers, Cut, Full, Options, Watch};
use http1::write::ResponseHead;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use world::{Listener, World};

/// Operators and scrapers at once; more are closed unanswered.
const CONNECTIONS_MAX: usize = 64;

/// A scraper keeps its connection for at most this long, so that a forgotten one does not count for ever.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(600);

const ALLOW: FieldName<'_> = FieldName::constant("allow");
const CONTENT_TYPE: FieldName<'_> = FieldName::constant("content-type");

/// Serves until dropped.
pub(crate) async fn serve<W: World>(listener: W::Listener, observed: Observed) {
    let connections = Arc::new(Bound::default());
    let buffers = Buffers::default();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        let Some(held) = connections.try_hold(CONNECTIONS_MAX) else {
            continue;
        };
        let (observed, buffers) = (observed.clone(), buffers.clone());
        tokio::task::spawn_local(async move {
            let serving = http1::io::serve(
                stream,
                Options::default(),
                buffers.clone(),
                Rc::<Watch>::default(),
                |head, _| {
                    let asked = Asked::new(&head);
                    let (buffers, observed) = (buffers.clone(), observed.clone());
                    async move {
                        let page = pages::page(&asked, &observed).await;
                        Ok::<_, Cut>(answer(&buffers, asked.method, page))
                    }
                },
                |refusal| refused(&buffers, refusal),
            );
            // the other side's errors are the other side's
            let _ = tokio::time::timeout(CONNECTION_AGE_MAX, serving).await;
            drop(held);
        });
    }
}

fn answer(buffers: &Buffers, method: Method, page: Page) -> Answer<Full<Vec<u8>>> {
    let mut head = ResponseHead::new(buffers.send(), page.status);
    head.add(CONTENT_TYPE, page.content_type);
    if let Some(allow) = page.allow {
        head.add(ALLOW, allow);
    }
    if method == Method::Head {
        head.announce(page.bytes.len() as u64);
    }
    Answer {
        head,
        body: Full::new(page.bytes),
    }
}

fn refused(buffers: &Buffers, refusal: Refusal) -> Answer<Full<Vec<u8>>> {
    let mut head = ResponseHead::new(buffers.send(), refusal.status());
    head.add(CONTENT_TYPE, FieldValue::constant("text/plain"));
    Answer {
        head,
        body: Full::new(format!("{refusal}\n").into_bytes()),
    }
}
