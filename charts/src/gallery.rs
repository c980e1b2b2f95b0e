//! An overview of reports: a tile each, with its picture and its verdicts, and filters that need no script.
//!
//! A filter is a group of radio buttons; which tiles stay is a rule of the style sheet per choice (`:has`), so the page works from a
//! file and its content security policy still allows no script. Pictures are files beside it.

mod style;

use crate::verdict::Verdict;
use crate::{Error, escape};
use std::collections::BTreeSet;

/// A page of tiles under construction.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    title: String,
    summary: String,
    links: Vec<(String, String)>,
    filters: Vec<(String, String)>,
    tiles: Vec<Tile>,
}

/// One report of a [`Gallery`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tile {
    title: String,
    link: String,
    text: String,
    picture: Option<(String, String)>,
    verdicts: Vec<(Verdict, usize)>,
    stamp: String,
    facets: Vec<(String, String)>,
}

impl Tile {
    /// `link` is where the report is, `text` its question.
    pub fn new(title: impl Into<String>, link: impl Into<String>, text: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            link: link.into(),
            text: text.into(),
            picture: None,
            verdicts: Vec::new(),
            stamp: String::new(),
            facets: Vec::new(),
        }
    }

    /// A picture's file, and what is said of it to who does not see it.
    pub fn picture(mut self, file: impl Into<String>, alt: impl Into<String>) -> Self {
        self.picture = Some((file.into(), alt.into()));
        self
    }

    /// How many claims have which verdict, worst first.
    pub fn verdicts(mut self, verdicts: impl IntoIterator<Item = (Verdict, usize)>) -> Self {
        self.verdicts = verdicts.into_iter().collect();
        self
    }

    /// Small print: how and when.
    pub fn stamp(mut self, stamp: impl Into<String>) -> Self {
        self.stamp = stamp.into();
        self
    }

    /// What the tile is under a filter; it may be several things.
    pub fn facet(mut self, filter: impl Into<String>, value: impl Into<String>) -> Self {
        self.facets.push((filter.into(), value.into()));
        self
    }
}

impl Gallery {
    pub fn new(title: impl Into<String>, summary: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            summary: summary.into(),
            links: Vec::new(),
            filters: Vec::new(),
            tiles: Vec::new(),
        }
    }

    /// Where else to go.
    pub fn link(mut self, text: impl Into<String>, target: impl Into<String>) -> Self {
        self.links.push((text.into(), target.into()));
        self
    }

    /// A filter by the facets of this `name`, with its `title` as people read it.
    pub fn filter(mut self, name: impl Into<String>, title: impl Into<String>) -> Self {
        self.filters.push((name.into(), title.into()));
        self
    }

    pub fn tile(mut self, tile: Tile) -> Self {
        self.tiles.push(tile);
        self
    }

    /// The page as one HTML file.
    pub fn html(&self) -> Result<String, Error> {
        let title = escape::xml(&self.title);
        let filters: String = self.filters.iter().map(|filter| self.radios(filter)).collect();
        let mut tiles = String::new();
        for tile in &self.tiles {
            tiles += &tile.html()?;
        }
        let mut links = String::new();
        for (text, target) in &self.links {
            let (text, target) = (escape::xml(text), escape::xml(escape::link(target)?));
            links += &format!("<a href=\"{target}\">{text}</a> ");
        }
        Ok(format!(
            "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"color-scheme\" content=\"light dark\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src 'self' file:\">\n\
             <title>{title}</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n<p class=\"c-summary\">{}</p>\n\
             <p>{links}</p>\n<form aria-label=\"filters\">\n{filters}</form>\n<ul class=\"c-tiles\" aria-label=\"reports\">\n{tiles}</ul>\n\
             <p class=\"c-none\">No report is all of that.</p>\n</main>\n</body>\n</html>\n",
            style::page(&self.rules()),
            escape::xml(&self.summary),
        ))
    }

    /// The values under a filter, in the alphabet's order.
    fn values(&self, filter: &str) -> BTreeSet<&str> {
        let facets = self.tiles.iter().flat_map(|tile| &tile.facets);
        let of_filter = facets.filter(|(name, _)| name == filter);
        of_filter.map(|(_, value)| value.as_str()).collect()
    }

    fn radios(&self, (name, title): &(String, String)) -> String {
        let group = plain(name);
        let radio = |id: &str, words: &str, checked: &str| {
            let words = escape::xml(words);
            format!("<label><input type=\"radio\" name=\"{group}\" id=\"{id}\"{checked}>{words}</label>\n")
        };
        let each = self.values(name).into_iter();
        let each: String = each.map(|value| radio(&class(name, value), value, "")).collect();
        format!(
            "<fieldset><legend>{}</legend>\n{}{each}</fieldset>\n",
            escape::xml(title),
            radio(&format!("{group}-all"), "all", " checked"),
        )
    }

    /// A choice hides the tiles that are not it.
    fn rules(&self) -> String {
        let mut rules = String::new();
        for (name, _) in &self.filters {
            for value in self.values(name) {
                let class = class(name, value);
                rules += &format!("main:has(#{class}:checked) .c-tile:not(.{class}){{display:none}}");
            }
        }
        rules + &self.nothing_left()
    }

    /// What is said where two choices leave nothing.
    fn nothing_left(&self) -> String {
        let [(first, _), (second, _)] = self.filters.as_slice() else {
            return String::new();
        };
        let mut rules = String::new();
        for one in self.values(first) {
            for other in self.values(second) {
                let both = |tile: &Tile| tile.is(first, one) && tile.is(second, other);
                if !self.tiles.iter().any(both) {
                    let (one, other) = (class(first, one), class(second, other));
                    rules +=
                        &format!("main:has(#{one}:checked):has(#{other}:checked) .c-none{{display:block}}");
                }
            }
        }
        rules
    }
}

