//! The shades of heat maps, and which count gets which.
//!
//! One hue (252° in OKLCH, the blue of the first series), so that lightness alone says how many, to the
//! colour-blind too. Lightness falls in even steps from near the background to far from it in the light
//! scheme, and rises in the dark one: in both the rare stands back and the frequent stands out. A test computes the
//! steps in OKLab (B. Ottosson, "A perceptual color space for image processing", 2020).
//!
//! Shades go by the logarithm of the count: a single slow request beside thousands of fast ones is what a reader
//! looks for. Their rules are apart from the theme's, because only drawings with cells carry them.

/// Enough to read magnitudes, and so few that neighbours can still be told apart.
pub(crate) const SHADES: usize = 10;

pub(crate) const LIGHT: [&str; SHADES] = [
    "#cde4fe", "#a5cffe", "#7bb9ff", "#53a3f8", "#378de5", "#2578c9", "#1f64a8", "#205184", "#213e5e",
    "#1a2d41",
];

pub(crate) const DARK: [&str; SHADES] = [
    "#1d3249", "#1f446c", "#21578f", "#276bb0", "#3680cc", "#4c96e4", "#69acf6", "#8dc2fe", "#b6d8fe",
    "#deedff",
];

/// The group that holds cells; its class tells a drawing that needs [`rules`] from others.
pub(crate) const CLASS: &str = "c-heat";

/// The class of shade `index`, from 0.
pub(crate) fn class(index: usize) -> String {
    format!("c-h{}", index + 1)
}

/// The shade of `count` where `greatest` is the greatest of all: from 0; none for no count.
pub(crate) fn shade(count: u64, greatest: u64) -> Option<usize> {
    if count == 0 {
        return None;
    }
    if count >= greatest {
        return Some(SHADES - 1);
    }
    // counts above 2⁵³ lose units, which no shade shows
    let share = libm::log(count as f64) / libm::log(greatest as f64);
    Some(((share * SHADES as f64) as usize).min(SHADES - 1))
}

/// The variables of one scheme.
pub(crate) fn variables(shades: &[&str; SHADES]) -> String {
    let one = |(i, shade): (usize, &&str)| format!("--{}:{shade};", class(i));
    shades.iter().enumerate().map(one).collect()
}

/// The rules of cells: a row is a stroke of its height, with hard edges so that neighbours leave no seam.
pub(crate) fn rules() -> String {
    let one = |(i, shade): (usize, &&str)| {
        let name = class(i);
        format!(".{name}{{stroke:{shade};stroke:var(--{name})}}")
    };
    let shades: String = LIGHT.iter().enumerate().map(one).collect();
    format!(".{CLASS}{{fill:none;stroke-width:1;shape-rendering:crispEdges}}{shades}")
}

/// Everything that a drawing with cells needs beside the theme when it stands alone.
pub(crate) fn standalone() -> String {
    format!(
        ".c-chart{{{}}}@media (prefers-color-scheme:dark){{.c-chart{{{}}}}}{}",
        variables(&LIGHT),
        variables(&DARK),
        rules()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// OKLab lightness of `#rrggbb`, 0 to 1.
    fn lightness(hex: &str) -> f64 {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour")) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        let (r, g, b) = (channel(1), channel(3), channel(5));
        let l = 0.412_221_470_8 * r + 0.536_332_536_3 * g + 0.051_445_992_9 * b;
        let m = 0.211_903_498_2 * r + 0.680_699_545_1 * g + 0.107_396_956_6 * b;
        let s = 0.088_302_461_9 * r + 0.281_718_837_6 * g + 0.629_978_700_5 * b;
        0.210_454_255_3 * l.cbrt() + 0.793_617_785_0 * m.cbrt() - 0.004_072_046_8 * s.cbrt()
    }

    #[test]
    fn shades_are_even_steps_away_from_the_background() {
        assert!((lightness("#ffffff") - 1.0).abs() < 1e-6, "the formula itself");
        for (shades, background) in [(LIGHT, "#ffffff"), (DARK, "#14181d")] {
            let away: Vec<f64> = shades
                .iter()
                .map(|shade| (lightness(shade) - lightness(background)).abs())
                .collect();
            assert!(
                away[0] > 0.07,
                "a single request must be seen on {background}: {away:?}"
            );
            let steps: Vec<f64> = away.windows(2).map(|pair| pair[1] - pair[0]).collect();
            let mean = steps.iter().sum::<f64>() / steps.len() as f64;
            assert!(
                steps.iter().all(|step| (step - mean).abs() < mean * 0.1),
                "{steps:?}"
            );
        }
    }

    #[test]
    fn shades_follow_the_logarithm_of_the_count() {
        assert_eq!(shade(0, 100), None);
        assert_eq!(shade(1, 100), Some(0));
        assert_eq!(shade(10, 100), Some(5));
        assert_eq!(shade(100, 100), Some(9));
        assert_eq!(shade(1, 1), Some(9), "all equal: what there is, stands out");
        assert_eq!(shade(u64::MAX - 1, u64::MAX), Some(9));
    }
}
