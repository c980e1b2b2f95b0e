//! Flame graphs, hung from the top (icicles): where time goes, by who called whom.
//!
//! A box is a function within its callers; its width is its share of all samples, its own and those of what it calls (B. Gregg,
//! "The Flame Graph", 2016). What is widest stands left, and equal widths go by name: the same samples give the same picture. A box's
//! colour is its owner's, the owners with most samples of their own first; names stand on a tint of it, so that they are as legible as
//! elsewhere. A name that does not fit is cut, and the whole of it is the box's title.
//!
//! ```
//! use charts::{Flame, Frame};
//! let frame = |name, owner| Frame::new(name, owner);
//! let svg = Flame::new("Where the CPU time goes")
//!     .stack([frame("serve", "http1"), frame("send", "kernel")], 70)
//!     .stack([frame("serve", "http1")], 30)
//!     .draw()?;
//! # Ok::<(), charts::Error>(())
//! ```

use crate::canvas::{Anchor, Canvas, PAD, Style, Svg, WIDTH};
use crate::frame::{self, Entry, Head, Key};
use crate::{Error, number, text, theme};
use std::collections::BTreeMap;

/// Rows at most: more do not fit a screen or two.
const DEPTH_MAX: usize = 64;
/// A row, and the strip of full colour at its foot.
const ROW_PX: f64 = 19.0;
const STRIP_PX: f64 = 2.0;
/// Between one box and the next.
const GAP_PX: f64 = 0.6;
/// A narrower box is left out, with what is below it: it could neither be seen nor be pointed at.
const BOX_MIN_PX: f64 = 1.0;
/// A name of fewer characters than this is left out.
const NAME_MIN: usize = 3;
const EMPTY_PX: f64 = 80.0;
/// What all that have no colour of their own are called.
const OTHERS: &str = "others";

/// A function in a stack.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Frame {
    owner: String,
    name: String,
}

impl Frame {
    /// `owner` decides its colour: a crate, a part.
    pub fn new(name: impl Into<String>, owner: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            name: name.into(),
        }
    }
}

/// Stacks and how often each was seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Flame {
    head: Head,
    counted: String,
    root: Node,
    deepest: usize,
}

#[derive(Debug, Clone, Default, PartialEq)]
struct Node {
    own: u64,
    all: u64,
    below: BTreeMap<Frame, Node>,
}

impl Flame {
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            head: Head::titled(title),
            counted: "samples".to_owned(),
            root: Node::default(),
            deepest: 0,
        }
    }

    pub fn subtitle(mut self, subtitle: impl Into<String>) -> Self {
        self.head.subtitle = subtitle.into();
        self
    }

    /// Small print below: source, method, seed.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.head.note = note.into();
        self
    }

    /// What is counted, "samples" unless told.
    pub fn counting(mut self, what: impl Into<String>) -> Self {
        self.counted = what.into();
        self
    }

    /// `count` of what was seen in this stack, the outermost frame first.
    pub fn stack(mut self, frames: impl IntoIterator<Item = Frame>, count: u64) -> Self {
        if count == 0 {
            return self;
        }
        let (mut node, mut depth) = (&mut self.root, 0);
        node.all = node.all.saturating_add(count);
        for frame in frames {
            node = node.below.entry(frame).or_default();
            node.all = node.all.saturating_add(count);
            depth += 1;
        }
        node.own = node.own.saturating_add(count);
        self.deepest = self.deepest.max(depth);
        self
    }

    pub fn draw(&self) -> Result<Svg, Error> {
        if self.deepest > DEPTH_MAX {
            return Err(Error::TooMany {
                place: "the frames of a stack".to_owned(),
                limit: DEPTH_MAX,
                found: self.deepest,
            });
        }
        let mut canvas = Canvas::default();
        let top = frame::head(&mut canvas, &self.head);
        let width = WIDTH - 2.0 * PAD;
        if self.root.all == 0 {
            frame::empty(&mut canvas, PAD, top, width, EMPTY_PX);
            let height = frame::foot(&mut canvas, &self.head, top + EMPTY_PX + 8.0);
            return Ok(canvas.finish(height, self.head.description("No data")));
        }
        let owners = self.owners();
        let top = frame::legend(&mut canvas, &entries(&owners), top);
        let mut drawing = Drawing {
            canvas,
            colours: colours(&owners),
            flame: self,
            px: width / self.root.all as f64,
            bottom: top,
        };
        drawing.below(&self.root, PAD, top);
        let Drawing {
            mut canvas, bottom, ..
        } = drawing;
        let height = frame::foot(&mut canvas, &self.head, bottom + 8.0);
        Ok(canvas.finish(height, self.head.description(&self.contents(&owners))))
    }

    /// With what each has of its own, the most first.
    fn owners(&self) -> Vec<(&str, u64)> {
        let mut own = BTreeMap::new();
        self.root.add_own(&mut own);
        let mut owners: Vec<_> = own.into_iter().collect();
        owners.sort_by_key(|(name, samples)| (std::cmp::Reverse(*samples), *name));
        owners
    }

    fn percent(&self, count: u64) -> String {
        let share = 100.0 * count as f64 / self.root.all as f64;
        format!("{} %", number::fixed(share, 1))
    }

    /// The owners in words.
    fn contents(&self, owners: &[(&str, u64)]) -> String {
        let each = owners.iter().take(theme::COLOURS);
        let each: Vec<String> = each
            .map(|(owner, own)| format!("{owner} {}", self.percent(*own)))
            .collect();
        format!("{} by owner: {}", self.counted, each.join(", "))
    }
}

