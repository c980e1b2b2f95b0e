//! Numbers as a reader wants them: grouped, rounded, with a true minus sign.
//!
//! Thousands are set apart by U+202F (narrow no-break space), which means the same in every country, as a
//! comma or a point does not. All rounding is decimal rounding of the nearest double (`format!`), so the same
//! number gives the same text on every machine. Not finite input gives "–"; drawings refuse it before.

/// Set between groups of three digits.
const GROUP: char = '\u{202f}';
/// A double carries 15 decimal digits; more would print noise.
const DECIMALS_MAX: usize = 15;

/// `value` with exactly `decimals` decimals: `12 345.60`, `−3`.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    let plain = format!("{value:.*}", decimals.min(DECIMALS_MAX));
    let (negative, digits) = match plain.strip_prefix('-') {
        Some(rest) => (rest.bytes().any(|b| b.is_ascii_digit() && b != b'0'), rest), // no "−0"
        None => (false, plain.as_str()),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let mut out = String::with_capacity(plain.len() * 2);
    if negative {
        out.push('−');
    }
    for (i, digit) in whole.chars().enumerate() {
        // four digits are read at a glance; five are not. Columns and axes stay aligned either way.
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(GROUP);
        }
        out.push(digit);
    }
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// `value` rounded to `digits` significant digits, never in exponent form: `1 230`, `0.0123`, `4.50`.
pub fn significant(value: f64, digits: usize) -> String {
    if !value.is_finite() {
        return "–".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // rounded before it is set: 18 712 to three digits is 18 700
    let rounded = format!("{value:.*e}", digits.clamp(1, DECIMALS_MAX) - 1)
        .parse()
        .unwrap_or(value);
    fixed(rounded, decimals_for(value, digits))
}

/// The decimals that give `value` so many significant digits: 2 for 1.23 to three, 0 for 1 230.
pub(crate) fn decimals_for(value: f64, digits: usize) -> usize {
    let digits = digits.clamp(1, DECIMALS_MAX);
    // let the formatter round first: 9.996 to three digits is 10.0, not 10.00
    let scientific = format!("{value:.*e}", digits - 1);
    let exponent: i32 = scientific
        .split_once('e')
        .and_then(|(_, e)| e.parse().ok())
        .unwrap_or(0);
    (digits as i32 - 1 - exponent).clamp(0, DECIMALS_MAX as i32) as usize
}

/// As many decimals as the step of an axis or the size of a number needs, and no trailing zeros: `0.05`, `2.5`.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}

/// Decimals that tell multiples of `step` apart: 0.05 → 2, 20 → 0.
pub(crate) fn decimals_of_step(step: f64) -> usize {
    (0..DECIMALS_MAX)
        .find(|&d| {
            let scaled = step * 10_f64.powi(d as i32);
            (scaled - scaled.round()).abs() < scaled * 1e-6
        })
        .unwrap_or(DECIMALS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_well() {
        let check = |got: String, want: &str| assert_eq!(got.replace(GROUP, " "), want);
        check(fixed(0.0, 0), "0");
        check(fixed(-0.001, 2), "0.00");
        check(fixed(1234567.891, 2), "1 234 567.89");
        check(fixed(-1000.0, 0), "−1 000");
        check(fixed(f64::NAN, 2), "–");
        check(significant(9.996, 3), "10.0");
        check(significant(0.012_345, 3), "0.0123");
        check(significant(-18_712.4, 3), "−18 700");
        check(significant(18_712.4, 5), "18 712");
        check(significant(999.96, 4), "1 000");
        check(trimmed(2.50, 2), "2.5");
        check(trimmed(100.0, 0), "100");
        assert_eq!(decimals_of_step(0.05), 2);
        assert_eq!(decimals_of_step(2.5), 1);
        assert_eq!(decimals_of_step(20.0), 0);
        assert_eq!(decimals_of_step(1e-6), 6);
    }
}
