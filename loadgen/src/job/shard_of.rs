//! Which shard of a run on several machines this process is: as typed, or as the cluster that started it says.
//!
//! No coordinator is needed: every shard computes the whole plan from the seed and keeps its own part of it. Clusters
//! number the processes of one job, and tell each its number in its environment.

/// Shard `index` (from 0) of `of`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ShardOf {
    pub index: usize,
    pub of: usize,
}

impl Default for ShardOf {
    fn default() -> Self {
        Self { index: 0, of: 1 }
    }
}

impl ShardOf {
    /// Reads `K/N`, `auto/N` or `auto`: with the latter two a Kubernetes Indexed Job or a Slurm array gives the index, with
    /// the last the array gives the number of shards as well. There may be `most` of them.
    pub fn parse(text: &str, most: usize) -> Result<Self, String> {
        Self::with(text, most, |name| std::env::var(name).ok())
    }

    /// For reports; nothing for a run of one.
    pub fn name(self) -> Option<String> {
        (self.of > 1).then(|| format!("{}/{}", self.index, self.of))
    }

    fn with(text: &str, most: usize, variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let number = |name: &str| variable(name)?.trim().parse::<usize>().ok();
        let (index, of) = match text.split_once('/') {
            Some((index, of)) => (index.trim(), of.trim().parse().ok()),
            None => (text.trim(), number("SLURM_ARRAY_TASK_COUNT")),
        };
        let wrong = || {
            format!(
                "{text:?} is no shard: write K/N with K from 0, as in 0/3, or auto/3 where the cluster gives the index"
            )
        };
        let index = match index {
            "auto" => {
                // Kubernetes counts from 0, Slurm from where the array says
                let slurm = || {
                    let first = number("SLURM_ARRAY_TASK_MIN").unwrap_or(0);
                    number("SLURM_ARRAY_TASK_ID")?.checked_sub(first)
                };
                number("JOB_COMPLETION_INDEX").or_else(slurm).ok_or_else(|| {
                    "auto: neither JOB_COMPLETION_INDEX nor SLURM_ARRAY_TASK_ID is set to a number: write K/N"
                        .to_owned()
                })?
            }
            number => number.parse().map_err(|_| wrong())?,
        };
        let of: usize = of.ok_or_else(wrong)?;
        if !(1..=most).contains(&of) {
            return Err(format!("{text:?}: there may be 1 to {most} shards"));
        }
        if index >= of {
            return Err(format!(
                "{text:?}: shards count from 0: 0/{of} to {}/{of}",
                of - 1
            ));
        }
        Ok(Self { index, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_typed_or_given_by_the_cluster() {
        let check = |text: &str, variables: &[(&str, &str)], wanted: Result<(usize, usize), &str>| {
            let variable = |name: &str| {
                let found = variables.iter().find(|(key, _)| *key == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            match (ShardOf::with(text, 64, variable), wanted) {
                (Ok(shard), wanted) => assert_eq!(Ok((shard.index, shard.of)), wanted, "{text}"),
                (Err(error), Err(hint)) => assert!(error.contains(hint), "{text}: {error}"),
                (Err(error), Ok(_)) => panic!("{text}: {error}"),
            }
        };
        let slurm = [
            ("SLURM_ARRAY_TASK_ID", "5"),
            ("SLURM_ARRAY_TASK_MIN", "3"),
            ("SLURM_ARRAY_TASK_COUNT", "4"),
        ];
        check("0/3", &[], Ok((0, 3)));
        check("2/3", &[], Ok((2, 3)));
        check("auto/3", &[("JOB_COMPLETION_INDEX", "1")], Ok((1, 3)));
        check("auto", &slurm, Ok((2, 4)));
        check("auto/4", &slurm, Ok((2, 4)));
        check("3/3", &[], Err("0/3 to 2/3"));
        check("0/0", &[], Err("1 to 64"));
        check("0/65", &[], Err("1 to 64"));
        check("auto/3", &[], Err("JOB_COMPLETION_INDEX"));
        check("auto/3", &[("JOB_COMPLETION_INDEX", "3")], Err("0/3 to 2/3"));
        for text in ["", "x", "1", "a/b", "1/x", "-1/3"] {
            check(text, &[], Err("write K/N"));
        }
    }
}
