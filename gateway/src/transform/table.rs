//! A set of field names, made once at load and asked for each field of each message of its route.
//!
//! Names lie in lower case, shortest first: most fields are told apart by their length, and of one length there are few.
//! Two ways to ask. A name that is *let through* has to be that name, in any case. A name that is *kept out* is kept out in every
//! spelling that a CGI-like upstream takes for the same, `_` for `-` too, or it would come in by the back door.

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(Box<[Box<[u8]>]>);

impl Names {
    pub fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let lower = |name: &str| name.to_ascii_lowercase().into_bytes().into_boxed_slice();
        let mut names: Vec<Box<[u8]>> = names.into_iter().map(lower).collect();
        names.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        names.dedup();
        Self(names.into())
    }

    /// Whether it is one of them, in any case.
    pub fn has(&self, name: &[u8]) -> bool {
        self.as_long_as(name).any(|ours| name.eq_ignore_ascii_case(ours))
    }

    /// Whether an upstream may take it for one of them.
    pub fn has_alike(&self, name: &[u8]) -> bool {
        self.as_long_as(name).any(|ours| alike(name, ours))
    }

    fn as_long_as(&self, name: &[u8]) -> impl Iterator<Item = &[u8]> {
        let len = name.len();
        let first = self.0.partition_point(|ours| ours.len() < len);
        let rest = self.0[first..].iter().map(|ours| &**ours);
        rest.take_while(move |ours| ours.len() == len)
    }
}

fn alike(a: &[u8], b: &[u8]) -> bool {
    let fold = |byte: u8| {
        if byte == b'_' {
            b'-'
        } else {
            byte.to_ascii_lowercase()
        }
    };
    a.iter()
        .map(|byte| fold(*byte))
        .eq(b.iter().map(|byte| fold(*byte)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings() {
        let names = Names::new(["X-A", "x_b", "accept", "te", "X-a"]);
        for (name, has, alike) in [
            ("x-a", true, true),
            ("X-A", true, true),
            ("x_a", false, true),
            ("X_B", true, true),
            ("x-b", false, true),
            ("ACCEPT", true, true),
            ("accepts", false, false),
            ("x-c", false, false),
            ("", false, false),
        ] {
            assert_eq!(
                (names.has(name.as_bytes()), names.has_alike(name.as_bytes())),
                (has, alike),
                "{name}"
            );
        }
    }

    proptest! {
        #[test]
        fn answers_as_a_list_would(names in prop::collection::vec("[a-cA-C_-]{1,4}", 0..12), asked in "[a-cA-C_-]{1,4}") {
            let set = Names::new(names.iter().map(String::as_str));
            let lower = asked.to_lowercase();
            let has = names.iter().any(|name| name.to_lowercase() == lower);
            let folded = lower.replace('_', "-");
            let alike = names.iter().any(|name| name.to_lowercase().replace('_', "-") == folded);
            prop_assert_eq!((set.has(asked.as_bytes()), set.has_alike(asked.as_bytes())), (has, alike));
        }
    }
}
