//! The document as one HTML file. Everything from outside is escaped on its way in.

use super::document::{Block, Page};
use super::parts::{Card, Claim, Figure};
use super::style;
use crate::{Error, Verdict, escape};

impl Page {
    /// The page as one HTML file.
    pub fn html(&self) -> Result<String, Error> {
        let title = escape::xml(&self.title);
        let mut out = format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n",
            style::page(&self.blocks)
        );
        let mut sections = 0;
        for block in &self.blocks {
            if let Block::Section(title) = block {
                sections += 1;
                out.push_str(&format!("<h2 id=\"s{sections}\">{}</h2>\n", inline(title)));
            } else {
                out.push_str(&html(block)?);
            }
        }
        out.push_str("</main>\n</body>\n</html>\n");
        Ok(out)
    }
}

fn html(block: &Block) -> Result<String, Error> {
    Ok(match block {
        Block::Summary(text) => format!("<p class=\"c-summary\">{}</p>\n", inline(text)),
        Block::Banner {
            verdict,
            words,
            reasons,
        } => banner(*verdict, words, reasons),
        Block::Cards(cards) => cards_list(cards),
        Block::Section(title) => format!("<h2>{}</h2>\n", inline(title)),
        Block::Text(text) => format!("<p>{}</p>\n", inline(text)),
        Block::List(items) => list(items),
        Block::Links(links) => {
            let mut out = String::from("<ul>\n");
            for (text, target) in links {
                let target = escape::xml(escape::link(target)?);
                out.push_str(&format!("<li><a href=\"{target}\">{}</a></li>\n", inline(text)));
            }
            out + "</ul>\n"
        }
        Block::Claims(claims) => claims_list(claims),
        Block::Figure(figure) => figure_html(figure),
        Block::Table { table, caption } => {
            format!("<figure>{}{}</figure>\n", table.html()?, caption_html(caption))
        }
        Block::Details { title, rows } => {
            let row = |(key, value): &(String, String)| {
                format!(
                    "<div><dt>{}</dt><dd>{}</dd></div>\n",
                    escape::xml(key),
                    inline(value)
                )
            };
            let rows: String = rows.iter().map(row).collect();
            format!(
                "<details><summary>{}</summary>\n<dl>\n{rows}</dl>\n</details>\n",
                inline(title)
            )
        }
        Block::Code { title, text } => format!(
            "<details><summary>{}</summary>\n<pre tabindex=\"0\"><code>{}</code></pre>\n</details>\n",
            inline(title),
            escape::xml(text)
        ),
    })
}

fn list(items: &[String]) -> String {
    let items: String = items
        .iter()
        .map(|item| format!("<li>{}</li>\n", inline(item)))
        .collect();
    format!("<ul>\n{items}</ul>\n")
}

fn banner(verdict: Verdict, words: &str, reasons: &[String]) -> String {
    let reasons = if reasons.is_empty() {
        String::new()
    } else {
        list(reasons)
    };
    format!(
        "<section class=\"c-banner {}\" aria-label=\"verdict\"><p><span aria-hidden=\"true\">{}</span> {}</p>\n\
         {reasons}</section>\n",
        verdict.class(),
        verdict.sign(),
        inline(words),
    )
}

fn cards_list(cards: &[Card]) -> String {
    let row = |card: &Card| {
        let verdict = card.verdict.map(Verdict::html).unwrap_or_default();
        let class = card
            .verdict
            .map(|v| format!(" {}", v.class()))
            .unwrap_or_default();
        let note = if card.note.is_empty() {
            String::new()
        } else {
            format!("<p>{}</p>", inline(&card.note))
        };
        format!(
            "<li class=\"c-card{class}\"><p>{}</p><p><strong>{}</strong></p>{note}{verdict}</li>\n",
            inline(&card.label),
            escape::xml(&card.value),
        )
    };
    let rows: String = cards.iter().map(row).collect();
    format!("<ul class=\"c-cards\" aria-label=\"key figures\">\n{rows}</ul>\n")
}

fn claims_list(claims: &[Claim]) -> String {
    let row = |claim: &Claim| {
        format!(
            "<li class=\"c-claim {}\">{}<div><p>{}</p><p class=\"c-measured\">measured <strong>{}</strong> · \
             limit {}</p></div></li>\n",
            claim.verdict.class(),
            claim.verdict.html(),
            inline(&claim.claim),
            escape::xml(&claim.measured),
            escape::xml(&claim.limit)
        )
    };
    let rows: String = claims.iter().map(row).collect();
    format!("<ul class=\"c-claims\" aria-label=\"claims and verdicts\">\n{rows}</ul>\n")
}

fn figure_html(figure: &Figure) -> String {
    format!(
        "<figure id=\"{}\"><div class=\"c-scroll c-plot\">{}</div>{}</figure>\n",
        escape::xml(&figure.name),
        figure.svg.inline(),
        caption_html(&figure.caption)
    )
}

fn caption_html(caption: &str) -> String {
    if caption.is_empty() {
        String::new()
    } else {
        format!("<figcaption>{}</figcaption>", inline(caption))
    }
}

/// Escaped text in which pairs of backticks set code.
fn inline(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        let part = escape::xml(part);
        // an odd last backtick has no partner and stays what it is
        match (i % 2, i + 1 == parts.len()) {
            (0, _) => out.push_str(&part),
            (_, true) => out.push_str(&format!("`{part}")),
            (_, false) => out.push_str(&format!("<code>{part}</code>")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::inline;

    #[test]
    fn backticks_set_code_and_a_single_one_stays() {
        assert_eq!(inline("run `a < b` now"), "run <code>a &lt; b</code> now");
        assert_eq!(inline("one ` left"), "one ` left");
        assert_eq!(inline("<script>`x`"), "&lt;script&gt;<code>x</code>");
    }
}
