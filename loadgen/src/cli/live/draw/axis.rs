//! Axes whose ends are round numbers. Latencies spread over orders of magnitude, so theirs is of logarithms.

use super::super::words::rate;

/// From one end to the other, with labels at equal distances.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Axis {
    pub(super) bounds: [f64; 2],
    pub(super) labels: Vec<String>,
}

/// From zero to the next of 1, 2 or 5 times a power of ten.
pub(super) fn rates(most: f64) -> Axis {
    let most = most.clamp(1.0, f64::MAX / 1e3);
    let power = 10_f64.powf(most.log10().floor());
    let top = [1.0, 2.0, 5.0]
        .into_iter()
        .map(|step| step * power)
        .find(|top| *top >= most)
        .unwrap_or(10.0 * power);
    Axis {
        bounds: [0.0, top],
        labels: vec!["0".into(), rate(top / 2.0), rate(top)],
    }
}

/// Where a latency lies on [`latencies`].
pub(super) fn log(nanos: u64) -> f64 {
    (nanos.max(1) as f64).log10()
}

/// Whole powers of ten around all values, labelled as closely as the rows allow.
pub(super) fn latencies(least: u64, most: u64, rows: u16) -> Axis {
    let from = log(least).floor();
    let decades = (log(most).ceil() - from).max(1.0);
    // a label needs a row, and one free below it
    let steps_max = f64::from(rows / 2).max(1.0);
    let step = (decades / steps_max).ceil();
    let steps = (decades / step).ceil();
    let label = |index: u32| power(from as u32 + index * step as u32);
    Axis {
        bounds: [from, from + steps * step],
        labels: (0..=steps as u32).map(label).collect(),
    }
}

/// Ten to a power, in nanoseconds, without the digits that a measured figure has.
fn power(exponent: u32) -> String {
    const UNITS: [&str; 4] = ["ns", "µs", "ms", "s"];
    let unit = (exponent as usize / 3).min(UNITS.len() - 1);
    let zeros = exponent as usize - unit * 3;
    format!("1{:0<zeros$} {}", "", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_round() {
        for (most, top) in [
            (0.0, 1.0),
            (1.0, 1.0),
            (11.0, 20.0),
            (499.0, 500.0),
            (600.0, 1_000.0),
        ] {
            assert_eq!(rates(most).bounds, [0.0, top], "{most}");
        }
        assert_eq!(rates(900.0).labels, ["0", "500", "1000"]);
        let axis = latencies(61_000, 9_000_000, 20);
        assert_eq!(axis.bounds, [4.0, 7.0]);
        assert_eq!(axis.labels, ["10 µs", "100 µs", "1 ms", "10 ms"]);
    }

    #[test]
    fn labels_keep_apart() {
        let axis = latencies(1, u64::MAX, 7);
        assert!(
            axis.labels.len() <= 4 && axis.bounds[1] >= log(u64::MAX),
            "{axis:?}"
        );
        assert_eq!(latencies(0, 0, 0).bounds, [0.0, 1.0]);
    }
}
