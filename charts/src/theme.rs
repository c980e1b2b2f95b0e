//! The one theme: colours as CSS variables in a light and a dark set, type, and the rules of every drawing.
//!
//! Series colours are Okabe and Ito's colour-blind-safe set ("Color Universal Design", 2008), in an order that
//! keeps neighbours apart, each darkened (light scheme) or lightened (dark scheme) until it stands 3:1 against
//! the background, which is what WCAG 2.2 §1.4.11 asks of graphics; text stands 4.5:1 (§1.4.3). A test
//! computes both. Yellow becomes olive on white for that reason, and black becomes grey.
//!
//! Every rule states its colour twice, as a literal and as a variable: a viewer without CSS variables
//! (librsvg, Inkscape) keeps the literal, a browser takes the variable and follows the reader's scheme.
//! Class names and variables start with `c-` so that they can live in a foreign page.

/// Colours before they repeat; later series reuse them with dashes.
pub(crate) const COLOURS: usize = 8;

/// Sans faces with Helvetica's or DejaVu's widths first: those are the ones labels are laid out for.
pub(crate) const FACES: &str =
    "\"Helvetica Neue\",Helvetica,Arial,\"Liberation Sans\",\"DejaVu Sans\",sans-serif";

/// One set of colours.
pub(crate) struct Scheme {
    pub(crate) background: &'static str,
    pub(crate) ink: &'static str,
    pub(crate) muted: &'static str,
    pub(crate) grid: &'static str,
    pub(crate) axis: &'static str,
    pub(crate) holds: &'static str,
    pub(crate) refuted: &'static str,
    pub(crate) invalid: &'static str,
    pub(crate) series: [&'static str; COLOURS],
}

pub(crate) const LIGHT: Scheme = Scheme {
    background: "#ffffff",
    ink: "#1b1f24",
    muted: "#59636e",
    grid: "#e4e7eb",
    axis: "#8b949e",
    holds: "#0a6b3d",
    refuted: "#b3261e",
    invalid: "#8a5300",
    series: [
        "#0072b2", "#d55e00", "#009e73", "#c05c97", "#b87d00", "#2690c6", "#8c8200", "#6e7781",
    ],
};

pub(crate) const DARK: Scheme = Scheme {
    background: "#14181d",
    ink: "#e6e9ed",
    muted: "#9aa4af",
    grid: "#2a3138",
    axis: "#6b7580",
    holds: "#4cc38a",
    refuted: "#ff8a80",
    invalid: "#f0b541",
    series: [
        "#4a9fe0", "#f07c2b", "#2bc093", "#de8fbe", "#e69f00", "#7cc8f2", "#d9cc3c", "#a3acb5",
    ],
};

/// Everything a drawing that stands alone needs.
pub(crate) fn standalone() -> String {
    format!(
        ".c-chart{{{}}}@media (prefers-color-scheme:dark){{.c-chart{{{}}}}}{}",
        variables(&LIGHT),
        variables(&DARK),
        rules()
    )
}

/// The variables of one scheme, for the root of a page or of a drawing.
pub(crate) fn variables(scheme: &Scheme) -> String {
    let mut out: String = names(scheme)
        .iter()
        .map(|(name, value)| format!("--c-{name}:{value};"))
        .collect();
    for (i, colour) in scheme.series.iter().enumerate() {
        out.push_str(&format!("--c-{}:{colour};", i + 1));
    }
    out
}

/// The rules of drawings: class → look. Colours come from [`variables`].
pub(crate) fn rules() -> String {
    let mut css = format!(
        ".c-chart text{{font-family:{FACES};font-size:12px;font-variant-numeric:tabular-nums;{ink}}}\
         .c-chart .c-title{{font-size:16px;font-weight:700}}\
         .c-chart .c-sub{{font-size:13px;{muted}}}\
         .c-chart .c-muted{{{muted}}}\
         .c-chart .c-note{{font-size:11px;{muted}}}\
         .c-chart .c-empty{{font-size:16px;{muted}}}\
         .c-bg{{{background}}}\
         .c-grid{{{grid};stroke-width:1;fill:none}}\
         .c-axis{{{axis};stroke-width:1;fill:none}}\
         .c-span{{{span};fill-opacity:.09}}\
         .c-mark{{{axis};stroke-width:1;stroke-dasharray:2 3;fill:none}}\
         .c-limit{{{limit};stroke-width:1.5;stroke-dasharray:6 4;fill:none}}\
         .c-whisker{{{whisker};stroke-width:1.25;fill:none}}\
         .c-line{{fill:none;stroke-width:2;stroke-linejoin:round;stroke-linecap:round}}\
         .c-lead{{fill:none;stroke-width:1;stroke-opacity:.6}}\
         .c-band{{fill-opacity:.18}}\
         .c-dot{{{ring};stroke-width:1}}\
         .c-bad{{{bad}}}\
         .c-dash1{{stroke-dasharray:7 4}}.c-dash2{{stroke-dasharray:2 4}}",
        ink = colour("fill", "ink", LIGHT.ink),
        muted = colour("fill", "muted", LIGHT.muted),
        background = colour("fill", "bg", LIGHT.background),
        ring = colour("stroke", "bg", LIGHT.background),
        grid = colour("stroke", "grid", LIGHT.grid),
        axis = colour("stroke", "axis", LIGHT.axis),
        span = colour("fill", "ink", LIGHT.ink),
        limit = colour("stroke", "refuted", LIGHT.refuted),
        bad = colour("fill", "refuted", LIGHT.refuted),
        whisker = colour("stroke", "ink", LIGHT.ink),
    );
    for (i, literal) in LIGHT.series.iter().enumerate() {
        let n = i + 1;
        let name = n.to_string();
        css.push_str(&format!(
            ".c-s{n}{{{}}}.c-f{n}{{{}}}",
            colour("stroke", &name, literal),
            colour("fill", &name, literal)
        ));
    }
    css
}

/// `property` twice: the literal for viewers without variables, then the variable.
fn colour(property: &str, name: &str, literal: &str) -> String {
    format!("{property}:{literal};{property}:var(--c-{name})")
}

fn names(scheme: &Scheme) -> [(&'static str, &'static str); 8] {
    [
        ("bg", scheme.background),
        ("ink", scheme.ink),
        ("muted", scheme.muted),
        ("grid", scheme.grid),
        ("axis", scheme.axis),
        ("holds", scheme.holds),
        ("refuted", scheme.refuted),
        ("invalid", scheme.invalid),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2 relative luminance of `#rrggbb`.
    fn luminance(hex: &str) -> f64 {
        let channel = |at: usize| {
            let c = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).expect("a hex colour")) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn every_colour_can_be_told_from_its_background() {
        assert!(
            (contrast("#000000", "#ffffff") - 21.0).abs() < 1e-9,
            "the formula itself"
        );
        for scheme in [&LIGHT, &DARK] {
            for series in scheme.series {
                let c = contrast(series, scheme.background);
                assert!(c >= 3.0, "{series} on {}: {c:.2}", scheme.background);
            }
            for text in [
                scheme.ink,
                scheme.muted,
                scheme.holds,
                scheme.refuted,
                scheme.invalid,
            ] {
                let c = contrast(text, scheme.background);
                assert!(c >= 4.5, "{text} on {}: {c:.2}", scheme.background);
            }
        }
    }

    #[test]
    fn both_schemes_define_the_same_variables() {
        let keys = |scheme| -> Vec<String> {
            let css = variables(scheme);
            css.split(';')
                .filter_map(|d| d.split_once(':'))
                .map(|(k, _)| k.to_owned())
                .collect()
        };
        assert_eq!(keys(&LIGHT), keys(&DARK));
        for used in rules()
            .split("var(")
            .skip(1)
            .filter_map(|rest| rest.split_once(')'))
        {
            assert!(
                keys(&LIGHT).contains(&used.0.to_owned()),
                "{} is used but never set",
                used.0
            );
        }
    }
}
