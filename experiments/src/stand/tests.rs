//! Parts end, whatever happens to those who started them. Stand-ins are everyday programs.

use super::*;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

/// Inside a runtime like the one of the command.
fn check<T>(test: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder
        .enable_all()
        .build_local(tokio::runtime::LocalOptions::default())
        .expect("runtime")
        .block_on(test)
}

fn shell(name: &str, script: &str, directory: &Path) -> Launch {
    let launch = Launch::new(name, Path::new("/bin/sh"), directory).with(["-c", script]);
    Launch {
        stdout_piped: true,
        ..launch
    }
}

fn alive(pid: u32) -> bool {
    Path::new("/proc").join(pid.to_string()).exists()
}

/// Starts a shell that starts a sleep, and says the sleep's pid once both run.
async fn family(directory: &Path) -> (Part, u32) {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let mut part = Part::start(&shell("family", "sleep 1000 & echo $!; wait", directory)).expect("starts");
    let mut line = String::new();
    BufReader::new(part.take_stdout().expect("piped"))
        .read_line(&mut line)
        .await
        .expect("reads");
    (part, line.trim().parse().expect("a pid"))
}

/// Orphans are reaped by init, a moment after they were killed.
async fn gone(pid: u32) {
    let state = || std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    while !matches!(state().rsplit_once(") "), None | Some((_, "Z"))) && !state().contains(") Z") {
        tokio::task::yield_now().await;
    }
}

#[test]
fn dropping_a_part_ends_it_and_its_children() {
    check(async {
        let directory = tempfile::tempdir().expect("temp dir");
        let (part, grandchild) = family(directory.path()).await;
        let child = part.pid();
        assert!(alive(child) && alive(grandchild));
        drop(part);
        assert!(!alive(child));
        gone(grandchild).await;
    });
}

#[test]
fn a_cancelled_run_ends_its_parts() {
    check(async {
        let directory = tempfile::tempdir().expect("temp dir");
        let (tell, told) = tokio::sync::oneshot::channel();
        let run = async {
            let (part, grandchild) = family(directory.path()).await;
            tell.send((part.pid(), grandchild)).expect("listened to");
            std::future::pending::<()>().await;
        };
        let (child, grandchild) = tokio::select! {
            () = run => unreachable!("it never ends"),
            pids = told => pids.expect("told"),
        };
        assert!(!alive(child));
        gone(grandchild).await;
    });
}

#[test]
fn a_panic_ends_the_parts() {
    let directory = tempfile::tempdir().expect("temp dir");
    let pid = std::cell::Cell::new(0);
    let run = std::panic::AssertUnwindSafe(|| {
        check(async {
            let (part, _) = family(directory.path()).await;
            pid.set(part.pid());
            panic!("an experiment went wrong");
        })
    });
    std::panic::catch_unwind(run).expect_err("it panicked");
    assert!(pid.get() != 0 && !alive(pid.get()));
}

#[test]
fn stopping_asks_first() {
    check(async {
        let directory = tempfile::tempdir().expect("temp dir");
        let script = "trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done";
        let mut part = Part::start(&shell("polite", script, directory.path())).expect("starts");
        let mut said = [0; 2];
        let mut stdout = part.take_stdout().expect("piped");
        tokio::io::AsyncReadExt::read_exact(&mut stdout, &mut said)
            .await
            .expect("says it is up");
        assert_eq!(part.stop().await.expect("ends").code(), Some(7));
    });
}

#[test]
fn failures_quote_stderr() {
    check(async {
        let directory = tempfile::tempdir().expect("temp dir");
        let mut part = Part::start(&shell(
            "broken",
            "echo no such upstream >&2; exit 1",
            directory.path(),
        ))
        .expect("starts");
        let status = part.wait(Duration::from_secs(60)).await.expect("ends");
        assert_eq!(status.code(), Some(1));
        assert!(
            part.quoted_stderr().contains("no such upstream"),
            "{}",
            part.quoted_stderr()
        );
        let missing = Launch::new("gateway", Path::new("/no/such/binary"), directory.path());
        let failure = Part::start(&missing).expect_err("cannot start").to_string();
        assert!(
            failure.contains("gateway") && failure.contains("/no/such/binary"),
            "{failure}"
        );
    });
}

#[test]
fn a_gateway_that_does_not_boot_says_why() {
    check(async {
        let directory = tempfile::tempdir().expect("temp dir");
        let boot = |script: &str| {
            let wrapper = Wrapper {
                program: "/bin/sh".into(),
                arguments: vec!["-c".into(), script.into()],
            };
            let directory = directory.path().to_path_buf();
            async move {
                boot_gateway(
                    Path::new("unused"),
                    "listen: {}",
                    &directory,
                    None,
                    1,
                    Some(&wrapper),
                )
                .await
            }
        };
        let failure = boot("echo 'listen.http: port taken' >&2; exit 1")
            .await
            .expect_err("ended")
            .to_string();
        assert!(
            failure.contains("boot gateway") && failure.contains("port taken"),
            "{failure}"
        );
        let failure = boot("echo hello; exec sleep 1000")
            .await
            .expect_err("no JSON")
            .to_string();
        assert!(
            failure.contains("makes no sense") && failure.contains("hello"),
            "{failure}"
        );
        let ready = r#"echo '{"ready":true,"http":"127.0.0.1:1","admin":"127.0.0.1:2"}'; exec sleep 1000"#;
        let gateway = boot(ready).await.expect("boots");
        assert_eq!((gateway.http.port(), gateway.admin.port()), (1, 2));
    });
}
