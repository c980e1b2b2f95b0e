//! The paths of all hosts: one trie of segments, with a root for each host.
//!
//! A step from a segment to the next is one look into a hash table by the node and the segment's text, so a search
//! costs the bytes that are looked at and not the number of routes. It ends with the first segment that no rule has: a
//! path of 4 000 segments costs no more than the deepest rule.
//!
//! - Exact paths and prefixes are on the one way of literal segments that a path goes. Every node of it knows the
//!   nearest prefix, itself or above, so prefixes come longest first without looking at what lies between.
//! - Templates branch: a literal segment first, then a variable, then a rest. A node is met at most once in a search, so
//!   the worst that a config can do is as many steps as it has segments in templates; most have two or three.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use super::condition::Conditions;
use super::id::RouteId;
use super::rule::PathRule;
use super::slots::{Hash, Slots};
use super::template::Segment;
use crate::planted::{Bug, planted};

/// Built once by [`Builder`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Trie {
    /// The first ones are the roots, by the number of their host.
    nodes: Vec<Node>,
    /// Of literal children, by parent and text: their places in `literals`.
    index: Slots,
    literals: Vec<u32>,
}

/// A rule at its node. Those with more conditions come first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) id: RouteId,
    /// `None`: it takes whatever comes here.
    pub(super) conditions: Option<Box<Conditions>>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Node {
    parent: Option<u32>,
    /// Of a literal child.
    segment: Box<str>,
    /// Whether a literal child is worth a look.
    has_literals: bool,
    /// The child that any segment leads to, if no literal one is taken.
    variable: Option<u32>,
    /// Whether a template ends here or below.
    has_templates: bool,
    /// The nearest node with prefixes: this, or one above it.
    nearest: Option<u32>,
    exact: Vec<Candidate>,
    prefix: Vec<Candidate>,
    template: Vec<Candidate>,
    /// Templates that end in a rest which begins below this node.
    rest: Vec<Candidate>,
}

impl Trie {
    /// Gives `visit` all rules of one host that take a path, those of one precedence together, until it breaks.
    /// `path` begins with `/`.
    pub(super) fn each<'a, B>(
        &'a self,
        root: u32,
        path: &str,
        visit: &mut impl FnMut(&'a [Candidate]) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        let (mut node, mut at) = (root, 0);
        while at < path.len() && self.nodes[node as usize].has_literals {
            let (child, end) = self.step(node, path, at);
            let Some(child) = child else { break };
            (node, at) = (child, end);
        }
        let last = &self.nodes[node as usize];
        if at == path.len() {
            visit(&last.exact)?;
        }
        if self.nodes[root as usize].has_templates {
            self.templates(root, path, 0, visit)?;
        }
        let mut nearest = last.nearest;
        while let Some(with_prefixes) = nearest {
            let with_prefixes = &self.nodes[with_prefixes as usize];
            let parent = with_prefixes.parent;
            nearest = parent.and_then(|parent| self.nodes[parent as usize].nearest);
            if nearest.is_some() && planted(Bug::ShortPrefixFirst) {
                continue;
            }
            visit(&with_prefixes.prefix)?;
        }
        ControlFlow::Continue(())
    }

    /// All lists of rules that nothing but their conditions tells apart.
    pub(super) fn lists(&self) -> impl Iterator<Item = &[Candidate]> {
        self.nodes.iter().flat_map(Node::lists)
    }

    /// `at` is where the path's next segment begins with its slash, or the path's end.
    fn templates<'a, B>(
        &'a self,
        node: u32,
        path: &str,
        at: usize,
        visit: &mut impl FnMut(&'a [Candidate]) -> ControlFlow<B>,
    ) -> ControlFlow<B> {
        if at == path.len() {
            return visit(&self.nodes[node as usize].template);
        }
        let (child, end) = self.step(node, path, at);
        if let Some(child) = child
            && self.nodes[child as usize].has_templates
        {
            self.templates(child, path, end, visit)?;
        }
        let node = &self.nodes[node as usize];
        if let Some(child) = node.variable
            && end > at + 1
        {
            self.templates(child, path, end, visit)?;
        }
        visit(&node.rest)
    }

