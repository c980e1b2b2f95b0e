//! The overview's style sheet: the page's, and tiles.

use crate::page::style as page_style;

/// With the rules of the filters.
pub(super) fn page(filters: &str) -> String {
    format!("{}{TILES}{filters}", page_style::plain())
}

/// As many in a row as there is room for; one on a phone.
const TILES: &str = "\
main{max-width:1240px}\
form{display:flex;flex-wrap:wrap;gap:8px 28px;margin:0 0 22px}\
fieldset{border:0;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:4px 14px;align-items:baseline}\
legend{float:left;padding:0;margin-right:12px;font-weight:600;font-size:14px}\
label{font-size:14px;white-space:nowrap;cursor:pointer}\
input{margin:0 6px 0 0;accent-color:var(--c-1)}\
.c-tiles{list-style:none;margin:0;padding:0;max-width:none;display:grid;\
grid-template-columns:repeat(auto-fill,minmax(min(360px,100%),1fr));gap:18px}\
.c-tile{border:1px solid var(--c-grid);border-radius:10px;padding:16px 18px;display:flex;flex-direction:column;min-width:0}\
.c-tile h2{margin:0 0 4px;padding:0;border:0;font-size:19px}\
.c-tile p{margin:0 0 10px}\
.c-tile img{display:block;width:100%;height:auto;margin-bottom:12px}\
.c-tile .c-verdicts{margin-top:auto;display:flex;flex-wrap:wrap;gap:6px}\
.c-tile .c-stamp{font-size:13px;color:var(--c-muted);margin:0}\
.c-none{display:none;color:var(--c-muted)}";
