//! A profile as a page: one at a time, by a thread of its own, since finding the names of functions takes long.

use super::super::page::{Asked, Page};
use super::folded::folded;
use super::order::{Format, Order};
use super::pprof::pprof;
use super::take::{Failure, take};
use http1::head::{FieldValue, Method};
use serde_json::json;
use std::sync::mpsc;
use std::thread;
use tokio::sync::oneshot;

pub(in super::super) const PATH: &str = "/debug/pprof/profile";

const PROTOBUF: FieldValue<'_> = FieldValue::constant("application/vnd.google.protobuf");
const TEXT: FieldValue<'_> = FieldValue::constant("text/plain; charset=utf-8");
/// `HEAD` would take a profile and throw it away.
const GET: FieldValue<'_> = FieldValue::constant("GET");

pub(in super::super) async fn page(asked: &Asked) -> Page {
    if asked.method != Method::Get {
        return Page::only(GET);
    }
    let order = match Order::parse(&asked.query) {
        Ok(order) => order,
        Err(errors) => return Page::json(400, &json!({ "error": "bad_query", "what": errors })),
    };
    match taken(order).await {
        Ok(page) => page,
        Err(Failure::Busy) => Page::json(409, &json!({ "error": "profile_under_way" })),
        Err(Failure::Abandoned) => failed("the thread that took it has ended"),
        Err(Failure::Other(what)) => failed(&what),
    }
}

/// The thread ends its profile when this future is dropped, and `wanted` with it.
async fn taken(order: Order) -> Result<Page, Failure> {
    let (wanted, asked) = mpsc::channel();
    let (tell, told) = oneshot::channel();
    let profiling = move || {
        let samples = take(order.duration, order.hz, &asked);
        let page = samples.map(|samples| match order.format {
            Format::Pprof => Page::ok(PROTOBUF, pprof(&samples)),
            Format::Folded => Page::ok(TEXT, folded(&samples).into()),
        });
        // whoever asked may have gone
        let _ = tell.send(page);
    };
    thread::Builder::new()
        .name("profile".to_owned())
        .spawn(profiling)
        .map_err(|error| Failure::Other(error.to_string()))?;
    let page = told.await.unwrap_or(Err(Failure::Abandoned));
    drop(wanted);
    page
}

fn failed(what: &str) -> Page {
    Page::json(500, &json!({ "error": "profile_failed", "what": what }))
}
