//! The index of the committed reports in a real browser, without a head: its pictures load from a file, and its filters keep what they
//! say.
//!
//! Without Chromium the test says so and is skipped; in CI it has to be there.

use experiments::{exp, runner, workspace};
use std::path::Path;
use std::process::{Command, Stdio};

/// Ends a browser that would hang; never the measure of success.
const PATIENCE_S: &str = "120";

/// Chooses each choice of each filter, and says which tiles are seen then, and which pictures are none.
const DRIVER: &str = r##"<script>
addEventListener("load", () => {
  const seen = () => [...document.querySelectorAll(".c-tile")]
    .filter((tile) => getComputedStyle(tile).display !== "none")
    .map((tile) => tile.querySelector("h2").textContent).join(",");
  const lines = ["all:" + seen()];
  for (const radio of document.querySelectorAll("input[type=radio]")) {
    radio.checked = true;
    lines.push(radio.parentNode.textContent.trim() + ":" + seen());
    document.querySelectorAll("input[id$=-all]").forEach((all) => { all.checked = true; });
  }
  document.querySelectorAll("img").forEach((img) => { img.loading = "eager"; });
  Promise.all([...document.images].map((img) => img.decode().catch(() => lines.push("broken:" + img.src)))).then(() => {
    document.body.innerHTML = "<pre>" + lines.join("\n") + "\n</pre>";
  });
});
</script>"##;

fn chromium() -> Option<&'static str> {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = names.into_iter().find(|name| {
        let mut asked = Command::new(name);
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        asked.status().is_ok_and(|status| status.success())
    });
    assert!(
        found.is_some() || std::env::var_os("CI").is_none(),
        "Chromium is not installed, and in CI it has to be"
    );
    if found.is_none() {
        println!("skipped 1 test: Chromium is not installed");
    }
    found
}

/// The page's document, after its scripts.
fn document(chromium: &str, page: &Path) -> String {
    let profile = tempfile::tempdir().expect("a directory");
    let output = Command::new("timeout")
        .args([PATIENCE_S, chromium])
        .args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().display()))
        .arg("--virtual-time-budget=10000")
        .arg(format!("file://{}", page.display()))
        .stderr(Stdio::null())
        .output();
    String::from_utf8(output.expect("it runs").stdout).expect("text")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("makes");
    for entry in std::fs::read_dir(from).expect("lists") {
        let path = entry.expect("an entry").path();
        let target = to.join(path.file_name().expect("a name"));
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).expect("copies");
        }
    }
}

#[test]
fn filters_keep_what_they_say_and_pictures_load() {
    let Some(chromium) = chromium() else {
        return;
    };
    let reports = workspace::root().expect("inside the checkout").join("reports");
    let out = tempfile::tempdir().expect("temp dir");
    copy(&reports, out.path());
    runner::render(out.path()).expect("draws");
    let index = out.path().join("index.html");
    let page = std::fs::read_to_string(&index).expect("there");
    let committed = std::fs::read_to_string(reports.join("index.html")).expect("there");
    assert_eq!(
        page, committed,
        "`cargo experiment render` draws another index than the committed one"
    );
    // the driver is the test's own: the page itself allows no script
    let policy = page.find("<meta http-equiv").expect("it has a policy");
    let end = policy + page[policy..].find('>').expect("it ends") + 1;
    let driven =
        format!("{}{}", &page[..policy], &page[end..]).replace("</body>", &format!("{DRIVER}</body>"));
    std::fs::write(&index, driven).expect("writes");
    let seen = document(chromium, &index);
    assert!(!seen.contains("broken:"), "{seen}");
    let there = |experiment: &&exp::Experiment| out.path().join(experiment.name).join("run.json").exists();
    let names = |choice: &str| -> String {
        let all = exp::registry().iter().filter(there);
        let meant = all.filter(|of| choice == "all" || of.world.facets().contains(&choice));
        let names: Vec<&str> = meant.map(|experiment| experiment.name).collect();
        names.join(",")
    };
    for choice in ["all", "real sockets", "simulator"] {
        let names = names(choice);
        assert!(
            seen.contains(&format!("{choice}:{names}\n")),
            "{choice}: {names}\n{seen}"
        );
    }
}
