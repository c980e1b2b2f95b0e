//! Order statistics: median and quartiles.
//!
//! Quantiles interpolate linearly between order statistics (definition 7 of Hyndman & Fan, 1996), which is
//! what R, NumPy and spreadsheets do by default. Values that are not finite are left out; nothing left gives `None`.

/// First quartile, median and third quartile.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quartiles {
    pub q1: f64,
    pub median: f64,
    pub q3: f64,
}

pub fn median(samples: &[f64]) -> Option<f64> {
    quantile_of_sorted(&sorted(samples), 0.5)
}

pub fn quartiles(samples: &[f64]) -> Option<Quartiles> {
    let sorted = sorted(samples);
    Some(Quartiles {
        q1: quantile_of_sorted(&sorted, 0.25)?,
        median: quantile_of_sorted(&sorted, 0.5)?,
        q3: quantile_of_sorted(&sorted, 0.75)?,
    })
}

pub(super) fn sorted(samples: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = samples.iter().copied().filter(|x| x.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// `sorted` must be ascending; `q` is in 0..=1.
pub(super) fn quantile_of_sorted(sorted: &[f64], q: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = q.clamp(0.0, 1.0) * last as f64;
    let below = position.floor() as usize;
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (position - below as f64))
}
