//! Figures of bounded width: a column of them stays a column whatever was measured.

const UNITS: [&str; 9] = ["k", "M", "G", "T", "P", "E", "Z", "Y", "R"];
/// Beyond this a duration is not told apart; recorders stop at an hour.
const SECONDS_MAX: f64 = 9_999.0;

/// Three significant digits and the unit that fits; at most 8 characters.
pub(super) fn duration(nanos: u64) -> String {
    let micros = nanos as f64 / 1e3;
    let (value, unit) = match micros {
        us if us < 999.5 => (us, "µs"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    if unit == "s" && value > SECONDS_MAX {
        return format!("> {SECONDS_MAX} s");
    }
    format!("{} {unit}", three_digits(value))
}

/// The same, or a dash where there is nothing to tell.
pub(super) fn duration_or_dash(nanos: Option<u64>) -> String {
    nanos.map_or_else(|| "–".into(), duration)
}

/// All digits while they are few; at most 5 characters.
pub(super) fn count(count: u64) -> String {
    match count {
        few if few < 100_000 => few.to_string(),
        many => scaled(many as f64),
    }
}

/// A number per second; at most 5 characters.
pub(super) fn rate(per_second: f64) -> String {
    match per_second {
        few if few < 99.95 => format!("{few:.1}"),
        some if some < 99_999.5 => format!("{some:.0}"),
        many => scaled(many),
    }
}

/// A time since the start of the run, with decimals if intervals are no whole seconds; at most 7 characters.
pub(super) fn since_start(seconds: f64, interval_s: f64) -> String {
    match seconds {
        long if long >= 99_999.0 => format!("{long:.2e}"),
        short if interval_s.fract() == 0.0 => format!("{short:.0}"),
        short if short < 999.0 => format!("{short:.3}"),
        middling => format!("{middling:.1}"),
    }
}

/// 0.99 as p99.
pub(super) fn quantile(quantile: f64) -> String {
    // a quantile has at most six digits after the point of its percent
    format!("p{}", (quantile * 1e8).round() / 1e6)
}

fn scaled(value: f64) -> String {
    let (mut value, mut unit) = (value / 1e3, 0);
    while value >= 999.5 && unit + 1 < UNITS.len() {
        (value, unit) = (value / 1e3, unit + 1);
    }
    format!("{}{}", three_digits(value), UNITS[unit])
}

fn three_digits(value: f64) -> String {
    match value {
        v if v < 9.995 => format!("{v:.2}"),
        v if v < 99.95 => format!("{v:.1}"),
        v => format!("{v:.0}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_keep_their_width() {
        let durations = [
            (0, "0.00 µs"),
            (999_400, "999 µs"),
            (999_600, "1.00 ms"),
            (2_500_000_000, "2.50 s"),
            (3_600_000_000_000, "3600 s"),
            (u64::MAX, "> 9999 s"),
        ];
        for (nanos, text) in durations {
            assert_eq!(duration(nanos), text);
        }
        let counts = [
            (99_999, "99999"),
            (100_000, "100k"),
            (999_600, "1.00M"),
            (u64::MAX, "18.4E"),
        ];
        for (number, text) in counts {
            assert_eq!(count(number), text);
        }
        assert_eq!([rate(9.96), rate(100.4), rate(2.5e28)], ["10.0", "100", "25.0R"]);
        assert_eq!(
            [
                since_start(12.0, 1.0),
                since_start(1.5, 0.5),
                since_start(2_000.5, 0.5),
                since_start(1.8e19, 1.0)
            ],
            ["12", "1.500", "2000.5", "1.80e19"]
        );
        assert_eq!([quantile(0.99), quantile(0.999)], ["p99", "p99.9"]);
    }
}
