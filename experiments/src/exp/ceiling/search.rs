//! Which rate to offer next: up by half until one breaks the service level, then between what held and what broke.
//!
//! Pure: a function of the steps so far. Both moves are geometric, because rates are compared as ratios.

const FROM: f64 = 8_000.0;
const GROWTH: f64 = 1.5;
/// What broke is at most so much above what held.
const PRECISION: f64 = 1.06;
/// From a hundredth of the first rate to a hundred times of it, and the narrowing.
const STEPS_MAX: usize = 24;

/// `(rate, held)` of each step so far; `None` when the ceiling is known.
pub(super) fn next(steps: &[(f64, bool)]) -> Option<f64> {
    if steps.len() >= STEPS_MAX {
        return None;
    }
    // load beyond what broke is not asked for again: the lowest that broke is what counts
    let broke = steps
        .iter()
        .filter(|(_, held)| !held)
        .map(|(rate, _)| *rate)
        .reduce(f64::min);
    let below = |rate: &f64| broke.is_none_or(|broke| *rate < broke);
    let held = steps
        .iter()
        .filter(|(_, held)| *held)
        .map(|(rate, _)| *rate)
        .filter(below)
        .reduce(f64::max);
    match (held, broke) {
        (None, None) => Some(FROM),
        (Some(held), None) => Some((held * GROWTH).round()),
        (None, Some(broke)) => Some((broke / GROWTH).round()),
        (Some(held), Some(broke)) if broke / held <= PRECISION => None,
        (Some(held), Some(broke)) => Some((held * broke).sqrt().round()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Plays against a target that holds up to `capacity`.
    fn found(capacity: f64) -> Vec<(f64, bool)> {
        let mut steps = Vec::new();
        while let Some(rate) = next(&steps) {
            steps.push((rate, rate <= capacity));
        }
        steps
    }

    #[test]
    fn a_ceiling_is_found_within_the_precision_from_either_side() {
        for capacity in [900.0, 8_000.0, 30_000.0, 61_234.0] {
            let steps = found(capacity);
            let best = steps
                .iter()
                .filter(|(_, held)| *held)
                .map(|(rate, _)| *rate)
                .fold(0.0, f64::max);
            assert!(
                best <= capacity && best * PRECISION >= capacity * 0.999,
                "{capacity}: {steps:?}"
            );
            assert!(steps.len() <= 14, "{capacity}: {steps:?}");
        }
    }

    #[test]
    fn a_target_without_an_end_ends_the_search() {
        assert_eq!(found(f64::INFINITY).len(), STEPS_MAX);
        assert_eq!(found(0.0).len(), STEPS_MAX);
    }

    #[test]
    fn what_holds_above_what_broke_does_not_count() {
        assert_eq!(
            next(&[(8_000.0, true), (12_000.0, false), (18_000.0, true)]),
            Some(9_798.0)
        );
    }
}
