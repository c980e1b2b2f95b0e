//! Planted bugs of upgrades, as in `planted`: the same scene as it should be and with the bug.

use crate::harness::{field, status};
use crate::planted::check;
use crate::upgrades::{ASKS, SWITCH, accept, behind, open, read, read_head, until};
use gateway::planted::Bug;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const IN_FLIGHT: &str = "tollgate_upstream_in_flight{upstream=\"u\"}";

#[test]
fn who_may_switch_to_what() {
    let uninvited = async |_| {
        let (listener, gateway) = behind("").await;
        let mut client = gateway.connect().await;
        client.send(ASKS).await;
        field(&accept(&listener).await.1, "upgrade")
    };
    check(Bug::UpgradeUninvited, uninvited, None, Some("echo".into()));
    let unchecked = async |_| {
        let (listener, gateway) = behind(", upgrade: true").await;
        let mut client = gateway.connect().await;
        client.send(ASKS).await;
        let (mut upstream, _) = accept(&listener).await;
        let other = SWITCH.replace("echo", "other");
        upstream.write_all(other.as_bytes()).await.expect("written");
        status(&read_head(&mut client.0).await).to_owned()
    };
    check(Bug::SwitchUnchecked, unchecked, "502".into(), "101".into());
}

#[test]
fn what_came_with_the_heads() {
    let scene = async |_| {
        let (listener, gateway) = behind(", upgrade: true").await;
        let mut client = gateway.connect().await;
        client.send(&format!("{ASKS}first ")).await;
        let (mut upstream, _) = accept(&listener).await;
        upstream
            .write_all(format!("{SWITCH}first ").as_bytes())
            .await
            .expect("written");
        read_head(&mut client.0).await;
        client.send("second").await;
        upstream.write_all(b"second").await.expect("written");
        (read(&mut upstream, 6).await, read(&mut client.0, 6).await)
    };
    let both = |text: &str| (text.to_owned(), text.to_owned());
    check(Bug::TunnelBytesLost, scene, both("first "), both("second"));
}

#[test]
fn the_end_of_one_side() {
    let scene = async |_| {
        let (listener, gateway) = behind(", upgrade: true").await;
        let (mut client, mut upstream) = open(&listener, &gateway).await;
        client.0.shutdown().await.expect("half-closed");
        assert_eq!(upstream.read(&mut [0; 8]).await.expect("the end"), 0);
        // with the bug it may be taken, and goes nowhere
        let _ = upstream.write_all(b"answer").await;
        client.0.read(&mut [0; 6]).await.unwrap_or(0)
    };
    check(Bug::TunnelHalfCloseForgotten, scene, 6, 0);
}

#[test]
fn what_a_tunnel_holds() {
    let leaked = async |_| {
        let (listener, gateway) = behind(", upgrade: true").await;
        drop(open(&listener, &gateway).await);
        until(&gateway, "tollgate_tunnels_open{route=\"all\"}", 0).await;
        gateway.metric(IN_FLIGHT).await
    };
    check(Bug::TunnelSlotLeaked, leaked, 0, 1);
    let idle = async |_| {
        let (listener, gateway) = behind(", upgrade: { idle_timeout: 20ms }").await;
        let (mut client, _upstream) = open(&listener, &gateway).await;
        tokio::time::timeout(Duration::from_millis(500), client.rest())
            .await
            .is_ok()
    };
    check(Bug::TunnelIdleForgotten, idle, true, false);
}
