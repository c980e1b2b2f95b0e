//! One run on several machines: processes that share nothing but a seed send what one would.

use super::program::{TRUSTED, document, ended, loadgen, measured, run};
use super::server::{OK, tcp};
use std::collections::BTreeSet;
use std::process::Child;
use std::time::{Duration, UNIX_EPOCH};

const TEMPLATES: [&str; 6] = [
    "-H",
    "X-Key: {{uuid}} {{seq}}",
    "-b",
    "{{zipf 1000 1.1}} {{rand -9 9}}",
    "--seed",
    "77",
];

/// What a server got of all processes together, without the order.
fn sent(load: &[&str], shards: usize, threads: usize) -> BTreeSet<(String, String, String, String)> {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/{{{{rand 1 1000000}}}}");
    let threads = threads.to_string();
    let children: Vec<Child> = (0..shards)
        .map(|index| {
            let shard = format!("{index}/{shards}");
            let args = [
                "--load-id",
                "-t",
                &threads,
                "--shard",
                &shard,
                "--format",
                "json",
                "--quiet",
            ];
            let args = [&[url.as_str()], load, &args[..], &TEMPLATES, &TRUSTED].concat();
            loadgen(&args).spawn().expect("runs")
        })
        .collect();
    let mut planned = 0;
    for child in children {
        let (code, stdout, stderr) = ended(child.wait_with_output().expect("ends"));
        assert_eq!(stderr, "");
        let document = document(&stdout);
        let counts = &document.report.counts;
        assert_eq!(code, 0, "{:?}", document.report.reasons);
        assert_eq!(counts.done, counts.planned);
        planned += counts.planned;
    }
    let seen: Vec<_> = requests
        .try_iter()
        .map(|request| {
            let field = |name| request.field(name).expect(name).to_owned();
            (
                field("x-load-id"),
                request.line().to_owned(),
                field("x-key"),
                request.body.clone(),
            )
        })
        .collect();
    assert_eq!(seen.len() as u64, planned);
    let set: BTreeSet<_> = seen.into_iter().collect();
    assert_eq!(set.len() as u64, planned, "a request twice");
    set
}

#[test]
fn shards_and_threads_send_what_one_would() {
    for load in [
        &["-R", "1000", "-d", "300ms"][..],
        &["-R", "1000", "-n", "200"],
        &["--closed", "-n", "150", "-c", "15"],
        &["--closed", "-n", "3", "-c", "15"],
    ] {
        let alone = sent(load, 1, 1);
        for (shards, threads) in [(1, 2), (1, 5), (2, 1), (2, 5), (3, 2), (3, 5)] {
            assert_eq!(
                sent(load, shards, threads),
                alone,
                "{load:?}: {shards} shards of {threads} threads"
            );
        }
    }
}

#[test]
fn the_cluster_may_say_which_shard_it_is() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let ids = |shard: &str, variables: &[(&str, &str)]| {
        let args = [
            "-R",
            "1000",
            "-n",
            "90",
            "--load-id",
            "--seed",
            "5",
            "--shard",
            shard,
            "--quiet",
        ];
        let mut command = loadgen(&[&[url.as_str()], &args[..], &TRUSTED].concat());
        command.envs(variables.iter().copied());
        let (code, _, stderr) = ended(command.output().expect("runs"));
        assert_eq!((code, stderr.as_str()), (0, ""), "{shard} {variables:?}");
        let ids = requests
            .try_iter()
            .map(|request| request.field("x-load-id").expect("an id").to_owned());
        ids.collect::<BTreeSet<_>>()
    };
    let typed = ids("1/3", &[]);
    assert!(typed.len() > 10 && typed.len() < 60);
    assert_eq!(ids("auto/3", &[("JOB_COMPLETION_INDEX", "1")]), typed);
    let slurm = [
        ("SLURM_ARRAY_TASK_ID", "8"),
        ("SLURM_ARRAY_TASK_MIN", "7"),
        ("SLURM_ARRAY_TASK_COUNT", "3"),
    ];
    assert_eq!(ids("auto", &slurm), typed);
    let (code, _, stderr) = run(&[&url, "-R", "1", "--seed", "5", "--shard", "auto/3"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("JOB_COMPLETION_INDEX"), "{stderr}");
    assert_eq!(
        run(&[&url, "-R", "1", "--shard", "1/3"]).0,
        2,
        "shards need one seed"
    );
}

#[test]
fn a_start_is_a_moment_of_the_wall_clock() {
    let (addr, requests) = tcp(|_| OK.into());
    let url = format!("http://{addr}/");
    let now = || UNIX_EPOCH.elapsed().expect("after 1970");
    // far enough that a slow machine has its threads ready by then
    let at = now() + Duration::from_secs(3);
    let text = format!("{:.3}", at.as_secs_f64());
    for load in [&["-R", "1000", "-n", "20"][..], &["--closed", "-n", "20"]] {
        // the second of them comes too late
        let args = [&[url.as_str(), "--start-at", &text], load, &TRUSTED].concat();
        if now() >= at {
            let (code, _, stderr) = run(&args);
            assert_eq!(code, 2, "{stderr}");
            assert!(stderr.contains("ago"), "{stderr}");
            assert_eq!(requests.try_iter().count(), 0);
            continue;
        }
        let (code, document) = measured(&args);
        assert_eq!((code, document.report.counts.done), (0, 20));
        let started = document.run.started_unix_s;
        assert!((started - at.as_secs_f64()).abs() < 0.01, "{started}");
        assert_eq!(requests.try_iter().count(), 20);
    }
    for (text, code) in [("1.5", 2), ("soon", 2), ("1999-12-31T23:59:59Z", 2)] {
        let (found, _, stderr) = run(&[&url, "-R", "1", "--start-at", text]);
        assert_eq!(found, code);
        assert!(stderr.contains("--start-at"), "{stderr}");
    }
}