    /// The literal child that the segment behind the slash at `at` leads to, and where that segment ends.
    fn step(&self, node: u32, path: &str, at: usize) -> (Option<u32>, usize) {
        let bytes = path.as_bytes();
        let mut hash = Hash::below(node);
        let mut end = at + 1;
        while end < bytes.len() && bytes[end] != b'/' {
            hash = hash.with(bytes[end]);
            end += 1;
        }
        let segment = &bytes[at + 1..end];
        let found = self.index.find(hash, |literal| {
            let child = &self.nodes[self.literals[literal as usize] as usize];
            child.parent == Some(node) && child.segment.as_bytes() == segment
        });
        (found.map(|literal| self.literals[literal as usize]), end)
    }
}

impl Node {
    fn lists(&self) -> impl Iterator<Item = &[Candidate]> {
        [&self.exact, &self.prefix, &self.template, &self.rest]
            .into_iter()
            .map(Vec::as_slice)
    }
}

/// A trie in the making.
pub(super) struct Builder {
    nodes: Vec<Node>,
    /// Literal children by parent and text, until there is an index.
    children: BTreeMap<(u32, Box<str>), u32>,
}

impl Builder {
    pub(super) fn new(roots: usize) -> Builder {
        Builder {
            nodes: vec![Node::default(); roots],
            children: BTreeMap::new(),
        }
    }

    pub(super) fn insert(&mut self, root: u32, path: &PathRule, candidate: Candidate) {
        match path {
            PathRule::Exact(path) => {
                let node = self.literal(root, path);
                node.exact.push(candidate);
            }
            PathRule::Prefix(path) => {
                let node = self.literal(root, path.trim_end_matches('/'));
                node.prefix.push(candidate);
            }
            PathRule::Template(template) => self.template(root, &template.segments, candidate),
        }
    }

    pub(super) fn build(mut self) -> Trie {
        // parents have lower numbers than their children
        for at in 0..self.nodes.len() {
            let above = self.nodes[at].parent.map(|parent| &self.nodes[parent as usize]);
            let above = above.and_then(|parent| parent.nearest);
            let own = (!self.nodes[at].prefix.is_empty()).then_some(at as u32);
            let node = &mut self.nodes[at];
            node.nearest = own.or(above);
            for list in [
                &mut node.exact,
                &mut node.prefix,
                &mut node.template,
                &mut node.rest,
            ] {
                // stable: of equals the first stays the first
                list.sort_by_key(|candidate| std::cmp::Reverse(candidate.count()));
            }
        }
        let (hashes, literals): (Vec<Hash>, Vec<u32>) = self
            .children
            .iter()
            .map(|((parent, text), child)| (text.bytes().fold(Hash::below(*parent), Hash::with), *child))
            .unzip();
        Trie {
            nodes: self.nodes,
            index: Slots::new(&hashes),
            literals,
        }
    }

    /// The node at the end of a path, which is empty or begins with a slash.
    fn literal(&mut self, root: u32, path: &str) -> &mut Node {
        let node = path
            .split('/')
            .skip(1)
            .fold(root, |node, segment| self.child(node, segment));
        &mut self.nodes[node as usize]
    }

    fn child(&mut self, parent: u32, segment: &str) -> u32 {
        let key = (parent, segment.into());
        if let Some(child) = self.children.get(&key) {
            return *child;
        }
        let child = self.push(parent, segment);
        self.nodes[parent as usize].has_literals = true;
        self.children.insert(key, child);
        child
    }

    fn push(&mut self, parent: u32, segment: &str) -> u32 {
        self.nodes.push(Node {
            parent: Some(parent),
            segment: segment.into(),
            ..Node::default()
        });
        (self.nodes.len() - 1) as u32
    }

    fn template(&mut self, root: u32, segments: &[Segment], candidate: Candidate) {
        let mut node = root;
        self.nodes[node as usize].has_templates = true;
        for segment in segments {
            node = match segment {
                Segment::Literal(text) => self.child(node, text),
                Segment::Variable(_) => match self.nodes[node as usize].variable {
                    Some(child) => child,
                    None => {
                        let child = self.push(node, "");
                        self.nodes[node as usize].variable = Some(child);
                        child
                    }
                },
                Segment::Rest(_) => {
                    self.nodes[node as usize].rest.push(candidate);
                    return;
                }
            };
            self.nodes[node as usize].has_templates = true;
        }
        self.nodes[node as usize].template.push(candidate);
    }
}

impl Candidate {
    pub(super) fn count(&self) -> usize {
        self.conditions
            .as_ref()
            .map_or(0, |conditions| conditions.count())
    }
}
