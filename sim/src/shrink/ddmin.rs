//! ddmin, as in the paper: halves, then their complements, then finer parts, until no single item can be left out.
//!
//! Pure; whoever calls it tries the candidates, several at once if it can. Calls: at most n² + 3n candidates are tried
//! for n items, and about 2 log₂ n where one item is enough.

/// Which of the items are enough. `first_good(count, candidate)` tries `candidate(0)`, `candidate(1)`, … and says which
/// is the first that still shows what is looked for; `None` also when it does not want to go on. All `items` together
/// are taken to show it. Order is kept. If nobody stopped it, leaving out any one item of the result does not show it.
pub(super) fn ddmin<T: Clone + Sync>(
    items: Vec<T>,
    mut first_good: impl FnMut(usize, &(dyn Fn(usize) -> Vec<T> + Sync)) -> Option<usize>,
) -> Vec<T> {
    let mut items = items;
    let mut parts = 2;
    while items.len() >= 2 {
        parts = parts.min(items.len());
        let bounds = |part: usize| part * items.len() / parts..(part + 1) * items.len() / parts;
        let subset = |part: usize| items[bounds(part)].to_vec();
        let complement = |part: usize| {
            let out = bounds(part);
            [&items[..out.start], &items[out.end..]].concat()
        };
        if let Some(part) = first_good(parts, &subset) {
            items = subset(part);
            parts = 2;
            continue;
        }
        // of two parts each is the other's complement
        let complements = if parts == 2 { 0 } else { parts };
        if let Some(part) = first_good(complements, &complement) {
            items = complement(part);
            parts = (parts - 1).max(2);
        } else if parts < items.len() {
            parts *= 2;
        } else {
            break;
        }
    }
    if items.len() == 1 && first_good(1, &|_| Vec::new()).is_some() {
        items.clear();
    }
    items
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The result, and how many candidates were tried.
    fn run(count: u32, good: &dyn Fn(&[u32]) -> bool) -> (Vec<u32>, usize) {
        let mut tried = 0;
        let result = ddmin((0..count).collect(), |candidates, candidate| {
            let found = (0..candidates).find(|i| good(&candidate(*i)));
            tried += found.map_or(candidates, |i| i + 1);
            found
        });
        (result, tried)
    }

    fn check(count: u32, good: &dyn Fn(&[u32]) -> bool) {
        let (result, tried) = run(count, good);
        assert!(good(&result) || result.len() as u32 == count, "{result:?}");
        for i in 0..result.len() {
            let mut less = result.clone();
            less.remove(i);
            assert!(!good(&less), "{result:?} is not minimal: {less:?}");
        }
        assert!(result.is_sorted());
        let n = count as usize;
        assert!(tried <= n * n + 3 * n + 1, "{tried} for {n}");
        assert_eq!(run(count, good), (result, tried), "the same again");
    }

    proptest! {
        #[test]
        fn what_needs_certain_items_keeps_exactly_those(
            count in 0..60_u32,
            needed in prop::collection::btree_set(0..60_u32, 0..6),
        ) {
            let needed: Vec<u32> = needed.into_iter().filter(|item| *item < count).collect();
            let good = |items: &[u32]| needed.iter().all(|item| items.contains(item));
            check(count, &good);
            prop_assert_eq!(run(count, &good).0, needed);
        }

        /// Any two neighbours of a distance, and any three of a residue: neither monotone in the items nor unique.
        #[test]
        fn any_predicate_gives_a_minimum_of_its_own(count in 1..40_u32, distance in 1..5_u32, residue in 2..5_u32) {
            check(count, &|items| items.windows(2).any(|pair| pair[1] - pair[0] == distance));
            check(count, &|items| items.iter().filter(|item| *item % residue == 0).count() >= 3);
            check(count, &|items| items.len() % 3 == 1);
        }
    }

    #[test]
    fn one_of_many_is_found_in_a_logarithm() {
        let (result, tried) = run(4_096, &|items| items.contains(&1_234));
        assert_eq!(result, [1_234]);
        assert!(tried <= 25, "{tried}");
    }

    #[test]
    fn what_needs_nothing_is_empty() {
        assert_eq!(run(9, &|_| true).0, [0_u32; 0]);
    }

    #[test]
    fn whoever_stops_keeps_what_he_has() {
        let mut left = 3;
        let result = ddmin(
            (0..64).collect(),
            |candidates, candidate: &(dyn Fn(usize) -> Vec<u32> + Sync)| {
                left = i32::max(left - 1, 0);
                (0..candidates).find(|i| left > 0 && candidate(*i).contains(&63))
            },
        );
        assert!(result.contains(&63) && result.len() == 16, "{result:?}");
    }
}
