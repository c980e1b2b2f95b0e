//! Weighted shares of a route's requests, for canaries.
//!
//! Each request is drawn by itself. A counter would give exact shares, but would send every second request of a
//! client that alternates between two kinds of them to the same side. So shares hold in the long run: of `n` requests,
//! within some `√n` of what the weights say.

use http1::head::Fields;
use rand::Rng;

use super::condition::Subject;
use super::head;
use crate::planted::{Bug, planted};

/// Upstreams of one split. More than a few are no canary, and they are walked through for every request.
pub const BRANCHES_MAX: usize = 16;
/// A weight is at most this: parts of a ten-thousandth.
pub const WEIGHT_MAX: u32 = 10_000;

/// At least one branch has a weight above zero.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Split {
    branches: Box<[Branch]>,
    by: Option<Subject>,
    total: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// Index into the plan's upstreams.
    pub upstream: usize,
    /// By which an override names it.
    pub name: Box<str>,
    /// 0: only by an override.
    pub weight: u32,
}

impl Split {
    /// `by`: a header or a cookie with which a client chooses a branch by its name. `None` if nothing could ever be drawn,
    /// or if there are more than [`BRANCHES_MAX`] branches or a weight is above [`WEIGHT_MAX`].
    pub fn try_new(branches: Vec<Branch>, by: Option<Subject>) -> Option<Split> {
        let in_bounds =
            branches.len() <= BRANCHES_MAX && branches.iter().all(|branch| branch.weight <= WEIGHT_MAX);
        let total = in_bounds.then(|| branches.iter().map(|branch| branch.weight).sum())?;
        (total > 0).then(|| Split {
            branches: branches.into(),
            by,
            total,
        })
    }

    pub fn branches(&self) -> &[Branch] {
        &self.branches
    }

    pub fn by(&self) -> Option<&Subject> {
        self.by.as_ref()
    }

    /// The upstream of a request: the one that it names, or one by chance.
    pub fn pick(&self, fields: Fields<'_>, rng: &mut impl Rng) -> usize {
        let drawn = self.draw(rng);
        let named = match &self.by {
            Some(Subject::Header(name)) => head::header(fields, name).and_then(|value| self.named(value)),
            Some(Subject::Cookie(name)) => {
                head::cookie(fields, name).and_then(|value| self.named(value.iter().copied()))
            }
            Some(Subject::Query(_)) | None => None,
        };
        named.filter(|_| !planted(Bug::OverrideIgnored)).unwrap_or(drawn)
    }

    fn named(&self, value: impl Iterator<Item = u8> + Clone) -> Option<usize> {
        let named = self
            .branches
            .iter()
            .find(|branch| value.clone().eq(branch.name.bytes()));
        named.map(|branch| branch.upstream)
    }

    fn draw(&self, rng: &mut impl Rng) -> usize {
        // of 2³² draws some weights get one more or less than their share, which nobody can see
        let mut left = ((u64::from(rng.next_u32()) * u64::from(self.total)) >> 32) as u32;
        for branch in &self.branches {
            if left < branch.weight || planted(Bug::FirstBranchAlways) {
                return branch.upstream;
            }
            left -= branch.weight;
        }
        // not reached: the draw is below the total
        self.branches.last().map_or(0, |branch| branch.upstream)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use world::Seed;

    fn split(weights: &[u32], by: Option<Subject>) -> Option<Split> {
        let branch = |(at, weight): (usize, &u32)| Branch {
            upstream: at + 10,
            name: format!("up-{at}").into(),
            weight: *weight,
        };
        Split::try_new(weights.iter().enumerate().map(branch).collect(), by)
    }

    /// Within five standard deviations of its share, which a seed fixes for ever.
    #[test]
    fn shares_are_those_of_the_weights() {
        const DRAWS: u32 = 100_000;
        for weights in [&[90, 10][..], &[1, 1, 1], &[1, 9_999], &[0, 1], &[5]] {
            let split = split(weights, None).unwrap();
            let mut rng = Seed(1).child("split").rng();
            let mut counts = vec![0_u32; weights.len()];
            for _ in 0..DRAWS {
                counts[split.pick(Fields::EMPTY, &mut rng) - 10] += 1;
            }
            let total: u32 = weights.iter().sum();
            for (weight, count) in weights.iter().zip(counts) {
                let share = f64::from(*weight) / f64::from(total);
                let expected = share * f64::from(DRAWS);
                let deviation = (expected * (1.0 - share)).sqrt();
                assert!(
                    (f64::from(count) - expected).abs() <= 5.0 * deviation,
                    "{count} of {weights:?}"
                );
            }
        }
    }

    #[test]
    fn what_cannot_be_drawn_from_is_no_split() {
        assert!(split(&[], None).is_none() && split(&[0, 0], None).is_none());
        assert!(split(&[1; BRANCHES_MAX + 1], None).is_none());
        assert!(split(&[WEIGHT_MAX + 1], None).is_none());
        assert!(split(&[WEIGHT_MAX; BRANCHES_MAX], None).is_some());
    }

    #[test]
    fn a_client_chooses_by_name_and_only_among_the_branches() {
        let by_header = split(&[1, 0], Some(Subject::Header("x-canary".into()))).unwrap();
        let by_cookie = split(&[1, 0], Some(Subject::Cookie("canary".into()))).unwrap();
        for (split, lines, expected) in [
            (&by_header, "X-Canary: up-1\r\n", 11),
            (&by_header, "X-Canary: up-0\r\n", 10),
            (&by_header, "X-Canary: up-2\r\n", 10),
            (&by_header, "X-Canary: up-1, up-1\r\n", 10),
            (&by_header, "X-Canary: up-1\r\nX-Canary: up-1\r\n", 10),
            (&by_header, "Cookie: canary=up-1\r\n", 10),
            (&by_cookie, "Cookie: a=b; canary=up-1\r\n", 11),
            (&by_cookie, "Cookie: canary=up-10\r\n", 10),
            (&by_cookie, "X-Canary: up-1\r\n", 10),
        ] {
            let text = format!("GET / HTTP/1.1\r\nHost: a\r\n{lines}\r\n");
            let mut slots = Vec::new();
            let line = http1::head::request(text.as_bytes(), &http1::head::Limits::default(), &mut slots);
            let fields = line.unwrap().unwrap().head(text.as_bytes(), &slots).fields;
            assert_eq!(split.pick(fields, &mut Seed(1).rng()), expected, "{lines}");
        }
    }
}
