//! Upstreams by name, against a resolver of the test's own and against the machine's.

use super::health::page;
use crate::harness::{Gateway, OK, Step, Upstream, body, run, status};
use std::cell::RefCell;
use std::io;
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::Instant;
use world::real::RealListener;
use world::{ListenAddr, RealWorld, Resolved, SECRET_BYTES, Seed, World};

/// The real world, but for names.
#[derive(Clone)]
struct Named {
    real: RealWorld,
    /// `None`: the resolver fails.
    answer: Rc<RefCell<Option<Vec<SocketAddr>>>>,
}

impl World for Named {
    type Stream = TcpStream;
    type Listener = RealListener;

    async fn listen(&self, at: &ListenAddr) -> io::Result<RealListener> {
        self.real.listen(at).await
    }

    async fn connect(&self, to: SocketAddr) -> io::Result<TcpStream> {
        self.real.connect(to).await
    }

    async fn resolve(&self, name: &str) -> io::Result<Resolved> {
        assert_eq!(name, "payments.internal:8080");
        let addrs = self.answer.borrow().clone();
        Ok(Resolved {
            addrs: addrs.ok_or(io::ErrorKind::NotFound)?,
            valid_for: Duration::from_secs(1),
        })
    }

    async fn sleep_until(&self, at: Instant) {
        self.real.sleep_until(at).await;
    }

    fn unix_now(&self) -> Duration {
        self.real.unix_now()
    }

    fn seed(&self) -> Seed {
        self.real.seed()
    }

    fn secret(&self) -> [u8; SECRET_BYTES] {
        self.real.secret()
    }
}

fn yaml(replicas: &str) -> String {
    format!(
        "listen: {{ http: \"127.0.0.1:0\", admin: \"127.0.0.1:0\" }}\n\
         upstreams: {{ u: {{ replicas: [{replicas}] }} }}\n\
         routes: [ {{ name: all, match: {{ path: / }}, upstream: u }} ]\n"
    )
}

const BY_NAME: &str = "\"Payments.Internal:8080\"";

/// A gateway whose resolver gives this answer, which the test may change.
pub(crate) async fn behind(
    answer: Option<Vec<SocketAddr>>,
) -> (Gateway, Rc<RefCell<Option<Vec<SocketAddr>>>>) {
    let answer = Rc::new(RefCell::new(answer));
    let world = Named {
        real: RealWorld::new(Seed(1), Duration::ZERO).expect("a timer"),
        answer: Rc::clone(&answer),
    };
    (
        Gateway::in_world(&yaml(BY_NAME), 1, || world.clone()).await,
        answer,
    )
}

pub(crate) const REPLICAS: &str = "tollgate_upstream_replicas{upstream=\"u\"}";
pub(crate) const FAILURES: &str = "tollgate_upstream_resolution_failures_total{upstream=\"u\"}";

pub(crate) async fn wait_metric(gateway: &Gateway, name: &str, least: u64) {
    while gateway.metric(name).await < least {
        tokio::task::yield_now().await;
    }
}

#[test]
fn each_address_of_a_name_is_a_replica() {
    run(async {
        let (a, b) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let (gateway, _) = behind(Some(vec![a.addr, b.addr])).await;
        for _ in 0..4 {
            assert_eq!(body(&gateway.get("/").await), "ok");
        }
        assert_eq!((a.requests(), b.requests()), (2, 2));
        assert_eq!(gateway.metric(REPLICAS).await, 2);
        assert!(gateway.app.apply(yaml(BY_NAME).as_bytes()).is_ok());
        assert_eq!(
            body(&gateway.get("/").await),
            "ok",
            "what was resolved outlives a reload"
        );
    });
}

#[test]
fn a_name_that_moves_takes_the_requests_with_it_and_one_that_fails_does_not() {
    run(async {
        let (a, b) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let (gateway, answer) = behind(Some(vec![a.addr])).await;
        assert_eq!(body(&gateway.get("/").await), "ok");
        *answer.borrow_mut() = None;
        wait_metric(&gateway, FAILURES, 1).await;
        assert_eq!(body(&gateway.get("/").await), "ok");
        assert_eq!((a.requests(), b.requests()), (2, 0));
        let name = page(&gateway).await["upstreams"][0]["names"][0].clone();
        assert_eq!(
            (&name["name"], &name["addresses"], &name["last_failure"]),
            (
                &"payments.internal:8080".into(),
                &1.into(),
                &"entity not found".into()
            )
        );
        *answer.borrow_mut() = Some(vec![b.addr]);
        while b.requests() == 0 {
            assert_eq!(body(&gateway.get("/").await), "ok");
        }
    });
}

#[test]
fn a_name_without_an_address_is_unavailable_at_once() {
    run(async {
        let (gateway, answer) = behind(None).await;
        let refused = gateway.get("/").await;
        assert_eq!(
            (status(&refused), body(&refused)),
            ("503", "{\"error\":\"upstream_unavailable\"}\n")
        );
        assert_eq!(gateway.metric(REPLICAS).await, 0);
        let late = Upstream::start(&[Step::Answer(OK)]).await;
        *answer.borrow_mut() = Some(vec![late.addr]);
        wait_metric(&gateway, REPLICAS, 1).await;
        assert_eq!(body(&gateway.get("/").await), "ok");
    });
}

#[test]
fn the_machines_own_resolver() {
    run(async {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let yaml = yaml(&format!("\"localhost:{}\"", upstream.addr.port()));
        let gateway = Gateway::with_workers(&yaml, 2).await;
        // ::1, at which nobody listens, may be among its addresses
        for _ in 0..4 {
            assert_eq!(status(&gateway.get("/").await), "200");
        }
    });
}
