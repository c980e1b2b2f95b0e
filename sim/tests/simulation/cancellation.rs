//! A client that hangs up is felt upstream: the gateway abandons the request, and the replica and the wire see it.

use crate::common::{driver, gateway_before, ms, records, run_on};
use scenarios::{GATEWAY_PORT, Replica};
use sim::stage::add_replica;
use sim::trace::{Kind, Record};
use sim::world::{Settings, SimWorld};
use std::net::SocketAddr;
use tokio::io::AsyncWriteExt;
use world::{Seed, World};

const SEED: Seed = Seed(1);

/// A replica behind the gateway, and a client that writes `bytes` and hangs up 300 ms later.
fn hang_up(behaviour: &'static str, bytes: &'static [u8]) -> Vec<Record> {
    let mut driver = driver(Settings {
        seed: SEED,
        ..Settings::default()
    });
    let replica = Replica {
        name: "r0".into(),
        behaviour: behaviour.into(),
        script: String::new(),
    };
    let replica = add_replica(&mut driver, &replica, String::new(), 0, SEED).expect("a good replica");
    let gateway = gateway_before(&mut driver, replica);
    run_on(&mut driver, "client", move |world: SimWorld| async move {
        tokio::time::sleep(ms(100)).await;
        let mut stream = world
            .connect(SocketAddr::new(gateway, GATEWAY_PORT))
            .await
            .expect("connects");
        stream.write_all(bytes).await.expect("writes");
        tokio::time::sleep(ms(300)).await;
    });
    driver.run_until(ms(2_000)).expect("steps");
    records(driver)
}

/// The request reached the replica, and was let go of within 50 ms of the client's hanging up.
fn check(records: &[Record]) {
    let find = |kind, host| records.iter().find(move |r| r.kind == kind && r.host == host);
    let (replica, gateway, client) = (1, 2, 3);
    let asked = find(Kind::StubRequest, replica).expect("the request got through");
    let hung_up = find(Kind::FinOut, client).expect("the client hung up");
    assert!(asked.at_us < hung_up.at_us);
    let soon = hung_up.at_us..hung_up.at_us + 50_000;
    let aborted = find(Kind::StubAborted, replica).expect("the replica was told");
    assert_eq!(aborted.get("by"), Some(0), "by its client");
    assert!(soon.contains(&aborted.at_us), "at {} µs", aborted.at_us);
    let upstream = find(Kind::Connected, gateway).expect("dialled").get("connection");
    let closed = records
        .iter()
        .find(|r| r.host == gateway && r.kind == Kind::FinOut && r.get("connection") == upstream);
    assert!(soon.contains(&closed.expect("the upstream connection is closed").at_us));
    assert!(
        find(Kind::StubFinished, replica).is_none(),
        "nobody was there to be answered"
    );
}

#[test]
fn while_waiting_for_the_answer() {
    check(&hang_up("latency=10s", b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n"));
}

#[test]
fn in_the_middle_of_its_own_body() {
    check(&hang_up(
        "latency=0s",
        b"POST / HTTP/1.1\r\nhost: a.test\r\ncontent-length: 1000\r\n\r\nonly this",
    ));
}

#[test]
fn in_the_middle_of_the_answer() {
    check(&hang_up(
        "latency=0s stream=100x50ms body=100KiB",
        b"GET / HTTP/1.1\r\nhost: a.test\r\n\r\n",
    ));
}
