//! One command from start to end: build, run, write, draw, publish, say what came of it.

use crate::claims::{self, Claim, Verdict};
use crate::console::Console;
use crate::exp;
use crate::exp::{Context, Experiment, World};
use crate::failure::Failure;
use crate::provenance::{Asked, Run};
use crate::report::{Entry, Source, Staging, write_index, write_json, write_page};
use crate::scale::Scale;
use crate::stand::{self, Built};
use crate::trend;
use std::path::{Path, PathBuf};
use std::time::Duration;
use world::Seed;

/// The folder of the trend's page, beside the reports.
const TREND: &str = "trend";

/// What was asked for on the command line.
#[derive(Debug, Clone)]
pub struct Wish {
    pub root: PathBuf,
    pub out: PathBuf,
    pub scale: Scale,
    pub seed: Seed,
    pub profile: String,
    pub gateway_bin: Option<PathBuf>,
    pub before_bin: Option<PathBuf>,
    /// Wall clock at the start, since the Unix epoch.
    pub unix_now: Duration,
}

/// Runs `experiments` one after the other; gives the exit code of the worst.
pub async fn run(wish: &Wish, experiments: &[&'static Experiment]) -> Result<u8, Failure> {
    let built = build(wish, experiments).await?;
    let mut all = Vec::new();
    for experiment in experiments {
        let claims = one(wish, experiment, &built).await;
        all.extend(claims.map_err(|failure| failure.during(experiment.name))?);
    }
    Ok(claims::exit_code(&all))
}

/// What these experiments need.
async fn build(wish: &Wish, experiments: &[&'static Experiment]) -> Result<Built, Failure> {
    let console = Console::new();
    let is_any = |is_meant: fn(&Experiment) -> bool| experiments.iter().any(|one| is_meant(one));
    let mut built = Built {
        shipped: None,
        instrumented: Err("not built".to_owned()),
        before: None,
        simulator: None,
    };
    if is_any(|experiment| experiment.world.is_real()) {
        console.say(&format!("building the parts (profile {})", wish.profile));
        let gateway = wish.gateway_bin.as_deref();
        built.shipped = Some(stand::build(&wish.root, &wish.profile, gateway).await?);
        built.before = wish.before_bin.as_deref().map(stand::given_gateway).transpose()?;
    }
    if is_any(|experiment| experiment.counts_allocations) {
        built.instrumented = instrumented(wish, &console).await;
    }
    if is_any(|experiment| experiment.world.is_simulated()) {
        console.say("building the simulator");
        built.simulator = Some(stand::build_simulator(&wish.root).await?);
    }
    Ok(built)
}

/// Those that an experiment of this world runs.
fn binaries(built: &Built, world: World) -> Vec<(&'static str, &Path)> {
    let mut all: Vec<(&'static str, &Path)> = Vec::new();
    if let Some(shipped) = built.shipped.as_ref().filter(|_| world.is_real()) {
        all.push(("gateway", &shipped.gateway));
        all.push(("upstream-stub", &shipped.stub));
        all.push(("loadgen", &shipped.loadgen));
        all.extend(built.before.as_deref().map(|before| ("gateway-before", before)));
    }
    let simulator = built.simulator.as_ref().filter(|_| world.is_simulated());
    all.extend(simulator.map(|simulator| ("sim", simulator.as_path())));
    all
}

/// A gateway that counts its allocations, or why there is none.
async fn instrumented(wish: &Wish, console: &Console) -> Result<PathBuf, String> {
    if wish.gateway_bin.is_some() {
        return Err("only our own build can be instrumented, and another gateway was given".into());
    }
    console.say("building the gateway that counts its allocations");
    stand::build_instrumented(&wish.root)
        .await
        .map_err(|failure| failure.to_string())
}

async fn one(wish: &Wish, experiment: &Experiment, built: &Built) -> Result<Vec<Claim>, Failure> {
    let staging = Staging::new(&wish.out, experiment.name)?;
    let asked = Asked {
        experiment: experiment.name,
        scale: wish.scale,
        seed: wish.seed.0,
        profile: &wish.profile,
        unix_now: wish.unix_now,
    };
    let mut run = Run::begin(&asked, &wish.root);
    for (name, path) in binaries(built, experiment.world) {
        run.add_binary(name, path)?;
    }
    if wish.gateway_bin.is_some() && experiment.world.is_real() {
        run.note("the gateway was given by `--gateway-bin` and not built from this tree");
    }
    if built.before.is_some() && experiment.world == World::Real {
        run.note("`gateway-before` was given by `--before-bin`");
    }
    let mut ctx = Context::new(staging.path(), wish.seed, built.clone(), run)?;
    let began = tokio::time::Instant::now();
    let claims = (experiment.run)(&mut ctx).await?;
    ctx.console.finish();
    write_json(&staging.path().join("run.json"), &ctx.run)?;
    write_json(&staging.path().join("claims.json"), &claims)?;
    let missing = ctx.run.notes.clone();
    drop(ctx);
    draw(experiment, staging.path())?;
    let source = Source::read(staging.path())?;
    let figures = (experiment.figures)(&source)?;
    let comparable = (experiment.comparable)(&source)?;
    let published = staging.publish()?;
    if wish.gateway_bin.is_none() || !experiment.world.is_real() {
        trend::append(&wish.out, &source.run, comparable)?;
    }
    index(&wish.out)?;
    summarise(
        experiment,
        &claims,
        &figures,
        &missing,
        &published,
        &wish.root,
        began.elapsed(),
    );
    Ok(claims)
}

/// Draws every report of `out` again from its data; gives how many there were.
pub fn render(out: &Path) -> Result<usize, Failure> {
    let mut drawn = 0;
    for experiment in exp::registry() {
        let old = out.join(experiment.name);
        if !old.join("run.json").exists() {
            continue;
        }
        let staging = Staging::new(out, experiment.name)?;
        for name in Source::read(&old)?.data_files()? {
            let (from, to) = (old.join(&name), staging.path().join(&name));
            std::fs::copy(&from, &to).map_err(|e| Failure::io("copy", &from, e))?;
        }
        draw(experiment, staging.path())?;
        staging.publish()?;
        drawn += 1;
    }
    index(out)?;
    Ok(drawn)
}

fn draw(experiment: &Experiment, directory: &Path) -> Result<(), Failure> {
    write_page(&(experiment.draw)(&Source::read(directory)?)?, directory)
}

fn index(out: &Path) -> Result<(), Failure> {
    let entries: Vec<_> = exp::registry()
        .iter()
        .map(|experiment| Entry {
            name: experiment.name,
            question: experiment.question,
            world: experiment.world.words(),
            worlds: experiment.world.facets(),
            picture: experiment.picture,
        })
        .collect();
    let has_trend = out.join(TREND).join("index.html").exists();
    let links = has_trend.then_some(("what became of the figures, run by run", "trend/index.html"));
    write_index(out, &entries, links.as_slice())
}

/// Draws what became of the figures and tells it; gives the exit code: 3 where one got worse beyond its interval.
pub fn trend(out: &Path, root: &Path) -> Result<u8, Failure> {
    let rows = trend::read(out)?;
    if rows.is_empty() {
        return Err(Failure::run(
            "draw the trend: there is no history yet; each run of an experiment adds to it, such as `cargo experiment tax --smoke`",
        ));
    }
    let staging = Staging::new(out, TREND)?;
    write_page(&trend::page(&rows)?, staging.path())?;
    let published = staging.publish()?;
    index(out)?;
    let changes = trend::changes(&rows);
    let is_worse = |change: &&trend::Change<'_>| change.verdict() == Verdict::Refuted;
    for change in changes.iter().filter(|change| change.before.is_some()) {
        let mark = if is_worse(&change) { "!" } else { " " };
        let percent = change
            .percent()
            .map_or_else(String::new, |percent| format!(" ({percent:+.2} %)"));
        let value = charts::number::significant(change.now.value, 4);
        let now = change.now;
        println!(
            "{mark} {} {}: {value} {}{percent}: {}",
            now.experiment,
            now.figure,
            now.unit,
            change.words()
        );
    }
    let worse = changes.iter().filter(is_worse).count();
    println!(
        "{} figures, {worse} of them worse beyond their interval",
        changes.len()
    );
    let report = published.join("index.html");
    println!(
        "  report: {}",
        report.strip_prefix(root).unwrap_or(&report).display()
    );
    Ok(if worse == 0 { 0 } else { claims::EXIT_REFUTED })
}

/// The result, on stdout.
fn summarise(
    experiment: &Experiment,
    claims: &[Claim],
    figures: &[String],
    notes: &[String],
    report: &Path,
    root: &Path,
    took: Duration,
) {
    println!("{}: {}", experiment.name, experiment.question);
    for claim in claims {
        let measured = claim
            .measured
            .map_or("–".to_owned(), |value| charts::number::significant(value, 4));
        let note = if claim.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", claim.note)
        };
        let mark = match claim.verdict {
            Verdict::Refuted | Verdict::Missed => "!",
            _ => " ",
        };
        println!(
            "{mark} {:<11} {}: {measured} {}{note}",
            claim.verdict.words(),
            claim.claim,
            claim.unit
        );
    }
    for line in figures {
        println!("  {line}");
    }
    for note in notes {
        println!("  note: {note}");
    }
    let report = report.join("index.html");
    let shown = report.strip_prefix(root).unwrap_or(&report);
    println!("  report: {} (measured in {} s)", shown.display(), took.as_secs());
}

#[cfg(test)]
mod tests;
