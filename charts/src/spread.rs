//! Labels that want the same place, moved apart.
//!
//! Pool-adjacent-violators: labels are taken in order of where they want to be; whenever two would touch they
//! become one block centred on the mean of its members' wishes, and blocks merge until none touch. That is the
//! least-squares answer (Barlow et al., 1972), it needs no iteration count, and equal input gives equal output.

/// Centres for labels `height` high that want to sit at `wanted` (rising), within `top` to `bottom`, in the same
/// order; `None` if they do not fit at all.
pub(crate) fn apart(wanted: &[f64], height: f64, top: f64, bottom: f64) -> Option<Vec<f64>> {
    if wanted.len() as f64 * height > bottom - top {
        return None;
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(wanted.len());
    for centre in wanted {
        let mut block = Block {
            sum: *centre,
            count: 1,
        };
        while let Some(above) = blocks.last() {
            if above.range(height, top, bottom).1 <= block.range(height, top, bottom).0 + 1e-9 {
                break;
            }
            // the member at place k of a block wants the block's own middle shifted by its offset
            block = above.joined(&block, height);
            blocks.pop();
        }
        blocks.push(block);
    }
    let place = |block: &Block| {
        let start = block.range(height, top, bottom).0;
        (0..block.count)
            .map(move |k| start + height * (k as f64 + 0.5))
            .collect::<Vec<_>>()
    };
    Some(blocks.iter().flat_map(place).collect())
}

/// Labels set one below the other: `sum` of the centres that the block as a whole would have by each member's wish.
struct Block {
    sum: f64,
    count: usize,
}

impl Block {
    fn range(&self, height: f64, top: f64, bottom: f64) -> (f64, f64) {
        let size = self.count as f64 * height;
        let start = (self.sum / self.count as f64 - size / 2.0)
            .min(bottom - size)
            .max(top);
        (start, start + size)
    }

    fn joined(&self, below: &Self, height: f64) -> Self {
        // a member's wish for the block's centre moves by half of what is added on the other side
        let up = self.sum + self.count as f64 * below.count as f64 * height / 2.0;
        let down = below.sum - below.count as f64 * self.count as f64 * height / 2.0;
        Self {
            sum: up + down,
            count: self.count + below.count,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_labels_stay_and_crowded_ones_share_the_shift() {
        assert_eq!(apart(&[20.0, 60.0], 10.0, 0.0, 100.0), Some(vec![20.0, 60.0]));
        assert_eq!(apart(&[50.0, 50.0], 10.0, 0.0, 100.0), Some(vec![45.0, 55.0]));
        assert_eq!(
            apart(&[0.0, 0.0, 0.0], 10.0, 0.0, 100.0),
            Some(vec![5.0, 15.0, 25.0])
        );
        assert_eq!(apart(&[99.0, 100.0], 10.0, 0.0, 100.0), Some(vec![85.0, 95.0]));
        assert_eq!(apart(&[1.0; 11], 10.0, 0.0, 100.0), None);
    }
}
