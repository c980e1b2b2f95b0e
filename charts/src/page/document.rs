//! The document: blocks in reading order. Text is plain; a pair of backticks sets code.

use super::parts::{Card, Claim, Figure};
use crate::Table;
use crate::verdict::Verdict;

/// A report under construction.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub(crate) title: String,
    pub(crate) blocks: Vec<Block>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Block {
    Summary(String),
    Banner {
        verdict: Verdict,
        words: String,
        reasons: Vec<String>,
    },
    Cards(Vec<Card>),
    Section(String),
    Text(String),
    List(Vec<String>),
    Links(Vec<(String, String)>),
    Claims(Vec<Claim>),
    Figure(Figure),
    Table {
        table: Table,
        caption: String,
    },
    Details {
        title: String,
        rows: Vec<(String, String)>,
    },
    Code {
        title: String,
        text: String,
    },
}

impl Page {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            blocks: Vec::new(),
        }
    }

    /// The sentence or two that a reader in a hurry takes away; set larger.
    pub fn summary(self, text: impl Into<String>) -> Self {
        self.block(Block::Summary(text.into()))
    }

    /// What the whole run is worth, so that nobody overlooks it: the first block of a report. `words` are few
    /// ("VALID", "INVALID"), `reasons` say why.
    pub fn banner<S: Into<String>>(
        self,
        verdict: Verdict,
        words: impl Into<String>,
        reasons: impl IntoIterator<Item = S>,
    ) -> Self {
        self.block(Block::Banner {
            verdict,
            words: words.into(),
            reasons: reasons.into_iter().map(Into::into).collect(),
        })
    }

    /// A compact row of key figures.
    pub fn cards(self, cards: impl IntoIterator<Item = Card>) -> Self {
        self.block(Block::Cards(cards.into_iter().collect()))
    }

    /// Begins a section.
    pub fn section(self, title: impl Into<String>) -> Self {
        self.block(Block::Section(title.into()))
    }

    /// A paragraph.
    pub fn text(self, text: impl Into<String>) -> Self {
        self.block(Block::Text(text.into()))
    }

    /// A bulleted list.
    pub fn list<S: Into<String>>(self, items: impl IntoIterator<Item = S>) -> Self {
        self.block(Block::List(items.into_iter().map(Into::into).collect()))
    }

    /// A list of links (text, target): raw data, other reports.
    pub fn links<S: Into<String>, T: Into<String>>(self, links: impl IntoIterator<Item = (S, T)>) -> Self {
        self.block(Block::Links(
            links
                .into_iter()
                .map(|(text, to)| (text.into(), to.into()))
                .collect(),
        ))
    }

    /// Claims with their verdicts.
    pub fn claims(self, claims: impl IntoIterator<Item = Claim>) -> Self {
        self.block(Block::Claims(claims.into_iter().collect()))
    }

    pub fn figure(self, figure: Figure) -> Self {
        self.block(Block::Figure(figure))
    }

    pub fn table(self, table: Table, caption: impl Into<String>) -> Self {
        self.block(Block::Table {
            table,
            caption: caption.into(),
        })
    }

    /// Folded away until asked for: names and values, such as provenance.
    pub fn details<K: Into<String>, V: Into<String>>(
        self,
        title: impl Into<String>,
        rows: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let rows = rows
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        self.block(Block::Details {
            title: title.into(),
            rows,
        })
    }

    /// Folded away until asked for: a file or a command's output, verbatim.
    pub fn code(self, title: impl Into<String>, text: impl Into<String>) -> Self {
        self.block(Block::Code {
            title: title.into(),
            text: text.into(),
        })
    }

    /// The figures, which Markdown expects as files beside it.
    pub fn figures(&self) -> impl Iterator<Item = &Figure> {
        self.blocks.iter().filter_map(|block| {
            if let Block::Figure(figure) = block {
                Some(figure)
            } else {
                None
            }
        })
    }

    fn block(mut self, block: Block) -> Self {
        self.blocks.push(block);
        self
    }
}
