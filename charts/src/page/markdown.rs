//! The document as Markdown in the dialect of code hosts, with folded parts as `<details>`.

use super::document::{Block, Page};
use super::parts::{Card, Claim};
use crate::table::{Cell, Column, Table};
use crate::{Error, Verdict, escape};

impl Page {
    /// The page as Markdown for a code host; it refers to its figures as `name.svg` beside it.
    pub fn markdown(&self) -> Result<String, Error> {
        let mut out = format!("# {}\n", escape::markdown(&self.title));
        for block in &self.blocks {
            out.push('\n');
            out.push_str(&markdown(block)?);
        }
        Ok(out)
    }
}

fn markdown(block: &Block) -> Result<String, Error> {
    Ok(match block {
        Block::Summary(text) | Block::Text(text) => format!("{}\n", paragraph(text)),
        Block::Banner {
            verdict,
            words,
            reasons,
        } => banner(*verdict, words, reasons),
        Block::Cards(cards) => cards_table(cards).markdown()?,
        Block::Section(title) => format!("## {}\n", escape::markdown(title)),
        Block::List(items) => items
            .iter()
            .map(|item| format!("- {}\n", escape::markdown(item)))
            .collect(),
        Block::Links(links) => {
            let mut out = String::new();
            for (text, target) in links {
                out.push_str(&format!(
                    "- [{}]({})\n",
                    escape::markdown(text),
                    escape::link(target)?
                ));
            }
            out
        }
        Block::Claims(claims) => claims_table(claims).markdown()?,
        Block::Figure(figure) => {
            let alt = escape::markdown(figure.svg.description());
            let image = format!("![{alt}]({})\n", figure.file_name());
            if figure.caption.is_empty() {
                image
            } else {
                format!("{image}\n*{}*\n", escape::markdown(&figure.caption))
            }
        }
        Block::Table { table, caption } => {
            let caption = if caption.is_empty() {
                String::new()
            } else {
                format!("\n*{}*\n", escape::markdown(caption))
            };
            format!("{}{caption}", table.markdown()?)
        }
        Block::Details { title, rows } => {
            let cell = |text: &String| Cell::text(text.clone());
            let table = Table::new([Column::text(""), Column::text("")]);
            let table = rows
                .iter()
                .fold(table, |t, (key, value)| t.row([cell(key), cell(value)]));
            folded(title, &table.markdown()?)
        }
        Block::Code { title, text } => {
            let fence = "`".repeat(longest_run(text, '`').max(2) + 1);
            folded(
                title,
                &format!("{fence}\n{}\n{fence}\n", text.trim_end_matches('\n')),
            )
        }
    })
}

/// A quotation, which code hosts set apart by a bar.
fn banner(verdict: Verdict, words: &str, reasons: &[String]) -> String {
    let title = format!("> **{} {}**\n", verdict.sign(), escape::markdown(words));
    let reasons: String = reasons
        .iter()
        .map(|reason| format!("> - {}\n", escape::markdown(reason)))
        .collect();
    if reasons.is_empty() {
        title
    } else {
        format!("{title}>\n{reasons}")
    }
}

fn cards_table(cards: &[Card]) -> Table {
    let columns = [
        Column::text(""),
        Column::number("value", ""),
        Column::text("note"),
        Column::text("verdict"),
    ];
    let row = |card: &Card| {
        let text = |text: &String| Cell::text(text.clone());
        let verdict = card.verdict.map_or_else(|| Cell::text(""), Cell::verdict);
        [text(&card.label), text(&card.value), text(&card.note), verdict]
    };
    cards
        .iter()
        .fold(Table::new(columns), |table, card| table.row(row(card)))
}

fn claims_table(claims: &[Claim]) -> Table {
    let columns = [
        Column::text("verdict"),
        Column::text("claim"),
        Column::number("measured", ""),
        Column::number("limit", ""),
    ];
    let row = |claim: &Claim| {
        let text = |text: &String| Cell::text(text.clone());
        [
            Cell::verdict(claim.verdict),
            text(&claim.claim),
            text(&claim.measured),
            text(&claim.limit),
        ]
    };
    claims
        .iter()
        .fold(Table::new(columns), |table, claim| table.row(row(claim)))
}

fn folded(title: &str, contents: &str) -> String {
    format!(
        "<details><summary>{}</summary>\n\n{contents}\n</details>\n",
        escape::xml(title)
    )
}

/// A paragraph's first characters could make it a list, a quotation, a heading or code.
fn paragraph(text: &str) -> String {
    let escaped = escape::markdown(text.trim());
    let numbered = escaped
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .starts_with(['.', ')']);
    if numbered || escaped.starts_with(['-', '+', '#', '>', '=']) {
        // invisible, and no line start of any of them
        format!("\u{200b}{escaped}")
    } else {
        escaped
    }
}

fn longest_run(text: &str, of: char) -> usize {
    text.split(|c| c != of)
        .map(|run| run.chars().count())
        .max()
        .unwrap_or(0)
}
