//! `loadgen compare A B`: two results, or two targets that are run interleaved.

mod args;
mod plan;

pub(super) use args::{Args, Format, HELP};
pub(super) use plan::seed;

use super::child::{Children, Ended, has};
use super::exit::{BROKEN, COULD_NOT_RUN, INTERRUPTED, INVALID, Refusal};
use super::form;
use loadgen::{Comparison, Figures, Source, compare_text, load, paired, two_results};
use plan::{Plan, Subject};
use std::path::PathBuf;
use tokio::runtime::{Builder, LocalOptions};

pub(super) fn run(args: Args) -> Result<u8, Refusal> {
    let plan = Plan::new(&args)?;
    let (comparison, interrupted) = match &plan.subjects {
        [Subject::File(a), Subject::File(b)] => (files(&args, &plan, [a, b])?, false),
        [Subject::Run(a), Subject::Run(b)] => runs(&args, &plan, [a, b])?,
        _ => {
            return Err(Refusal::usage(&[
                "A, B: one is a result and the other is to be run: compare two results, or two runs".into(),
            ]));
        }
    };
    let bytes = match args.format {
        Format::Text => compare_text::render(&comparison).into_bytes(),
        Format::Json => form::json(&comparison)?,
    };
    form::emit(args.output.as_deref(), &bytes)?;
    let gate = plan.gate.is_some_and(|figure| comparison.shows_worse(figure));
    Ok(
        match (interrupted, comparison.is_valid() || args.allow_invalid, gate) {
            (true, ..) => INTERRUPTED,
            (false, false, _) => INVALID,
            (false, true, true) => BROKEN,
            (false, true, false) => 0,
        },
    )
}

fn files(args: &Args, plan: &Plan, paths: [&PathBuf; 2]) -> Result<Comparison, Refusal> {
    let loaded = paths.map(|path| load(path, plan.unit));
    let [a, b] = match loaded {
        [Ok(a), Ok(b)] => [a, b],
        loaded => {
            let errors = loaded.into_iter().filter_map(Result::err).collect();
            return Err(Refusal::new(COULD_NOT_RUN, errors));
        }
    };
    let [a, b] = [(&args.a, &a), (&args.b, &b)].map(|(name, result)| Source { name, result });
    two_results(a, b, &plan.question).map_err(|errors| Refusal::new(COULD_NOT_RUN, errors))
}

fn runs(args: &Args, plan: &Plan, words: [&Vec<String>; 2]) -> Result<(Comparison, bool), Refusal> {
    let runtime = Builder::new_current_thread()
        .enable_all()
        .build_local(LocalOptions::default());
    let runtime = runtime.map_err(|e| Refusal::failed("build a runtime", e))?;
    let mut rounds: Vec<[Figures; 2]> = Vec::new();
    let interrupted = runtime.block_on(async {
        let mut children = Children::new(args.keep.clone())?;
        for round in 0..plan.rounds {
            match one_round(args, plan, words, round, &mut children).await? {
                Some(pair) => rounds.push(pair),
                None => return Ok(true),
            }
        }
        Ok(false)
    })?;
    let comparison = paired([&args.a, &args.b], &rounds, &plan.question);
    Ok((comparison, interrupted))
}

/// One run of each, in alternating order, so that what follows the other's run falls on both alike; with the same
/// arrivals, so that chance in them is no part of the difference. None when interrupted.
async fn one_round(
    args: &Args,
    plan: &Plan,
    words: [&Vec<String>; 2],
    round: usize,
    children: &mut Children,
) -> Result<Option<[Figures; 2]>, Refusal> {
    let seed = plan.question.seed.child("round").nth(round as u64);
    let mut pair = [Figures::default(), Figures::default()];
    let order = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
    for side in order {
        let mut words: Vec<String> = words[side].iter().chain(&args.shared).cloned().collect();
        if !has(&words, None, "seed") {
            // as the system's seeds: short enough for every JSON reader
            words.extend(["--seed".into(), (seed.0 >> 11).to_string()]);
        }
        let letter = ["a", "b"][side];
        let name = format!("round-{:03}-{letter}", round + 1);
        let Ended::Measured(document) = children.run(&words, &name).await? else {
            return Ok(None);
        };
        eprintln!(
            "round {} of {}, {}: p99 {:.3} ms, {} answered, {} errors{}",
            round + 1,
            plan.rounds,
            letter.to_uppercase(),
            document.report.response_us.p99 / 1e3,
            document.report.counts.done,
            document.report.counts.errors(),
            if document.report.valid { "" } else { ", INVALID" },
        );
        pair[side] = Figures::of_document(&document, plan.question.of);
    }
    Ok(Some(pair))
}
