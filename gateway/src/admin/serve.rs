//! The admin listener.

use super::observed::Observed;
use super::page::{Asked, Page};
use super::pages;
use crate::state::Bound;
use http1::head::{FieldName, FieldValue, Method, Refusal};
use http1::io::{Answer, Buffers, Cut, Deadlines, Full, Options, Watch, Watched};
use http1::write::ResponseHead;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;
use world::{Listener, World};

/// Operators and scrapers at once; more are closed unanswered.
const CONNECTIONS_MAX: usize = 64;

/// A scraper keeps its connection for at most this long, so that a forgotten one does not count for ever.
const CONNECTION_AGE_MAX: Duration = Duration::from_secs(600);

/// Connections that say nothing must not keep operators out, least of all whoever asks whether the process lives. A
/// scraper's may be idle for as long as it is usually asked for.
const DEADLINES: Deadlines = Deadlines {
    first_byte: Duration::from_secs(10),
    head: Duration::from_secs(10),
    idle: Duration::from_secs(60),
    body: Duration::from_secs(10),
    body_rate_min: 500,
    write: Duration::from_secs(10),
    linger: Duration::from_secs(5),
};

/// How often a connection is held against them.
const LOOK: Duration = Duration::from_secs(1);

const ALLOW: FieldName<'_> = FieldName::constant("allow");
const CONTENT_TYPE: FieldName<'_> = FieldName::constant("content-type");
const CONTENT_TYPE_OPTIONS: FieldName<'_> = FieldName::constant("x-content-type-options");
const POLICY: FieldName<'_> = FieldName::constant("content-security-policy");
const REFERRER_POLICY: FieldName<'_> = FieldName::constant("referrer-policy");

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
            let watch = Rc::<Watch>::default();
            let serving = http1::io::serve(
                stream,
                Options::default(),
                buffers.clone(),
                Rc::clone(&watch),
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
            tokio::select! {
                // no chance drawn for this
                biased;
                // the other side's errors are the other side's
                _ = tokio::time::timeout(CONNECTION_AGE_MAX, serving) => {}
                () = late(&watch) => {}
            }
            drop(held);
        });
    }
}

/// Until a connection is over a deadline.
async fn late(watch: &Watch) {
    let mut watched = Watched::new(Instant::now());
    while watched.look(watch, Instant::now(), &DEADLINES).is_none() {
        tokio::time::sleep(LOOK).await;
    }
}

fn answer(buffers: &Buffers, method: Method, page: Page) -> Answer<Full<Vec<u8>>> {
    let mut head = ResponseHead::new(buffers.send(), page.status);
    head.add(CONTENT_TYPE, page.content_type);
    if let Some(allow) = page.allow {
        head.add(ALLOW, allow);
    }
    if let Some(policy) = page
        .policy
        .as_ref()
        .and_then(|policy| FieldValue::new(policy.as_bytes()))
    {
        head.add(POLICY, policy);
        head.add(CONTENT_TYPE_OPTIONS, FieldValue::constant("nosniff"));
        head.add(REFERRER_POLICY, FieldValue::constant("no-referrer"));
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

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::runtime::Builder;

    #[test]
    fn who_says_nothing_keeps_nobody_out_for_long() {
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        runtime.unwrap().block_on(async {
            let start = Instant::now();
            late(&Watch::default()).await;
            let waited = start.elapsed();
            assert!(
                waited > DEADLINES.first_byte && waited <= DEADLINES.first_byte + LOOK * 2,
                "{waited:?}"
            );
        });
    }
}
