//! The results of shards as those of one sweep.

use super::results::{Results, Shards};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Adds them up, each with the name of its file. What does not belong together is refused, everything at once.
pub fn merge(parts: Vec<(String, Results)>) -> Result<Results, Vec<String>> {
    let Some(((first, first_results), rest)) = parts.split_first() else {
        return Err(Vec::from(["nothing is left to merge".into()]));
    };
    let mut errors = Vec::new();
    for (name, results) in rest {
        for (what, theirs, ours) in differences(results, first_results) {
            errors.push(format!("{name}: {what} {theirs}, where {first} has {ours}"));
        }
    }
    let mut seen: BTreeMap<usize, &str> = BTreeMap::new();
    for (name, results) in &parts {
        for shard in &results.shards.have {
            match seen.entry(*shard) {
                Entry::Vacant(new) => drop(new.insert(name)),
                Entry::Occupied(earlier) => {
                    let (earlier, of) = (earlier.get(), results.shards.of);
                    errors.push(format!("{name}: shard {shard}/{of} is in {earlier} already"));
                }
            }
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    let mut sum = Results::new(
        first_results.swept.clone(),
        Shards {
            of: first_results.shards.of,
            have: Vec::new(),
        },
    );
    for (_, results) in parts {
        sum.shards.have.extend(&results.shards.have);
        sum.add(results);
    }
    sum.shards.have.sort_unstable();
    if sum.shards.missing().is_empty() {
        // nobody can tell, nor need know, that it was ever in parts
        sum.shards = Shards { of: 1, have: vec![0] };
    }
    Ok(sum)
}

/// In what two parts are not of one sweep.
fn differences(theirs: &Results, ours: &Results) -> Vec<(&'static str, String, String)> {
    let facts = |results: &Results| {
        let swept = &results.swept;
        [
            ("scenarios", swept.scenarios.join(", ")),
            ("seeds", format!("{}..{}", swept.seeds_from, swept.seeds_to)),
            ("knobs", format!("[{}]", swept.set.join(", "))),
            ("planted bug", swept.plant.clone().unwrap_or("none".into())),
            ("build", swept.build.clone()),
            ("number of shards", results.shards.of.to_string()),
        ]
    };
    let pairs = facts(theirs).into_iter().zip(facts(ours));
    let differ = pairs.filter(|(theirs, ours)| theirs != ours);
    differ
        .map(|((what, theirs), (_, ours))| (what, theirs, ours))
        .collect()
}
