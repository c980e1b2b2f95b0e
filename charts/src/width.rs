//! How wide text will be, without a font.
//!
//! Advance widths in thousandths of an em, of each character the *wider* of Helvetica's (by its metric twin
//! Liberation Sans) and DejaVu Sans': the reader's font is not ours to choose, and a label that fits the wider
//! of the two fits in both. Kerning is ignored (it only narrows). Bold is a factor, since no label is long
//! enough to need its own table. Unlisted characters count a full em, as CJK does; combining marks count
//! nothing. Widths are user units of the drawing (px at scale 1).

/// Bold over regular: the mean over Latin letters is 1.11, and narrow letters (t, l, i) reach 1.23.
const BOLD: f64 = 1.15;
/// What a character counts that no table lists.
const UNKNOWN: u16 = 1000;

/// Width of one line of `text` set at `size`.
pub(crate) fn of(text: &str, size: f64, bold: bool) -> f64 {
    let thousandths: u64 = text.chars().map(|c| u64::from(advance(c))).sum();
    let factor = if bold { BOLD } else { 1.0 };
    // precise enough for f64: a label has fewer than 2^40 thousandths
    thousandths as f64 / 1000.0 * size * factor
}

fn advance(c: char) -> u16 {
    let code = c as usize;
    let listed = match code {
        0x20..=0x7e => ASCII.get(code - 0x20),
        0xa0..=0xff => LATIN_1.get(code - 0xa0),
        0x391..=0x3c9 => GREEK.get(code - 0x391),
        0x300..=0x36f => Some(&0),
        _ => OTHERS
            .binary_search_by_key(&c, |(other, _)| *other)
            .ok()
            .map(|i| &OTHERS[i].1),
    };
    listed.copied().unwrap_or(UNKNOWN)
}

/// U+0020 to U+007E.
#[rustfmt::skip]
const ASCII: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636,
    636, 636, 636, 636, 636, 337, 337, 838, 838, 838, 556, 1015, 684, 686, 722, 770, 667, 611, 778, 752,
    295, 500, 667, 557, 863, 748, 787, 667, 787, 722, 667, 611, 732, 684, 989, 685, 667, 685, 390, 337, 390,
    838, 556, 500, 613, 635, 550, 635, 615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411,
    521, 392, 634, 592, 818, 592, 592, 525, 636, 337, 636, 838,
];

/// U+00A0 to U+00FF.
#[rustfmt::skip]
const LATIN_1: [u16; 96] = [
    318, 401, 636, 636, 636, 636, 337, 556, 500, 1000, 471, 612, 838, 361, 1000, 552, 500, 838, 401, 401,
    500, 636, 636, 318, 500, 401, 471, 612, 969, 969, 969, 611, 684, 684, 684, 684, 684, 684, 1000, 722,
    667, 667, 667, 667, 295, 295, 295, 295, 775, 748, 787, 787, 787, 787, 787, 838, 787, 732, 732, 732, 732,
    667, 667, 630, 613, 613, 613, 613, 613, 613, 982, 550, 615, 615, 615, 615, 278, 278, 278, 278, 612, 634,
    612, 612, 612, 612, 612, 838, 612, 634, 634, 634, 634, 592, 635, 592,
];

/// U+0391 to U+03C9.
#[rustfmt::skip]
const GREEK: [u16; 57] = [
    684, 686, 557, 684, 667, 685, 752, 787, 295, 667, 684, 863, 748, 650, 787, 752, 667, 0, 632, 611, 667,
    798, 685, 835, 764, 295, 667, 659, 541, 634, 338, 579, 659, 638, 592, 612, 541, 544, 634, 612, 338, 589,
    592, 636, 559, 558, 612, 690, 635, 587, 634, 602, 579, 660, 578, 713, 837,
];

/// Punctuation, arrows, mathematics, super- and subscripts, in code point order.
#[rustfmt::skip]
const OTHERS: [(char, u16); 74] = [
    ('½', 969), ('Ω', 764), ('\u{2007}', 636), ('\u{2009}', 200), ('\u{200a}', 100), ('\u{2010}', 361),
    ('\u{2011}', 361), ('–', 556), ('—', 1000), ('‘', 318), ('’', 318), ('“', 518), ('”', 518), ('„', 518),
    ('†', 556), ('•', 590), ('…', 1000), ('\u{202f}', 200), ('‰', 1342), ('′', 227), ('″', 374), ('‹', 400),
    ('›', 400), ('⁰', 401), ('⁴', 401), ('⁵', 401), ('⁶', 401), ('⁷', 401), ('⁸', 401), ('⁹', 401),
    ('⁺', 528), ('⁻', 528), ('ⁿ', 398), ('₀', 401), ('₁', 401), ('₂', 401), ('₃', 401), ('₄', 401),
    ('₅', 401), ('₆', 401), ('₇', 401), ('₈', 401), ('₉', 401), ('€', 636), ('ℓ', 413), ('™', 1000),
    ('←', 1000), ('↑', 838), ('→', 1000), ('↓', 838), ('↔', 1000), ('⇒', 838), ('∂', 517), ('∆', 669),
    ('∑', 713), ('−', 838), ('√', 637), ('∞', 833), ('∫', 521), ('≈', 838), ('≠', 838), ('≡', 838),
    ('≤', 838), ('≥', 838), ('⋯', 1000), ('■', 945), ('▲', 990), ('▶', 769), ('▼', 990), ('◆', 769),
    ('●', 873), ('★', 896), ('✓', 838), ('✗', 838),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_multibyte_character_counts_once() {
        // what a guess by bytes gets wrong: µ, Δ and ≤ are two and three bytes
        assert!(of("µs", 10.0, false) < of("mss", 10.0, false));
        assert!((of("Δ", 10.0, false) - 6.84).abs() < 1e-9);
        assert!((of("≤", 10.0, false) - 8.38).abs() < 1e-9);
    }

    #[test]
    fn the_table_is_in_order_for_the_binary_search() {
        assert!(OTHERS.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for (c, width) in OTHERS {
            assert_eq!(advance(c), width, "{c}");
        }
    }

    #[test]
    fn unknown_characters_are_wide_and_combining_ones_take_no_room() {
        assert_eq!(of("漢", 12.0, false), 12.0);
        assert_eq!(of("e\u{301}", 10.0, false), of("e", 10.0, false));
        assert!(of("abc", 10.0, true) > of("abc", 10.0, false));
    }
}
