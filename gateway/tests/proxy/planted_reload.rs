//! Planted bugs of reloads and stops, as in `planted`: the same scene as it should be and with the bug.

use crate::harness::{Client, Gateway, OK, Step, Upstream, field, run, status, yaml};
use crate::planted::{GET, check};
use gateway::Stop;
use gateway::planted::Bug;
use std::io::Write;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpListener, TcpStream};

/// Longer than it takes a worker to notice a new config by itself.
const LATER: Duration = Duration::from_millis(300);

#[test]
fn an_answer_is_edited_by_its_requests_config() {
    let scene = async |_| {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let replica = [listener.local_addr().expect("bound")];
        let config = |version: &str| {
            let edits = format!(", headers: {{ response: {{ set: {{ x-config: {version} }} }} }}");
            yaml(&replica, &edits, "")
        };
        let gateway = Gateway::from_yaml(&config("old")).await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        let (mut upstream, _) = listener.accept().await.expect("the gateway dials");
        gateway.app.apply(config("new").as_bytes()).expect("valid");
        upstream.write_all(OK.as_bytes()).await.expect("written");
        field(&client.answer().await, "x-config")
    };
    check(
        Bug::SnapshotReadTwice,
        scene,
        Some("old".to_owned()),
        Some("new".to_owned()),
    );
}

#[test]
fn a_new_config_is_new_in_all_its_parts() {
    let scene = async |_| {
        let (old, new) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let gateway = Gateway::start(&[old.addr], "", "").await;
        gateway.get("/").await;
        let next = yaml(&[new.addr], "", "").replace("path: /", "path: /only");
        gateway.app.apply(next.as_bytes()).expect("valid");
        gateway.get("/only").await;
        (old.requests(), new.requests())
    };
    check(Bug::ReloadHalfApplied, scene, (1, 1), (2, 0));
}

#[test]
fn connections_to_an_upstream_that_is_gone_close() {
    let scene = async |planted| {
        let (old, new) = (
            Upstream::start(&[Step::Answer(OK)]).await,
            Upstream::start(&[Step::Answer(OK)]).await,
        );
        let gateway = Gateway::start(&[old.addr], "", "").await;
        gateway.get("/").await;
        let next = yaml(&[new.addr], "", "")
            .replace("u:", "w:")
            .replace("upstream: u", "upstream: w");
        gateway.app.apply(next.as_bytes()).expect("valid");
        // without a request, too
        if planted {
            tokio::time::sleep(LATER).await;
        } else {
            old.wait_closed(1).await;
        }
        old.closed.get()
    };
    check(Bug::RemovedPoolKept, scene, 1, 0);
}

#[test]
fn who_stops_is_not_ready() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        gateway.app.stop_as(Stop {
            lead: Duration::from_secs(3_600),
            ..Stop::default()
        });
        let mut operator = Client::to(gateway.admin).await;
        let ask = "GET /readyz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
        status(&operator.ask_and_close(ask).await).to_owned()
    };
    check(Bug::ReadinessForgotten, scene, "503".to_owned(), "200".to_owned());
}

#[test]
fn who_may_send_a_request_still_is_not_closed() {
    const LEAD: Duration = Duration::from_secs(2);
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        let mut idle = Vec::new();
        for _ in 0..8 {
            let mut client = gateway.connect().await;
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
            client.answer().await;
            idle.push(client);
        }
        let begin = tokio::time::Instant::now();
        gateway.app.stop_as(Stop {
            lead: LEAD,
            deadline: Duration::from_secs(20),
            ..Stop::default()
        });
        let is_early = |mut client: Client| async move {
            client.rest().await;
            begin.elapsed() < LEAD
        };
        let ends: Vec<_> = idle
            .into_iter()
            .map(|client| tokio::task::spawn_local(is_early(client)))
            .collect();
        let mut any = false;
        for end in ends {
            any |= end.await.expect("no panic");
        }
        any
    };
    check(Bug::IdleClosedInLead, scene, false, true);
}

#[test]
fn who_waits_to_be_accepted_is() {
    let scene = async |_| {
        let upstream = Upstream::start(&[Step::Answer(OK)]).await;
        let gateway = Gateway::start(&[upstream.addr], "", "").await;
        // the kernel takes it while this thread, and so the gateway, does nothing else
        let mut waiting = std::net::TcpStream::connect(gateway.http).expect("the queue takes it");
        waiting.write_all(GET.as_bytes()).expect("written");
        gateway.app.stop(Duration::from_secs(20));
        waiting.set_nonblocking(true).expect("set");
        let mut client = Client(TcpStream::from_std(waiting).expect("a stream"));
        status(&client.rest().await).to_owned()
    };
    check(
        Bug::ListenerClosedWithBacklog,
        scene,
        "200".to_owned(),
        "none".to_owned(),
    );
}

/// What a stop reports is what has become of the requests.
#[test]
fn drained_and_aborted() {
    run(async {
        let silent = Upstream::start(&[Step::Answer(OK), Step::Silence]).await;
        let gateway = Gateway::start(&[silent.addr], "", "").await;
        gateway.get("/").await;
        let mut client = gateway.connect().await;
        client.send(GET).await;
        silent.wait_requests(2).await;
        gateway.app.stop(Duration::from_millis(50));
        while gateway.app.is_running() {
            tokio::task::yield_now().await;
        }
        assert_eq!(gateway.app.drained_and_aborted(), (0, 1));
    });
}