impl Node {
    fn add_own<'a>(&'a self, owners: &mut BTreeMap<&'a str, u64>) {
        for (frame, node) in &self.below {
            *owners.entry(&frame.owner).or_default() += node.own;
            node.add_own(owners);
        }
    }

    /// What it calls, the widest first.
    fn ordered(&self) -> Vec<(&Frame, &Node)> {
        let mut below: Vec<_> = self.below.iter().collect();
        below.sort_by_key(|(frame, node)| (std::cmp::Reverse(node.all), *frame));
        below
    }
}

/// Owners with a colour of their own; where there are more, the last colour is the others'.
fn own_colours(owners: &[(&str, u64)]) -> usize {
    match owners.len() {
        few @ ..=theme::COLOURS => few,
        _ => theme::COLOURS - 1,
    }
}

fn entries(owners: &[(&str, u64)]) -> Vec<Entry> {
    let own = own_colours(owners);
    let mut names: Vec<&str> = owners[..own].iter().map(|(owner, _)| *owner).collect();
    if own < owners.len() {
        names.push(OTHERS);
    }
    let entry = |(index, name): (usize, &str)| Entry {
        key: Key::Box,
        class: class(index),
        name: name.to_owned(),
    };
    names.into_iter().enumerate().map(entry).collect()
}

fn colours<'a>(owners: &[(&'a str, u64)]) -> BTreeMap<&'a str, usize> {
    let own = own_colours(owners);
    let index = |(index, (owner, _)): (usize, &(&'a str, u64))| (*owner, index.min(own));
    owners.iter().enumerate().map(index).collect()
}

fn class(index: usize) -> String {
    format!("c-f{}", index + 1)
}

struct Drawing<'a> {
    canvas: Canvas,
    flame: &'a Flame,
    colours: BTreeMap<&'a str, usize>,
    /// Width of one count.
    px: f64,
    /// Of the lowest row.
    bottom: f64,
}

