//! The pictures that can be asked for by name.

use clap::ValueEnum;
use loadgen::pictures::{self, Named};

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Kind {
    /// Latency by percentile
    Percentiles,
    /// Every answer by when it came and how long it took
    Heatmap,
    /// Percentiles, rates, errors, connections and send lag over time
    Bands,
    /// The same without the percentiles
    Load,
    /// Share of requests that took longer than x
    Ccdf,
    /// What the second run takes longer than the first, by percentile
    Difference,
    /// Whatever there is for so many runs
    All,
}

impl Kind {
    /// Its name, in files too.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Percentiles => "percentiles",
            Self::Heatmap => "heatmap",
            Self::Bands => "bands",
            Self::Load => "load",
            Self::Ccdf => "ccdf",
            Self::Difference => "difference",
            Self::All => "all",
        }
    }

    /// What `--kind all` stands for.
    pub(super) fn all(runs: usize) -> &'static [Self] {
        match runs {
            1 => &[Self::Percentiles, Self::Heatmap, Self::Bands, Self::Ccdf],
            _ => &[Self::Percentiles, Self::Ccdf, Self::Difference],
        }
    }

    /// Why it cannot be drawn of so many runs, if that is so.
    pub(super) fn refuses(self, runs: usize) -> Option<String> {
        let name = self.name();
        match self {
            Self::Heatmap | Self::Bands | Self::Load if runs > 1 => Some(format!(
                "--kind {name} shows one run, and {runs} results are given: plot them one by one"
            )),
            Self::Difference if runs < 2 => {
                Some(format!("--kind {name} is of two runs: give a second result"))
            }
            _ => None,
        }
    }

    /// None where the runs hold nothing for it. It does not refuse so many.
    pub(super) fn draw(self, runs: &[Named<'_>]) -> Result<Option<charts::Svg>, charts::Error> {
        match (self, runs) {
            (Self::Percentiles, runs) => pictures::percentiles(runs),
            (Self::Ccdf, runs) => pictures::ccdf(runs),
            (Self::Heatmap, [run]) => pictures::heat_map(run.document),
            (Self::Bands, [run]) => pictures::bands(run.document),
            (Self::Load, [run]) => pictures::load(run.document),
            (Self::Difference, [a, b, ..]) => {
                pictures::difference(a.name, b.name, &pictures::differences(*a, *b))
            }
            _ => Ok(None),
        }
    }
}
