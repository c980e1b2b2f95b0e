//! Totals of a job dealt out to its shards.

/// This shard's part of a total that is dealt out as evenly as it goes.
pub(super) fn share(total: usize, index: usize, of: usize) -> usize {
    let of = of.max(1);
    total / of + usize::from(index < total % of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_add_up() {
        for (total, of) in [(64, 1), (7, 3), (2, 5), (0, 4)] {
            assert_eq!((0..of).map(|index| share(total, index, of)).sum::<usize>(), total);
        }
    }
}
