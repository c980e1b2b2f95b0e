//! The page's style sheet: the theme's variables and rules, and type for reading.

use super::document::Block;
use crate::{ramp, theme};

/// Everything between `<style>` and `</style>`, for a page of these blocks. A page without cells, cards or a
/// banner does not carry their rules.
pub(super) fn page(blocks: &[Block]) -> String {
    let has = |kind: fn(&Block) -> bool| blocks.iter().any(kind);
    let (mut light, mut dark) = (theme::variables(&theme::LIGHT), theme::variables(&theme::DARK));
    let (mut rules, mut parts) = (theme::rules(), PAGE.to_owned());
    if has(|block| matches!(block, Block::Figure(figure) if figure.svg.has_cells())) {
        light.push_str(&ramp::variables(&ramp::LIGHT));
        dark.push_str(&ramp::variables(&ramp::DARK));
        rules.push_str(&ramp::rules());
    }
    if has(|block| matches!(block, Block::Banner { .. })) {
        parts.push_str(BANNER);
    }
    if has(|block| matches!(block, Block::Cards(_))) {
        parts.push_str(CARDS);
    }
    format!(
        ":root{{color-scheme:light dark;{light}}}\
         @media (prefers-color-scheme:dark){{:root{{{dark}}}}}\
         {rules}body{{font-family:{faces}}}{parts}\
         @media print{{:root{{color-scheme:light;{light}}}{PRINT}}}",
        faces = theme::FACES,
    )
}

/// For a page of text and badges.
pub(crate) fn plain() -> String {
    page(&[])
}

/// Good news is outlined, bad news is a field of colour: it must not be overlooked. Such a page is about one run,
/// and its title may be an address without a space to break at.
const BANNER: &str = "\
h1,.c-banner{overflow-wrap:anywhere}\
.c-banner{border:2px solid var(--c-muted);border-radius:8px;padding:12px 18px;margin:18px 0 24px}\
.c-banner p{font-size:22px;font-weight:700;line-height:1.3;margin:0;max-width:none}\
.c-banner ul{margin:6px 0 0;padding-left:20px;max-width:none}\
.c-banner.c-holds{border-color:var(--c-holds)}.c-banner.c-holds p{color:var(--c-holds)}\
.c-banner.c-not-judged{border-style:dashed}\
.c-banner.c-goal-missed{border-color:var(--c-refuted)}.c-banner.c-goal-missed p{color:var(--c-refuted)}\
.c-banner.c-refuted{color:var(--c-bg);background:var(--c-refuted);border-color:var(--c-refuted)}\
.c-banner.c-invalid{color:var(--c-bg);background:var(--c-invalid);border-color:var(--c-invalid)}\
.c-banner code{background:none;padding:0}";

/// As many in a row as there is room for; two on a phone.
const CARDS: &str = "\
.c-cards{list-style:none;padding:0;margin:18px 0 24px;max-width:none;display:grid;\
grid-template-columns:repeat(auto-fill,minmax(min(150px,calc(50% - 5px)),1fr));gap:10px}\
.c-card{border:1px solid var(--c-grid);border-left:3px solid var(--c-axis);border-radius:6px;padding:8px 12px;\
overflow-wrap:anywhere}\
.c-card p{margin:0;font-size:13px;line-height:1.4;color:var(--c-muted);max-width:none}\
.c-card strong{font-size:21px;line-height:1.35;color:var(--c-ink);font-variant-numeric:tabular-nums}\
.c-card .c-badge{margin-top:6px}\
.c-card.c-holds{border-left-color:var(--c-holds)}\
.c-card.c-refuted{border-left-color:var(--c-refuted)}.c-card.c-refuted strong{color:var(--c-refuted)}\
.c-card.c-invalid{border-left-color:var(--c-invalid)}.c-card.c-invalid strong{color:var(--c-invalid)}";