impl Tile {
    fn is(&self, filter: &str, value: &str) -> bool {
        self.facets
            .iter()
            .any(|(name, own)| name == filter && own == value)
    }

    fn html(&self) -> Result<String, Error> {
        let link = escape::xml(escape::link(&self.link)?);
        let classes: String = self
            .facets
            .iter()
            .map(|(name, value)| format!(" {}", class(name, value)))
            .collect();
        let picture = match &self.picture {
            Some((file, alt)) => {
                let (file, alt) = (escape::xml(escape::link(file)?), escape::xml(alt));
                format!("<a href=\"{link}\"><img src=\"{file}\" alt=\"{alt}\" loading=\"lazy\"></a>\n")
            }
            None => String::new(),
        };
        let verdicts: String = self
            .verdicts
            .iter()
            .map(|&(verdict, count)| badge(verdict, count))
            .collect();
        Ok(format!(
            "<li class=\"c-tile{classes}\">\n<h2><a href=\"{link}\">{}</a></h2>\n<p>{}</p>\n{picture}\
             <p class=\"c-verdicts\">{verdicts}</p>\n<p class=\"c-stamp\">{}</p>\n</li>\n",
            escape::xml(&self.title),
            escape::xml(&self.text),
            escape::xml(&self.stamp),
        ))
    }
}

fn badge(verdict: Verdict, count: usize) -> String {
    let words = match (verdict, count) {
        (Verdict::Holds, 2..) => "hold",
        _ => verdict.words(),
    };
    format!(
        "<span class=\"c-badge {}\"><span aria-hidden=\"true\">{}</span> {count} {words}</span> ",
        verdict.class(),
        verdict.sign(),
    )
}

/// A class, and the id of the choice that keeps it.
fn class(filter: &str, value: &str) -> String {
    format!("{}-{}", plain(filter), plain(value))
}

/// Fit for a class: letters and digits, the rest dashes.
fn plain(text: &str) -> String {
    let fit = |c: char| if c.is_ascii_alphanumeric() { c } else { '-' };
    format!("f-{}", text.chars().map(fit).collect::<String>())
}

#[cfg(test)]
mod tests;