impl Drawing<'_> {
    /// Draws what `node` calls, from its left end on.
    fn below(&mut self, node: &Node, left: f64, top: f64) {
        let mut x = left;
        for (frame, node) in node.ordered() {
            let width = node.all as f64 * self.px;
            if width >= BOX_MIN_PX {
                self.one(frame, node, (x, top, width - GAP_PX));
                self.below(node, x, top + ROW_PX);
            }
            x += width;
        }
    }

    fn one(&mut self, frame: &Frame, node: &Node, (x, y, width): (f64, f64, f64)) {
        let colour = class(
            self.colours
                .get(frame.owner.as_str())
                .copied()
                .unwrap_or_default(),
        );
        let (count, percent) = (number::fixed(node.all as f64, 0), self.flame.percent(node.all));
        let counted = &self.flame.counted;
        self.canvas
            .open(&format!("{}: {count} {counted}, {percent}", frame.name));
        let height = ROW_PX - GAP_PX;
        self.canvas.rect(&format!("c-band {colour}"), x, y, width, height);
        self.canvas
            .rect(&colour, x, y + height - STRIP_PX, width, STRIP_PX);
        let name = text::cut(&frame.name, Style::Label, width - 6.0);
        if name.chars().count() >= NAME_MIN.min(frame.name.chars().count()) && !name.trim().is_empty() {
            self.canvas
                .text(Style::Label, Anchor::Start, x + 3.0, y + 12.5, &name);
        }
        self.canvas.close();
        self.bottom = self.bottom.max(y + ROW_PX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frames(names: &str) -> Vec<Frame> {
        let frame = |name: &str| Frame::new(name, name.split("::").next().unwrap_or_default());
        names.split(';').map(frame).collect()
    }

    fn sample() -> Flame {
        Flame::new("t")
            .stack(frames("http1::serve;gateway::handle;kernel::send"), 60)
            .stack(frames("http1::serve;gateway::handle"), 30)
            .stack(frames("http1::serve;a<b>"), 10)
    }

    #[test]
    fn boxes_are_as_wide_as_their_share_and_say_it() {
        let svg = sample().draw().expect("possible input").standalone();
        for title in [
            "<title>http1::serve: 100 samples, 100.0 %</title>",
            "<title>gateway::handle: 90 samples, 90.0 %</title>",
            "<title>kernel::send: 60 samples, 60.0 %</title>",
            "<title>a&lt;b&gt;: 10 samples, 10.0 %</title>",
        ] {
            assert!(svg.contains(title), "{title} is not in {svg}");
        }
        // 60 of 100 of 728 px, less the gap
        assert!(svg.contains("width=\"436.2\""), "{svg}");
    }

    #[test]
    fn who_has_most_of_its_own_has_the_first_colour() {
        let drawn = sample().draw().expect("possible input");
        assert_eq!(
            drawn.description(),
            "t. samples by owner: kernel 60.0 %, gateway 30.0 %, a<b> 10.0 %, http1 0.0 %."
        );
        let many = (0..12).fold(Flame::new("t"), |flame, n| {
            flame.stack(frames(&format!("owner-{n:02}")), 100 - n)
        });
        let labels = many.draw().expect("possible input").labels().to_vec();
        let is_said = |text: &str| labels.iter().any(|label| label.text == text);
        assert!(is_said("owner-06") && is_said("others"), "{labels:?}");
        assert_eq!(colours(&many.owners())["owner-11"], theme::COLOURS - 1);
    }

    #[test]
    fn the_order_in_which_stacks_come_does_not_matter() {
        let other_way_round = Flame::new("t")
            .stack(frames("http1::serve;a<b>"), 10)
            .stack(frames("http1::serve;gateway::handle"), 30)
            .stack(frames("http1::serve;gateway::handle;kernel::send"), 60);
        assert_eq!(sample().draw(), other_way_round.draw());
    }

    #[test]
    fn names_are_cut_to_their_box_and_thin_boxes_left_out() {
        let long = "gateway::proxy::a_function_whose_name_is_longer_than_its_box";
        let flame = Flame::new("t")
            .stack(frames(long), 100)
            .stack(frames("b::rest"), 899)
            .stack(frames("c::thin"), 1);
        let drawn = flame.draw().expect("possible input");
        let svg = drawn.standalone();
        assert!(svg.contains(&format!("<title>{long}: 100")), "{svg}");
        let cut = drawn.labels().iter().find(|label| label.text.ends_with('…'));
        let cut = cut.expect("it does not fit");
        assert!(cut.right - cut.left <= 72.8, "{cut:?}");
        assert!(!svg.contains("<title>c::thin"), "{svg}");
    }

    #[test]
    fn nothing_says_so_and_what_is_too_deep_is_refused() {
        let empty = Flame::new("t").stack(frames("a"), 0).draw().expect("no error");
        assert!(empty.standalone().contains(">no data</text>"));
        let deep = Flame::new("t").stack((0..65).map(|n| Frame::new(n.to_string(), "a")), 1);
        let error = deep.draw().expect_err("too deep").to_string();
        assert!(error.contains("65 are more than the 64"), "{error}");
    }
}