/// A plot's own margin hangs outside the column (`c-plot`), so that its titles and the text share an edge.
const PAGE: &str = "\
*{box-sizing:border-box}\
body{margin:0;background:var(--c-bg);color:var(--c-ink);\
font-size:16px;line-height:1.55;\
-webkit-text-size-adjust:100%}\
main{max-width:816px;margin:0 auto;padding:32px 28px 64px}\
h1{font-size:30px;line-height:1.2;margin:0 0 12px;letter-spacing:-.01em}\
h2{font-size:21px;line-height:1.3;margin:48px 0 12px;padding-top:20px;border-top:1px solid var(--c-grid)}\
p,ul{margin:0 0 14px;max-width:68ch}\
a{color:var(--c-1)}\
code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,\"DejaVu Sans Mono\",monospace;font-size:.875em}\
p code,li code,figcaption code,dd code{background:var(--c-grid);padding:.1em .35em;border-radius:4px;overflow-wrap:anywhere}\
.c-summary{font-size:19px;line-height:1.5;color:var(--c-muted);margin-bottom:24px}\
figure{margin:24px 0}\
figcaption{font-size:14px;line-height:1.45;color:var(--c-muted);margin-top:8px;max-width:80ch}\
.c-scroll{overflow-x:auto}\
.c-plot{margin:0 -16px}\
.c-scroll>svg{display:block;width:100%;height:auto;min-width:600px}\
table{border-collapse:collapse;font-size:14px;line-height:1.4;width:100%;font-variant-numeric:tabular-nums}\
th,td{text-align:left;padding:7px 12px 7px 0;border-bottom:1px solid var(--c-grid);vertical-align:baseline}\
thead th{color:var(--c-muted);font-weight:600;border-bottom:1px solid var(--c-axis);vertical-align:bottom}\
tbody th{font-weight:400}\
.c-number{text-align:right;padding-left:12px;padding-right:0}\
td.c-number{white-space:nowrap}\
.c-number+:not(.c-number){padding-left:24px}\
.c-badge{display:inline-block;white-space:nowrap;font-size:13px;font-weight:600;line-height:20px;padding:0 9px;\
border-radius:11px;border:1px solid currentColor;color:var(--c-muted)}\
.c-badge.c-holds{color:var(--c-holds)}\
.c-badge.c-refuted{color:var(--c-bg);background:var(--c-refuted);border-color:var(--c-refuted)}\
.c-badge.c-goal-missed{color:var(--c-refuted)}\
.c-badge.c-invalid{color:var(--c-invalid)}\
.c-badge.c-not-judged{border-style:dashed}\
.c-claims{list-style:none;padding:0;margin:24px 0;max-width:none}\
.c-claim{display:grid;grid-template-columns:124px 1fr;gap:4px 14px;align-items:baseline;padding:10px 0;\
border-bottom:1px solid var(--c-grid)}\
.c-claim:first-child{border-top:1px solid var(--c-grid)}\
.c-claim .c-badge{justify-self:start}\
.c-claim p{margin:0;max-width:none}\
.c-claim .c-measured{font-size:14px;color:var(--c-muted)}\
.c-claim strong{color:var(--c-ink)}\
.c-claim.c-refuted strong{color:var(--c-refuted)}\
details{border:1px solid var(--c-grid);border-radius:8px;margin:14px 0;padding:0 16px}\
summary{cursor:pointer;font-weight:600;padding:11px 0}\
dl{margin:0 0 14px;font-size:14px}\
dl div{display:grid;grid-template-columns:minmax(110px,200px) 1fr;gap:14px;padding:5px 0;border-top:1px solid var(--c-grid)}\
dt{color:var(--c-muted)}\
dd{margin:0;overflow-wrap:anywhere}\
pre{margin:0 0 14px;overflow-x:auto;line-height:1.45}\
@media (max-width:600px){main{padding:20px 16px 48px}h1{font-size:25px}.c-summary{font-size:17px}\
.c-claim{grid-template-columns:1fr}dl div{grid-template-columns:1fr;gap:0}}";

/// On paper nothing scrolls and nothing unfolds.
const PRINT: &str = "\
main{max-width:none;padding:0}.c-scroll{overflow:visible}.c-plot{margin:0}.c-scroll>svg{min-width:0}\
figure,.c-claim,tr{break-inside:avoid}h2{break-after:avoid}\
details::details-content{content-visibility:visible;height:auto}pre{white-space:pre-wrap}\
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}";
